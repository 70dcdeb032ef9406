/** A push hub on a fake clock with one camera, and sockets that write down what they are sent. */
import { pino } from 'pino';
import { PushHub } from '../../../../relay/edge/push.ts';
import { FakeTime } from '../../../support/fake-time.ts';
import { SyntheticCamera, type SyntheticOptions } from '../../../support/synthetic-camera.ts';
import { FakeSocket } from './fake-socket.ts';

/** Parts of 100 ms, ten in a segment. */
export function setUp(options: Partial<SyntheticOptions> = {}) {
  const time = new FakeTime();
  const camera = new SyntheticCamera({ id: 'cam1', ...options });
  const cameras = new Map([[camera.id, camera]]);
  const verified: [string, string | undefined][] = [];
  const logged: Record<string, unknown>[] = [];
  const revoked = { now: false, asked: 0 };
  const hub = new PushHub({
    runOf: () => 'run1',
    cameras,
    auth: {
      verify: (token, origin) => {
        verified.push([token, origin]);
        return token === 'good';
      },
      isRevoked: () => {
        revoked.asked += 1;
        return revoked.now;
      },
    },
    timers: time,
    clock: time,
    log: pino({ base: null, timestamp: false }, { write: (line) => logged.push(JSON.parse(line)) }),
  });
  const connect = () => {
    const socket = new FakeSocket();
    const handlers = hub.accept(socket, 'moz-extension://x');
    const say = (message: object): void => handlers.onText(JSON.stringify(message));
    const subscribe = (over: object = {}): void =>
      say({ type: 'subscribe', protocol: 1, token: 'good', camera: 'cam1', latencyMs: 300, ...over });
    const acknowledgeAll = (): void => say({ type: 'ack', parts: socket.parts().length });
    return { socket, handlers, say, subscribe, acknowledgeAll };
  };
  return { time, camera, cameras, hub, verified, revoked, logged, connect, ...connect() };
}
