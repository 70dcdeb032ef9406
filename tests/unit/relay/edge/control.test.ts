import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import type { PairRequest, PairResult } from '../../../../relay/access/auth.ts';
import { ControlHub } from '../../../../relay/edge/control.ts';
import { Journal } from '../../../../relay/events/journal.ts';
import { CLOSE, type Command, PROTOCOL_VERSION } from '../../../../src/wire/protocol.ts';
import { FakeTime } from '../../../support/fake-time.ts';
import { SyntheticCamera } from '../../../support/synthetic-camera.ts';
import { FakeSocket } from './fake-socket.ts';

const TOKEN = 'T'.repeat(43);

function setUp() {
  const time = new FakeTime();
  const cameras = ['cam1', 'cam2'].map((id) => new SyntheticCamera({ id }));
  const [camera] = cameras;
  if (camera === undefined) throw new Error('no camera');
  const journal = new Journal({ runId: 'run', clock: time, capacity: 5 });
  for (const each of cameras) each.onChange((state) => journal.append(state));
  const commands: Command[] = [];
  const revoked = { now: false };
  const pairing: { requests: PairRequest[]; answer: (request: PairRequest) => Promise<PairResult> } = {
    requests: [],
    answer: () => Promise.resolve({ token: TOKEN }),
  };
  const rights: unknown[] = [];
  const hub = new ControlHub({
    relay: { id: 'id', name: 'workshop', version: '1.2.3' },
    mediamtx: 'off',
    features: ['push', 'whep'],
    cameras: new Map(cameras.map((each) => [each.id, each])),
    journal,
    auth: {
      verify: (token, origin) => token === TOKEN && origin === 'moz-extension://x',
      pair: (request) => {
        pairing.requests.push(request);
        return pairing.answer(request);
      },
      isRevoked: () => revoked.now,
      rightsOf: () => ({ id: '1a2b3c4d', mayChangeCameras: true }),
      pairedOrigins: () => [],
    },
    runCommand: (command, asker) => {
      commands.push(command);
      rights.push(asker);
      if (command.command === 'list-cameras')
        return Promise.resolve({ kind: 'cameras', revision: 'r', cameras: [] });
      if (command.command === 'find-cameras') return Promise.reject(new Error('rtsp://u:p@cam'));
      return 'camera' in command && command.camera === 'cam1'
        ? undefined
        : { code: 'unknown-camera', message: 'no' };
    },
    timers: time,
    clock: time,
    mediaClock: { now: () => 1_600_000_000_000 + time.now() },
    wallClock: { now: () => 1_700_000_000_000 + time.now() },
    log: pino({ level: 'silent' }),
  });
  hub.start();
  const connect = () => {
    const socket = new FakeSocket();
    const handlers = hub.accept(socket, 'moz-extension://x');
    const say = (message: object): void => handlers.onText(JSON.stringify(message));
    const auth = (over: object = {}): void =>
      say({ type: 'auth', protocol: 1, token: TOKEN, client: 'wall', ...over });
    const types = (): string[] => socket.messages().map(({ type }) => type);
    return { socket, handlers, say, auth, types };
  };
  return { time, camera, journal, commands, rights, revoked, pairing, hub, connect, ...connect() };
}

/** Lets promises run. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('a control socket', () => {
  it('is greeted, then gets the full state for its token', () => {
    const { socket, auth, camera } = setUp();
    camera.change({ state: 'live' });
    auth();
    expect(socket.messages()).toMatchObject([
      {
        type: 'hello',
        protocol: { min: 1, max: PROTOCOL_VERSION },
        relay: { id: 'id', name: 'workshop', version: '1.2.3' },
      },
      {
        type: 'welcome',
        runId: 'run',
        seq: 1,
        mediamtx: 'off',
        serverTimeMs: 1_700_001_000_000,
        cameras: [
          { id: 'cam1', state: 'live' },
          { id: 'cam2', state: 'starting' },
        ],
      },
    ]);
  });

  it('hears of nothing before it has authenticated', () => {
    const { types, camera, time } = setUp();
    camera.change({ state: 'live' });
    time.advance(2900);
    expect(types()).toEqual(['hello']);
  });

  it('hears of each change with the next number', () => {
    const { socket, auth, camera, journal } = setUp();
    auth();
    camera.change({ state: 'live' });
    camera.change({ state: 'offline', reason: 'gone' });
    expect(socket.messages().slice(2)).toMatchObject([
      { type: 'camera', seq: 1, camera: { state: 'live' } },
      { type: 'camera', seq: 2, camera: { state: 'offline', reason: 'gone' } },
    ]);
    expect(journal.seq).toBe(2);
  });

  it.each<[string, object, number, RegExp]>([
    [
      'a bad token',
      { type: 'auth', protocol: 1, token: 'bad', client: 'wall' },
      CLOSE.unauthorized,
      /pair again/,
    ],
    [
      'a newer protocol',
      { type: 'auth', protocol: 9, token: TOKEN, client: 'wall' },
      CLOSE.version,
      /update the relay/,
    ],
    [
      'pairing by an older protocol',
      { type: 'pair', protocol: 0, code: '1', clientName: 'n' },
      CLOSE.version,
      /update the extension/,
    ],
    ['anything before auth', { type: 'ping', id: 1 }, CLOSE.malformed, /expected auth or pair/],
    [
      'a field that does not fit',
      { type: 'auth', protocol: 1, token: 7, client: 'wall' },
      CLOSE.malformed,
      /field "token"/,
    ],
    ['an unknown type', { type: 'sudo' }, CLOSE.malformed, /field "type"/],
  ])('is refused for %s', (_what, message, code, reason) => {
    const { socket, say } = setUp();
    say(message);
    expect(socket.messages()[1]).toMatchObject({
      type: 'refused',
      error: { message: expect.stringMatching(reason) },
    });
    expect(socket.closed?.code).toBe(code);
  });

  it('is refused for authenticating twice', () => {
    const { socket, auth } = setUp();
    auth();
    auth();
    expect(socket.closed?.code).toBe(CLOSE.malformed);
  });

  it('is closed when it does not authenticate within 3 s', () => {
    const { socket, time } = setUp();
    time.advance(3000);
    // Not 4401: a slow link is no revoked token.
    expect(socket.closed?.code).toBe(CLOSE.slow);
  });

  it('gets a pong with the time of the relay', () => {
    const { socket, auth, say, time } = setUp();
    auth();
    time.advance(50);
    say({ type: 'ping', id: 9 });
    expect(socket.messages().at(-1)).toEqual({ type: 'pong', id: 9, mediaTimeMs: 1_600_001_000_050 });
  });

  it('hears that the relay will be back', () => {
    const { hub, socket, auth, time } = setUp();
    auth();
    hub.stop();
    hub.stop();
    expect(socket.closed?.code).toBe(CLOSE.restarting);
    expect(time.pending).toBe(0);
  });

  it('leaves nothing behind', () => {
    const { hub, handlers, auth, time, socket, camera } = setUp();
    auth();
    handlers.onClose();
    camera.change({ state: 'live' });
    hub.stop();
    expect([socket.frames.length, socket.closed, time.pending]).toEqual([2, undefined, 0]);
  });
});

describe('resuming', () => {
  const resume = (runId: string, seq: number) => ({ resume: { runId, seq } });

  it('replays what was missed after the welcome', () => {
    const { socket, auth, camera } = setUp();
    for (let n = 1; n <= 4; n += 1) camera.change({ restarts: n });
    auth(resume('run', 2));
    expect(socket.messages().slice(1)).toMatchObject([
      { type: 'welcome', seq: 4 },
      { type: 'camera', seq: 3, camera: { restarts: 3 } },
      { type: 'camera', seq: 4, camera: { restarts: 4 } },
    ]);
  });

  it.each([
    ['another run', 'other', 2],
    ['what was forgotten', 'run', 0],
    ['a number never given', 'run', 99],
  ])('replays nothing for %s', (_what, runId, seq) => {
    const { types, auth, camera } = setUp();
    for (let n = 0; n < 9; n += 1) camera.change({ restarts: n });
    auth(resume(runId, seq));
    expect(types()).toEqual(['hello', 'welcome']);
  });
});

describe('pairing', () => {
  const pair = { type: 'pair', protocol: 1, code: '1234-5678', clientName: 'desk' };

  it('trades a code for a token and goes on on the same socket', async () => {
    const { say, auth, types, socket, pairing } = setUp();
    say(pair);
    await settle();
    expect(socket.messages()[1]).toEqual({ type: 'paired', token: TOKEN });
    expect(pairing.requests).toEqual([
      { code: '1234-5678', clientName: 'desk', origin: 'moz-extension://x' },
    ]);
    auth();
    expect(types()).toEqual(['hello', 'paired', 'welcome']);
  });

  it('answers what was said meanwhile afterwards', async () => {
    const { say, auth, types } = setUp();
    say(pair);
    auth();
    say({ type: 'ping', id: 1 });
    expect(types()).toEqual(['hello']);
    await settle();
    expect(types()).toEqual(['hello', 'paired', 'welcome', 'pong']);
  });

  it('holds only a few messages meanwhile', () => {
    const { say, socket } = setUp();
    say(pair);
    for (let n = 0; n < 9; n += 1) say({ type: 'ping', id: n });
    expect(socket.closed?.code).toBe(CLOSE.malformed);
  });

  it.each([
    ['bad-code', CLOSE.unauthorized],
    ['no-code', CLOSE.unauthorized],
    ['too-many-attempts', CLOSE.busy],
    ['internal', 1011],
  ] as const)('ends with %s as the authenticator says', async (code, closeCode) => {
    const { say, socket, pairing } = setUp();
    pairing.answer = () => Promise.resolve({ error: { code, message: 'because' } });
    say(pair);
    await settle();
    expect(socket.messages()[1]).toEqual({ type: 'refused', error: { code, message: 'because' } });
    expect(socket.closed).toEqual({ code: closeCode, reason: 'because' });
  });

  it('ends without a word of the cause when the authenticator fails', async () => {
    const { say, socket, pairing } = setUp();
    pairing.answer = () => Promise.reject(new Error('disk on fire'));
    say(pair);
    await settle();
    expect(JSON.stringify(socket.messages())).not.toContain('fire');
    expect(socket.closed?.code).toBe(1011);
  });

  it('says nothing to a client that has gone meanwhile', async () => {
    const { say, handlers, socket } = setUp();
    say(pair);
    handlers.onClose();
    await settle();
    expect(socket.frames).toHaveLength(1);
  });

  it('is limited for all clients together', async () => {
    const { connect, pairing, time } = setUp();
    pairing.answer = () => Promise.resolve({ error: { code: 'bad-code', message: 'wrong' } });
    const codes: (number | undefined)[] = [];
    const attempt = async (): Promise<void> => {
      const { say, socket } = connect();
      say(pair);
      await settle();
      codes.push(socket.closed?.code);
    };
    for (let n = 0; n < 12; n += 1) await attempt();
    expect(codes).toEqual([...Array.from({ length: 10 }, () => CLOSE.unauthorized), CLOSE.busy, CLOSE.busy]);
    expect(pairing.requests).toHaveLength(10);
    time.advance(5000);
    await attempt();
    expect(codes.at(-1)).toBe(CLOSE.unauthorized);
  });
});

describe('commands', () => {
  it('are answered under their id', () => {
    const { socket, say, auth, commands } = setUp();
    auth();
    say({ type: 'command', id: 5, command: 'restart-camera', camera: 'cam1' });
    say({ type: 'command', id: 6, command: 'restart-camera', camera: 'cam9' });
    expect(socket.messages().slice(2)).toEqual([
      { type: 'result', id: 5 },
      { type: 'result', id: 6, error: { code: 'unknown-camera', message: 'no' } },
    ]);
    expect(commands).toMatchObject([{ camera: 'cam1' }, { camera: 'cam9' }]);
  });

  it('that take their time are answered when they are done, and know what their client may do', async () => {
    const { socket, say, auth, commands, rights } = setUp();
    auth();
    say({ type: 'command', id: 5, command: 'list-cameras' });
    say({ type: 'command', id: 6, command: 'find-cameras' });
    expect(socket.messages()).toHaveLength(2);
    await settle();
    expect(socket.messages().slice(2)).toEqual([
      { type: 'result', id: 5, answer: { kind: 'cameras', revision: 'r', cameras: [] } },
      {
        type: 'result',
        id: 6,
        error: { code: 'internal', message: 'the relay failed on this command: see its log' },
      },
    ]);
    expect(commands).toHaveLength(2);
    expect(rights).toEqual([
      { id: '1a2b3c4d', mayChangeCameras: true },
      { id: '1a2b3c4d', mayChangeCameras: true },
    ]);
  });

  it('that a newer client knows do not end the conversation', () => {
    const { socket, say, auth } = setUp();
    auth();
    say({ type: 'command', id: 7, command: 'zoom', factor: 2 });
    expect(socket.messages().at(-1)).toMatchObject({
      type: 'result',
      id: 7,
      error: { code: 'unknown-command' },
    });
    expect(socket.closed).toBeUndefined();
  });

  it('that are known but malformed do', () => {
    const { socket, say, auth } = setUp();
    auth();
    say({ type: 'command', id: 7, command: 'restart-camera', camera: '../..' });
    expect(socket.closed).toMatchObject({
      code: CLOSE.malformed,
      reason: expect.stringContaining('"camera"'),
    });
  });

  it('before authentication are refused, known or not', () => {
    const { socket, say, commands } = setUp();
    say({ type: 'command', id: 7, command: 'zoom' });
    expect([socket.closed?.code, commands.length]).toEqual([CLOSE.malformed, 0]);
  });
});

describe('the beat', () => {
  /** Pings every 5 s, as clients do. */
  const live = (time: FakeTime, say: (message: object) => void, ms: number): void => {
    for (let n = 0; n < ms / 5000; n += 1) {
      say({ type: 'ping', id: n });
      time.advance(5000);
    }
  };

  it('ticks at least every 15 s, even when nothing happens', () => {
    const { time, say, auth, socket } = setUp();
    auth();
    live(time, say, 60_000);
    expect(socket.messages().filter(({ type }) => type === 'tick')).toHaveLength(4);
    expect(socket.closed).toBeUndefined();
  });

  it('drops a client that sent nothing for 12 s', () => {
    const { time, auth, socket } = setUp();
    auth();
    time.advance(12_000);
    expect(socket.closed).toBeUndefined();
    time.advance(1000);
    expect(socket.closed).toMatchObject({ code: CLOSE.slow, reason: 'nothing heard for 12 s' });
  });

  it('drops nobody after a pause of the relay itself', () => {
    const { time, auth, socket, say } = setUp();
    auth();
    time.jump(60_000);
    time.advance(1000);
    expect(socket.closed).toBeUndefined();
    live(time, say, 20_000);
    expect(socket.closed).toBeUndefined();
  });

  it('brings the newest figures every 2 s and leaves them out for a client that is behind', () => {
    const { time, auth, say, camera, socket } = setUp();
    auth();
    const figures = { id: 'cam1', fps: 30, speed: 1, bitrateKbps: 600, droppedFrames: 0 };
    const bitrates = (): number[] =>
      socket
        .messages()
        .flatMap((message) => (message.type === 'telemetry' ? message.cameras : []))
        .map((each) => each.bitrateKbps);
    time.advance(2000);
    expect(bitrates()).toEqual([]);
    camera.figures = figures;
    time.advance(2000);
    socket.buffered = 10;
    for (let n = 1; n <= 3; n += 1) {
      say({ type: 'ping', id: n });
      camera.figures = { ...figures, bitrateKbps: 600 + n };
      time.advance(2000);
    }
    socket.buffered = 0;
    time.advance(2000);
    expect(bitrates()).toEqual([600, 603]);
  });

  it('drops a client that does not read, and nobody else', () => {
    const { connect, camera, auth, socket } = setUp();
    const other = connect();
    auth();
    other.auth();
    socket.buffered = 1024 * 1024 + 1;
    camera.change({ state: 'live' });
    expect(socket.closed?.code).toBe(CLOSE.slow);
    expect(other.types()).toEqual(['hello', 'welcome', 'camera']);
  });
});

describe('a control socket whose token is revoked', () => {
  it('is told so and closed within a second', () => {
    const { time, socket, auth, say, revoked } = setUp();
    auth();
    for (let n = 0; n < 3; n += 1) {
      time.advance(1_000);
      say({ type: 'ping', id: n });
    }
    expect(socket.closed).toBeUndefined();
    revoked.now = true;
    time.advance(1_000);
    expect(socket.messages().at(-1)).toMatchObject({ type: 'refused', error: { code: 'bad-token' } });
    expect(socket.closed?.code).toBe(CLOSE.unauthorized);
  });
});
