import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { PushHub } from '../../../../relay/edge/push.ts';
import { CLOSE } from '../../../../src/wire/protocol.ts';
import { FakeTime } from '../../../support/fake-time.ts';
import { SyntheticCamera, type SyntheticOptions } from '../../../support/synthetic-camera.ts';
import { FakeSocket } from './fake-socket.ts';

/** Parts of 100 ms, ten in a segment. */
function setUp(options: Partial<SyntheticOptions> = {}) {
  const time = new FakeTime();
  const camera = new SyntheticCamera({ id: 'cam1', ...options });
  const cameras = new Map([[camera.id, camera]]);
  const verified: [string, string | undefined][] = [];
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
    log: pino({ level: 'silent' }),
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
  return { time, camera, cameras, hub, verified, revoked, connect, ...connect() };
}

describe('a media socket begins', () => {
  it('with init and the parts from the keyframe before the picture that is due', () => {
    const { camera, socket, subscribe } = setUp();
    camera.feed(35);
    subscribe();
    expect(socket.headers()[0]).toMatchObject({ kind: 'init', run: 'run1', id: 'e0', codecs: 'avc1.42c01e' });
    // 300 ms and one GOP of 1 s: the segment that lies at least 1.3 s back.
    expect(socket.parts()[0]).toBe('2.0');
    expect(socket.parts().at(-1)).toBe('3.4');
  });

  it('with the rung that was asked for', () => {
    const { camera, socket, subscribe } = setUp({ rungs: ['main', 'small'] });
    camera.feed(5);
    subscribe({ rung: 'small' });
    expect(socket.parts()).toHaveLength(5);
  });

  it('with the first pictures of a camera that has none yet', () => {
    const { camera, socket, subscribe } = setUp({ rungs: [] });
    subscribe();
    camera.change({ reason: 'still starting' });
    expect([socket.frames.length, socket.closed]).toEqual([0, undefined]);
    camera.addRung('main');
    camera.feed(2);
    expect(socket.parts()).toEqual(['0.0', '0.1']);
    // It goes on to watch that its rung is still made.
    expect(camera.listeners).toBe(1);
  });

  it('with the token and the origin checked', () => {
    const { verified, subscribe } = setUp();
    subscribe();
    expect(verified).toEqual([['good', 'moz-extension://x']]);
  });
});

describe('a media socket is closed', () => {
  it.each<[string, object, number, RegExp]>([
    ['for a bad token', { token: 'bad' }, CLOSE.unauthorized, /pair again/],
    [
      'for an unknown camera',
      { camera: 'cam9' },
      CLOSE.notFound,
      /unknown camera "cam9": this relay has cam1$/,
    ],
    ['for an unknown rung', { rung: 'tiny' }, CLOSE.notFound, /unknown rung "tiny": this relay has main$/],
    ['for a newer protocol', { protocol: 2 }, CLOSE.version, /update the relay/],
    ['for an older protocol', { protocol: 0 }, CLOSE.version, /update the extension/],
    ['for a field that does not fit', { latencyMs: 'soon' }, CLOSE.malformed, /field "latencyMs"/],
  ])('%s', (_what, over, code, reason) => {
    const { camera, socket, subscribe } = setUp();
    camera.feed(5);
    subscribe(over);
    expect(socket.closed?.code).toBe(code);
    expect(socket.closed?.reason).toMatch(reason);
    camera.feed(5);
    expect(socket.frames).toEqual([]);
  });

  it('when its rung is not made any more, with those that are', () => {
    const { camera, socket, subscribe } = setUp({ rungs: ['main', '720', '360'] });
    camera.feed(5);
    subscribe({ rung: '720' });
    camera.change({ reason: 'something else' });
    expect(socket.closed).toBeUndefined();
    camera.removeRung('720');
    expect(socket.closed).toEqual({
      code: CLOSE.notFound,
      reason: 'unknown rung "720": this relay has main, 360',
    });
    expect(camera.listeners).toBe(0);
  });

  it('says nothing about cameras to a client without a token', () => {
    const { socket, subscribe } = setUp();
    subscribe({ token: 'bad', camera: 'cam9' });
    expect(socket.closed?.code).toBe(CLOSE.unauthorized);
  });

  it('when nothing was asked for within 3 s', () => {
    const { time, socket } = setUp();
    time.advance(2999);
    expect(socket.closed).toBeUndefined();
    time.advance(1);
    // Not 4401: a slow link is no revoked token.
    expect(socket.closed?.code).toBe(CLOSE.slow);
  });

  it.each([
    ['an acknowledgement before the subscription', [{ type: 'ack', parts: 0 }]],
    ['no JSON', ['{']],
  ])('for %s', (_what, messages) => {
    const { socket, say, handlers } = setUp();
    for (const message of messages) {
      if (typeof message === 'string') handlers.onText(message);
      else say(message);
    }
    expect(socket.closed?.code).toBe(CLOSE.malformed);
  });

  it('for a second subscription and for acknowledging what was never sent', () => {
    const first = setUp();
    first.subscribe();
    first.subscribe();
    expect(first.socket.closed?.code).toBe(CLOSE.malformed);
    const second = setUp();
    second.camera.feed(3);
    second.subscribe();
    second.say({ type: 'ack', parts: 4 });
    expect(second.socket.closed).toEqual({
      code: CLOSE.malformed,
      reason: 'field "parts": more than were sent',
    });
  });

  it('when nothing was acknowledged for 12 s', () => {
    const { time, camera, socket, subscribe, acknowledgeAll } = setUp();
    camera.feed(3);
    subscribe();
    time.advance(11_000);
    acknowledgeAll();
    time.advance(60_000);
    expect(socket.closed).toBeUndefined();
    camera.feed(1);
    time.advance(11_999);
    expect(socket.closed).toBeUndefined();
    time.advance(1);
    expect(socket.closed?.code).toBe(CLOSE.slow);
  });

  it('when nothing more was acknowledged for 12 s, of parts that went out while it did', () => {
    const { time, camera, socket, subscribe, say } = setUp();
    camera.feed(3);
    subscribe();
    time.advance(7_000);
    say({ type: 'ack', parts: 1 });
    time.advance(11_999);
    expect(socket.closed).toBeUndefined();
    time.advance(1);
    expect(socket.closed?.code).toBe(CLOSE.slow);
  });

  it('when the relay stops', () => {
    const { hub, socket, subscribe } = setUp();
    subscribe();
    hub.stop();
    expect(socket.closed?.code).toBe(CLOSE.restarting);
  });

  it('and leaves nothing behind', () => {
    const { time, camera, subscribe, handlers, socket } = setUp();
    camera.feed(3);
    subscribe();
    handlers.onClose();
    const before = socket.frames.length;
    camera.feed(3);
    expect([socket.frames.length, time.pending, camera.listeners]).toEqual([before, 0, 0]);
  });
});

describe('live parts', () => {
  it('go out in order, each once, as they are made', () => {
    const { camera, socket, subscribe, acknowledgeAll } = setUp();
    camera.feed(9);
    subscribe();
    for (let n = 0; n < 13; n += 1) {
      camera.feed(1);
      acknowledgeAll();
    }
    expect(socket.parts()).toEqual(Array.from({ length: 22 }, (_, n) => `${Math.floor(n / 10)}.${n % 10}`));
  });

  it('of a new epoch come after its init', () => {
    const { camera, socket, subscribe } = setUp();
    camera.feed(2);
    subscribe();
    camera.newEpoch();
    camera.feed(2);
    expect(socket.headers().map((header) => (header.kind === 'init' ? header.id : header.epoch))).toEqual([
      'e0',
      0,
      0,
      'e1',
      1,
      1,
    ]);
  });

  it('are the same bytes for every tile', () => {
    const { camera, connect } = setUp();
    const tiles = [connect(), connect()];
    for (const { subscribe } of tiles) subscribe();
    camera.feed(4);
    const [one, two] = tiles.map(({ socket }) => socket.frames.slice(1));
    expect(one).toHaveLength(4);
    one?.forEach((frame, n) => {
      expect(frame).toBe(two?.[n]);
    });
  });
});

describe('a viewer that does not acknowledge', () => {
  it('gets 1.5 s of media and no more', () => {
    const { camera, socket, subscribe } = setUp();
    camera.feed(1);
    subscribe();
    camera.feed(100);
    expect(socket.parts()).toHaveLength(15);
  });

  it('goes on at a later keyframe when it answers again', () => {
    const { camera, socket, subscribe, acknowledgeAll } = setUp();
    camera.feed(1);
    subscribe();
    camera.feed(64);
    acknowledgeAll();
    expect(socket.parts().slice(14)).toEqual(['1.4', '6.0!', '6.1', '6.2', '6.3', '6.4']);
    camera.feed(1);
    expect(socket.parts().at(-1)).toBe('6.5');
  });

  it('loses nothing when it answers in time', () => {
    const { camera, socket, subscribe, acknowledgeAll } = setUp();
    camera.feed(1);
    subscribe();
    camera.feed(17);
    acknowledgeAll();
    expect(socket.parts()).toEqual(Array.from({ length: 18 }, (_, n) => `${Math.floor(n / 10)}.${n % 10}`));
  });

  it('goes on even when its place has left the history', () => {
    const { camera, socket, subscribe, acknowledgeAll } = setUp({ windowMs: 3000 });
    camera.feed(1);
    subscribe({ latencyMs: 60_000 });
    camera.feed(204);
    acknowledgeAll();
    const parts = socket.parts();
    expect(parts.slice(0, -1).filter((part) => part.endsWith('!')).length).toBe(1);
    expect(parts.at(-1)).toBe('20.4');
  });

  it('rides out a pause of 5 s at a latency of 6 s', () => {
    const { camera, socket, subscribe, acknowledgeAll } = setUp();
    camera.feed(100);
    subscribe({ latencyMs: 6000 });
    while (socket.parts().at(-1) !== '9.9') acknowledgeAll();
    acknowledgeAll();
    camera.feed(50);
    for (let n = 0; n < 10; n += 1) acknowledgeAll();
    expect(socket.parts().some((part) => part.endsWith('!'))).toBe(false);
    expect(socket.parts().at(-1)).toBe('14.9');
  });

  it('is not disturbed by the backlog it begins with', () => {
    const { camera, socket, subscribe, say } = setUp();
    camera.feed(109);
    subscribe({ latencyMs: 6000 });
    // A link that carries 1.25 times real time: five parts arrive while four are made.
    let received = 0;
    for (let n = 0; n < 200; n += 1) {
      camera.feed(4);
      received = Math.min(socket.parts().length, received + 5);
      say({ type: 'ack', parts: received });
    }
    expect(socket.parts().filter((part) => part.endsWith('!'))).toEqual([]);
    expect(socket.closed).toBeUndefined();
  });

  it('on a link of half its rate stays within a bounded delay', () => {
    const { camera, socket, subscribe, say } = setUp();
    camera.feed(25);
    subscribe();
    let received = 0;
    let worstMs = 0;
    for (let n = 0; n < 600; n += 1) {
      camera.feed(1);
      if (n % 2 === 0) received = Math.min(socket.parts().length, received + 1);
      say({ type: 'ack', parts: received });
      const part = socket.parts()[received - 1]?.replace('!', '') ?? '';
      const [msn = 0, index = 0] = part.split('.').map(Number);
      if (n > 100) worstMs = Math.max(worstMs, (24 + n - (msn * 10 + index)) * 100);
    }
    expect(socket.parts().filter((part) => part.endsWith('!')).length).toBeGreaterThan(5);
    expect(worstMs).toBeLessThan(4500);
  });

  it('skips at once when the wall asks for a much lower latency', () => {
    const { camera, socket, subscribe, say, acknowledgeAll } = setUp();
    camera.feed(100);
    subscribe({ latencyMs: 6000 });
    say({ type: 'window', latencyMs: 300 });
    acknowledgeAll();
    expect(socket.parts().some((part) => part.endsWith('!'))).toBe(true);
    expect(socket.parts().at(-1)).toBe('9.9');
  });

  it('gets nothing more while the socket itself is full', () => {
    const { camera, socket, subscribe, acknowledgeAll } = setUp();
    camera.feed(1);
    subscribe();
    socket.buffered = 3 * 1024 * 1024;
    camera.feed(3);
    expect(socket.parts()).toHaveLength(1);
    socket.buffered = 0;
    acknowledgeAll();
    expect(socket.parts()).toHaveLength(4);
  });

  it('does not hold up another tile', () => {
    const { camera, connect } = setUp();
    const [slow, quick] = [connect(), connect()];
    camera.feed(1);
    slow.subscribe();
    quick.subscribe();
    for (let n = 0; n < 50; n += 1) {
      camera.feed(1);
      quick.acknowledgeAll();
    }
    expect([slow.socket.parts().length, quick.socket.parts().length]).toEqual([15, 51]);
  });
});

describe('a media socket whose token is revoked', () => {
  it('is closed within a second, of an offline camera too', () => {
    const { time, hub, socket, subscribe, revoked } = setUp({ rungs: [] });
    hub.start();
    subscribe();
    time.advance(2_000);
    expect(socket.closed).toBeUndefined();
    revoked.now = true;
    time.advance(1_000);
    expect(socket.closed).toMatchObject({
      code: CLOSE.unauthorized,
      reason: expect.stringContaining('pair again'),
    });
  });

  it('is closed with all others that have it, which are asked about together', () => {
    const { time, hub, socket, subscribe, connect, revoked } = setUp();
    hub.start();
    subscribe();
    const second = connect();
    second.subscribe();
    time.advance(500);
    expect(revoked.asked).toBe(1);
    revoked.now = true;
    time.advance(500);
    expect([socket, second.socket].map(({ closed }) => closed?.code)).toEqual([
      CLOSE.unauthorized,
      CLOSE.unauthorized,
    ]);
  });
});

describe('a camera that the configuration has no longer', () => {
  it.each([
    ['ends its sockets', false, CLOSE.notFound, 'unknown camera "cam1": this relay has cam2'],
    [
      'lets its viewers come back when another one has its place',
      true,
      CLOSE.restarting,
      'the configuration of this camera changed',
    ],
  ])('%s', (_about, replaced, code, reason) => {
    const { camera, cameras, hub, connect, socket, subscribe } = setUp();
    const other = new SyntheticCamera({ id: 'cam2' });
    cameras.set('cam2', other);
    camera.feed(5);
    subscribe();
    const elsewhere = connect();
    elsewhere.subscribe({ camera: 'cam2' });
    if (replaced) cameras.set('cam1', new SyntheticCamera({ id: 'cam1' }));
    else cameras.delete('cam1');
    hub.cameraGone(camera);
    expect(socket.closed).toEqual({ code, reason });
    expect(camera.listeners).toBe(0);
    other.feed(1);
    expect(elsewhere.socket.closed).toBeUndefined();
    expect(elsewhere.socket.parts()).toEqual(['0.0']);
  });
});
