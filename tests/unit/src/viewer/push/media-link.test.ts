import { describe, expect, it } from 'vitest';
import { MediaLink } from '../../../../../src/viewer/push/media-link.ts';
import type { MediaHeader } from '../../../../../src/wire/media-frames.ts';
import { CLOSE } from '../../../../../src/wire/protocol.ts';
import { FakeTime } from '../../../../support/fake-time.ts';
import { FakeSocket } from './fake-socket.ts';
import { init, part } from './media.ts';

function setUp(random = 1) {
  const time = new FakeTime();
  const sockets: FakeSocket[] = [];
  const frames: MediaHeader[] = [];
  const states: [string, string][] = [];
  const use = { frames: true };
  const link = new MediaLink({
    camera: 'door',
    timers: time,
    random: () => random,
    openSocket: (url, handlers) => {
      const socket = new FakeSocket(url, handlers);
      sockets.push(socket);
      return socket;
    },
    onFrame: (header) => {
      frames.push(header);
      return use.frames;
    },
    onState: (state, reason) => states.push([state, reason]),
  });
  const newest = (): FakeSocket => {
    const socket = sockets.at(-1);
    if (socket === undefined) throw new Error('no socket was opened');
    return socket;
  };
  const connect = (): FakeSocket => {
    link.setLatency(300);
    link.setTarget({ url: 'ws://relay/media', token: 'secret' });
    newest().handlers.onOpen();
    return newest();
  };
  return { time, sockets, frames, states, use, link, newest, connect };
}

describe('MediaLink', () => {
  it('subscribes with token, camera and latency in its first message, never in the address', () => {
    const socket = setUp().connect();
    expect(socket.url).toBe('ws://relay/media');
    expect(socket.sent).toEqual([
      { type: 'subscribe', protocol: 1, token: 'secret', camera: 'door', latencyMs: 300 },
    ]);
  });

  it('hands frames on and acknowledges every part frame, counted since the subscription', () => {
    const { connect, frames } = setUp();
    const socket = connect();
    socket.frame(init());
    socket.frame(part(0));
    socket.frame(part(1));
    expect(frames.map(({ kind }) => kind)).toEqual(['init', 'part', 'part']);
    expect(socket.sent.slice(1)).toEqual([
      { type: 'ack', parts: 1 },
      { type: 'ack', parts: 2 },
    ]);
  });

  it('tells the relay when the target changes, and only then', () => {
    const { connect, link } = setUp();
    const socket = connect();
    link.setLatency(300);
    link.setLatency(6000);
    expect(socket.sent.slice(1)).toEqual([{ type: 'window', latencyMs: 6000 }]);
  });

  it('comes back after a loss, each time within twice as long, up to 3 s', () => {
    const { connect, newest, sockets, time } = setUp();
    connect();
    const waits: number[] = [];
    for (let i = 0; i < 6; i += 1) {
      newest().handlers.onClose(1006, '');
      const before = sockets.length;
      let waitedMs = 0;
      for (; sockets.length === before; waitedMs += 50) time.advance(50);
      waits.push(waitedMs);
    }
    expect(waits).toEqual([250, 500, 1000, 2000, 3000, 3000]);
  });

  it('starts with short waits again after media arrived, and counts parts from 0', () => {
    const { connect, newest, sockets, time } = setUp();
    connect();
    for (let i = 0; i < 5; i += 1) {
      newest().handlers.onClose(1006, '');
      time.advance(3000);
    }
    newest().handlers.onOpen();
    newest().frame(part(0));
    newest().handlers.onClose(1012, 'restarting');
    const before = sockets.length;
    time.advance(250);
    expect(sockets).toHaveLength(before + 1);
    newest().handlers.onOpen();
    newest().frame(part(1));
    expect(newest().sent.at(-1)).toEqual({ type: 'ack', parts: 1 });
  });

  it.each([
    { code: CLOSE.unauthorized, words: 'token' },
    { code: CLOSE.version, words: 'update' },
  ])(
    'goes on trying after close code $code, which only the control link can call final',
    ({ code, words }) => {
      const { connect, link, newest, sockets, states, time } = setUp();
      connect().handlers.onClose(code, '');
      expect(states.at(-1)?.[0]).toBe('waiting');
      expect(states.at(-1)?.[1]).toContain(words);
      for (let tries = 2; tries < 12; tries += 1) {
        time.advance(3_000);
        expect(sockets).toHaveLength(tries);
        newest().handlers.onClose(code, '');
      }
      link.setTarget(undefined);
      time.advance(600_000);
      expect(sockets).toHaveLength(11);
    },
  );

  it('does not ask again for what the relay does not have, before it is told to', () => {
    const { connect, link, sockets, states, time } = setUp();
    connect().handlers.onClose(CLOSE.notFound, 'unknown rung');
    expect(states.at(-1)?.[0]).toBe('gone');
    time.advance(600_000);
    expect(sockets).toHaveLength(1);
    link.reconnect('the tile asks');
    expect(sockets).toHaveLength(2);
  });

  it('waits longer and longer for a relay whose parts cannot be used', () => {
    const { connect, newest, sockets, states, time, use } = setUp();
    use.frames = false;
    connect();
    const waits: number[] = [];
    for (let i = 0; i < 5; i += 1) {
      newest().frame(part(0));
      expect(states.at(-1)).toEqual(['waiting', 'the relay sent a part that cannot be used']);
      const before = sockets.length;
      let waitedMs = 0;
      for (; sockets.length === before; waitedMs += 50) time.advance(50);
      waits.push(waitedMs);
      newest().handlers.onOpen();
    }
    expect(waits).toEqual([250, 500, 1000, 2000, 3000]);
  });

  it('drops a socket that delivers nothing, ever more patiently', () => {
    const { connect, sockets, time, states } = setUp(0);
    const socket = connect();
    // A rung that sleeps has this long to wake.
    time.advance(5900);
    expect(socket.closed).toBe(false);
    time.advance(200);
    expect(socket.closed).toBe(true);
    expect(states.some(([, reason]) => reason === 'nothing arrived for 6 s')).toBe(true);
    expect(sockets).toHaveLength(2);
    time.advance(5800);
    expect(sockets).toHaveLength(2);
    time.advance(400);
    expect(sockets).toHaveLength(3);
  });

  it('keeps a socket that delivers', () => {
    const { connect, sockets, time } = setUp();
    const socket = connect();
    for (let n = 0; n < 200; n += 1) {
      time.advance(100);
      socket.frame(part(n));
    }
    expect(sockets).toHaveLength(1);
  });

  it('drops a relay that sends rubbish', () => {
    const { connect, states } = setUp();
    const socket = connect();
    socket.handlers.onMessage(new ArrayBuffer(2));
    expect(socket.closed).toBe(true);
    expect(states.at(-1)?.[1]).toContain('not valid');
  });

  it('ignores what a dropped socket still says', () => {
    const { connect, link, newest, frames, sockets } = setUp();
    const old = connect();
    link.reconnect('stale');
    old.frame(part(0));
    old.handlers.onClose(1006, '');
    expect(frames).toEqual([]);
    expect(sockets).toHaveLength(2);
    expect(newest().closed).toBe(false);
  });

  it('disconnects without a relay, and leaves nothing behind when stopped', () => {
    const { connect, link, states, time } = setUp();
    const socket = connect();
    link.setTarget(undefined);
    expect(socket.closed).toBe(true);
    expect(states.at(-1)?.[0]).toBe('idle');
    link.setTarget({ url: 'ws://relay/media', token: 'secret' });
    link.stop();
    link.stop();
    expect(time.pending).toBe(0);
    expect(link.state).toBe('idle');
  });
});
