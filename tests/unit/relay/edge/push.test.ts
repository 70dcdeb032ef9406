import { describe, expect, it } from 'vitest';
import { START_PDT_MS } from '../../../support/synthetic-camera.ts';
import { setUp } from './push-rig.ts';

describe('a media socket begins', () => {
  it('with init and the parts from the keyframe before the picture that is due', () => {
    const { camera, socket, subscribe } = setUp();
    camera.feed(35);
    subscribe();
    expect(socket.headers()[0]).toMatchObject({ kind: 'init', run: 'run1', id: 'e0', codecs: 'avc1.42c01e' });
    // 300 ms back is 3.2 s, and the keyframe before that.
    expect(socket.parts()[0]).toBe('3.0');
    expect(socket.parts().at(-1)).toBe('3.4');
  });

  it('with the rung that was asked for', () => {
    const { camera, socket, subscribe } = setUp({ rungs: ['main', 'small'] });
    camera.feed(5);
    subscribe({ rung: 'small' });
    expect(socket.parts()).toHaveLength(5);
  });

  it('with the next keyframe when no history is wanted', () => {
    const { camera, socket, subscribe } = setUp();
    camera.feed(35);
    subscribe({ start: 'next-keyframe' });
    expect(socket.frames).toEqual([]);
    camera.feed(7);
    expect(socket.parts()).toEqual(['4.0', '4.1']);
  });

  it('with the keyframe that the picture is decoded from where the viewer goes on, or the next one when that is far', () => {
    const { camera, connect } = setUp({ partsPerSegment: 40 });
    camera.feed(95);
    const begin = (seconds: number): string | undefined => {
      const { socket, subscribe } = connect();
      subscribe({ start: 'next-keyframe', fromMs: START_PDT_MS + seconds * 1000 });
      return socket.parts()[0];
    };
    expect([0, 2.4, 2.6, 4, 6.4].map(begin)).toEqual(['0.0', '0.0', '1.0', '1.0', '1.0']);
    // Every four seconds a keyframe: the newest, as without a place to go on from.
    expect(begin(11)).toBe('2.0');
  });

  it('with the keyframe that was made just now, or the first there is', () => {
    const { camera, connect } = setUp();
    const early = connect();
    early.subscribe({ start: 'next-keyframe' });
    camera.feed(31);
    const late = connect();
    late.subscribe({ start: 'next-keyframe' });
    expect(early.socket.parts()[0]).toBe('0.0');
    expect(late.socket.parts()).toEqual(['3.0']);
  });

  it('with the newest keyframe where they come too seldom to be waited for', () => {
    const { camera, socket, subscribe } = setUp({ partsPerSegment: 40 });
    camera.feed(55);
    subscribe({ start: 'next-keyframe' });
    expect(socket.parts()[0]).toBe('1.0');
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
    const { time, camera, socket, subscribe, acknowledgeAll } = setUp();
    camera.feed(1);
    subscribe();
    camera.feed(64);
    time.advance(600);
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
    const { time, camera, socket, subscribe, say, acknowledgeAll } = setUp();
    camera.feed(100);
    subscribe({ latencyMs: 6000 });
    say({ type: 'window', latencyMs: 300 });
    time.advance(600);
    acknowledgeAll();
    expect(socket.parts().some((part) => part.endsWith('!'))).toBe(true);
    expect(socket.parts().at(-1)).toBe('9.9');
  });

  it('is told in the log with its camera, once at first and then every ten minutes with how often', () => {
    const { time, camera, logged, connect } = setUp();
    const skip = (): void => {
      const { socket, subscribe, say, acknowledgeAll } = connect();
      camera.feed(100);
      subscribe({ latencyMs: 6000 });
      say({ type: 'window', latencyMs: 300 });
      time.advance(600);
      acknowledgeAll();
      expect(socket.parts().some((part) => part.endsWith('!'))).toBe(true);
    };
    skip();
    const line = { level: 30, camera: 'cam1', msg: 'a viewer reads too slowly: parts left out' };
    expect(logged).toEqual([{ ...line, times: 1 }]);
    skip();
    time.advance(598_000);
    skip();
    expect(logged).toHaveLength(1);
    time.advance(1_000);
    skip();
    expect(logged.slice(1)).toEqual([{ ...line, times: 3 }]);
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
