import { describe, expect, it } from 'vitest';
import { RungLinks } from '../../../../../src/viewer/push/rung-links.ts';
import type { MediaHeader } from '../../../../../src/wire/media-frames.ts';
import { CLOSE } from '../../../../../src/wire/protocol.ts';
import { FakeTime } from '../../../../support/fake-time.ts';
import { FakeSocket } from './fake-socket.ts';
import { FRAME_MS, writtenParts } from './media.ts';

const EDGE_MS = 50_000;

const part = (pdtMs: number, independent: boolean): MediaHeader => ({
  kind: 'part',
  msn: 1,
  part: 0,
  epoch: 0,
  init: 'low',
  durationMs: 67,
  independent,
  pdtMs,
});
const init: MediaHeader = {
  kind: 'init',
  run: 'run1',
  id: 'low',
  codecs: 'avc1.42c01e',
  width: 320,
  height: 180,
};

function setUp(given: { edgeMs: number | undefined } = { edgeMs: EDGE_MS }) {
  let { edgeMs } = given;
  const time = new FakeTime();
  const sockets: FakeSocket[] = [];
  const frames: MediaHeader[] = [];
  const states: string[] = [];
  const gone: (string | undefined)[] = [];
  const givenUp: (string | undefined)[] = [];
  const early: (MediaHeader | 'stop')[] = [];
  const links = new RungLinks({
    camera: 'door',
    timers: time,
    random: () => 1,
    edgeMs: (run = 'run1') => (run === 'run1' ? edgeMs : undefined),
    openSocket: (url, handlers) => {
      const socket = new FakeSocket(url, handlers);
      sockets.push(socket);
      return socket;
    },
    onFrame: (header) => {
      frames.push(header);
      if (header.kind === 'part' && edgeMs !== undefined) edgeMs = header.pdtMs + header.durationMs;
      return true;
    },
    onState: (state) => states.push(state),
    onGone: (rung) => gone.push(rung),
    onGivenUp: (rung) => givenUp.push(rung),
    early: { take: (header) => early.push(header), stop: () => early.push('stop') },
  });
  links.setLatency(300);
  links.setTarget({ url: 'ws://relay/media', token: 'secret' });
  sockets[0]?.handlers.onOpen();
  const switchTo = (rung: string): FakeSocket => {
    links.setRung(rung);
    const socket = sockets.at(-1);
    if (socket === undefined || sockets.length < 2) throw new Error('no second socket');
    socket.handlers.onOpen();
    return socket;
  };
  return { time, sockets, frames, states, gone, givenUp, early, links, switchTo };
}

describe('RungLinks', () => {
  it('lets the relay choose at first', () => {
    const { sockets, links } = setUp();
    expect(sockets[0]?.sent[0]).not.toHaveProperty('rung');
    expect(links.rung).toBeUndefined();
  });

  it('takes the wanted rung at once while nothing plays yet', () => {
    const { sockets, links } = setUp({ edgeMs: undefined });
    links.setRung('low');
    expect(sockets[0]?.closed).toBe(true);
    sockets[1]?.handlers.onOpen();
    expect(sockets[1]?.sent[0]).toMatchObject({ rung: 'low' });
    expect(links.rung).toBe('low');
  });

  it('asks for no history when none is wanted, and for it again when the socket is lost later', () => {
    const { sockets, frames, links, time } = setUp();
    links.setRung('low', { brief: true });
    const next = sockets.at(-1);
    next?.handlers.onOpen();
    expect(next?.sent[0]).toMatchObject({ rung: 'low', start: 'next-keyframe' });
    next?.frame(init);
    next?.frame(part(EDGE_MS, true));
    expect([links.rung, frames.length]).toEqual(['low', 2]);
    next?.handlers.onClose(1006, 'lost');
    time.advance(5_000);
    sockets.at(-1)?.handlers.onOpen();
    expect(sockets.at(-1)).not.toBe(next);
    expect(sockets.at(-1)?.sent[0]).not.toHaveProperty('start');
  });

  it('takes over midway with what the tile has come to, and leaves out what is still to come of the old rung', () => {
    const { sockets, frames, links } = setUp();
    sockets[0]?.frame(init);
    links.setRung('low', { brief: true, midway: true });
    const next = sockets.at(-1);
    next?.handlers.onOpen();
    expect(next?.sent[0]).toMatchObject({ rung: 'low', start: 'next-keyframe', fromMs: EDGE_MS });
    next?.frame(init);
    // The old rung goes on meanwhile.
    sockets[0]?.frame(part(EDGE_MS, false));
    const edgeMs = EDGE_MS + 67;
    const low = writtenParts(4, { pdtMs: EDGE_MS - 2 * FRAME_MS });
    for (const { header, bytes } of low) next?.frame({ ...header, init: 'low' }, bytes);
    expect(links.rung).toBe('low');
    expect(sockets[0]?.closed).toBe(true);
    const [, old, , lead, ...rest] = frames;
    expect(old).toMatchObject({ pdtMs: EDGE_MS });
    expect(lead).toMatchObject({ kind: 'part', init: 'low', independent: true });
    expect(lead).toHaveProperty('pdtMs', expect.closeTo(edgeMs, -2));
    expect(rest).toEqual([{ ...low[3]?.header, init: 'low' }]);
  });

  describe('midway', () => {
    const begin = () => {
      const { sockets, links } = setUp();
      sockets[0]?.frame(init);
      links.setRung('low', { brief: true, midway: true });
      const next = sockets.at(-1);
      next?.handlers.onOpen();
      const low = (pdtMs: number): void => {
        const [first] = writtenParts(1, { pdtMs });
        if (first !== undefined) next?.frame({ ...first.header, init: 'low' }, first.bytes);
      };
      return { links, next, low, old: sockets[0], acks: () => sockets[0]?.sent.slice(1) ?? [] };
    };

    it('lets the old rung bring no more than is on its way once media of the new one come, unless that is given up', () => {
      const { links, next, low, old, acks } = begin();
      old?.frame(part(EDGE_MS, false));
      expect(acks()).toEqual([{ type: 'ack', parts: 1 }]);
      next?.frame(init);
      old?.frame(part(EDGE_MS + 67, false));
      low(EDGE_MS - 2 * FRAME_MS);
      old?.frame(part(EDGE_MS + 134, false));
      expect(acks()).toHaveLength(1);
      links.setRung(undefined);
      expect(acks()[1]).toEqual({ type: 'ack', parts: 3 });
    });

    it('needs the old rung up to a keyframe of the new one that is still ahead', () => {
      const { next, low, old, acks } = begin();
      next?.frame(init);
      old?.frame(part(EDGE_MS, false));
      expect(acks()).toEqual([]);
      low(EDGE_MS + 1000);
      expect(acks()).toEqual([{ type: 'ack', parts: 1 }]);
      old?.frame(part(EDGE_MS + 67, false));
      expect(acks()).toHaveLength(2);
    });
  });

  it('counts what all its sockets brought', () => {
    const { sockets, links, switchTo } = setUp();
    sockets[0]?.frame(init);
    const before = links.receivedBytes;
    switchTo('low').frame(init);
    expect(links.receivedBytes).toBe(2 * before);
  });

  it('keeps the old rung playing until a keyframe of the new one is at the edge', () => {
    const { sockets, frames, links, switchTo } = setUp();
    const next = switchTo('low');
    next.frame(init);
    next.frame(part(EDGE_MS - 900, true));
    next.frame(part(EDGE_MS - 67, false));
    expect(frames).toEqual([]);
    expect(sockets[0]?.closed).toBe(false);
    sockets[0]?.frame(part(EDGE_MS, false));
    expect(sockets[0]?.closed).toBe(false);
    next.frame(part(EDGE_MS, true));
    expect(sockets[0]?.closed).toBe(true);
    expect(links.rung).toBe('low');
    // The old rung's part of the same time is not shown as well.
    expect(frames.map(({ kind }) => kind)).toEqual(['init', 'part']);
    next.frame(part(EDGE_MS + 67, false));
    expect(frames).toHaveLength(3);
  });

  it('leaves the old rung undisturbed while the new one sleeps, wakes and catches up', () => {
    const { time, sockets, frames, givenUp, switchTo } = setUp();
    const next = switchTo('low');
    const play = (parts: number): void => {
      for (let n = 0; n < parts; n += 1) {
        sockets[0]?.frame(part(EDGE_MS + frames.length * 67, false));
        time.advance(67);
      }
    };
    play(40);
    expect([frames.length, next.closed]).toEqual([40, false]);
    next.frame(init);
    for (let n = 0; n < 8; n += 1) next.frame(part(EDGE_MS + 1_000 + n * 67, n === 0));
    play(10);
    expect([frames.length, next.closed, givenUp]).toEqual([50, false, []]);
    next.frame(part(EDGE_MS + 50 * 67, true));
    expect(frames.slice(50).map(({ kind }) => kind)).toEqual(['init', 'part']);
    expect(sockets[0]?.closed).toBe(true);
  });

  it('does not wait for an old rung that has stopped', () => {
    const { time, frames, links, switchTo } = setUp();
    const next = switchTo('low');
    next.frame(init);
    next.frame(part(EDGE_MS + 700, true));
    next.frame(part(EDGE_MS + 767, false));
    expect(frames).toEqual([]);
    time.advance(250);
    expect([links.rung, frames.length]).toEqual(['low', 3]);
  });

  it('waits for an old rung that is late but comes, so that nothing is left out, and not for ever', () => {
    const { time, sockets, frames, links, switchTo } = setUp();
    const next = switchTo('low');
    const old = (fromMs: number, parts: number): void => {
      for (let n = 0; n < parts; n += 1) {
        sockets[0]?.frame(part(fromMs + n * 67, false));
        time.advance(150);
      }
    };
    old(EDGE_MS, 2);
    next.frame(init);
    next.frame(part(EDGE_MS + 15 * 67, true));
    old(EDGE_MS + 2 * 67, 12);
    expect([links.rung, frames.length]).toEqual([undefined, 14]);
    old(EDGE_MS + 14 * 67, 1);
    expect([links.rung, frames.length, sockets[0]?.closed]).toEqual(['low', 17, true]);
    const other = switchTo('best');
    other.frame(init);
    other.frame(part(EDGE_MS + 60_000, true));
    for (let n = 0; n < 40; n += 1) {
      next.frame(part(EDGE_MS + (16 + n) * 67, false));
      time.advance(150);
    }
    expect(links.rung).toBe('best');
  });

  it('hands all of a coming rung to who shows it early, its history and what comes once it plays', () => {
    const { sockets, links, early, switchTo } = setUp();
    const next = switchTo('low');
    next.frame(init);
    const history = [part(EDGE_MS - 900, true), part(EDGE_MS - 833, false)];
    for (const header of history) next.frame(header);
    expect(early).toEqual(['stop', init, ...history]);
    sockets[0]?.frame(part(EDGE_MS, false));
    expect(early).toHaveLength(4);
    const [keyframe, later] = [part(EDGE_MS + 67, true), part(EDGE_MS + 134, false)];
    next.frame(keyframe);
    expect(links.rung).toBe('low');
    next.frame(later);
    expect(early.slice(4)).toEqual([keyframe, later]);
  });

  it('tells who shows it early that the rung is not to come', () => {
    const { links, early, switchTo } = setUp();
    const next = switchTo('low');
    next.frame(init);
    links.setRung(undefined);
    expect(early).toEqual(['stop', init, 'stop']);
  });

  it('acknowledges what it leaves out of the new rung', () => {
    const next = setUp().switchTo('low');
    next.frame(part(EDGE_MS - 900, true));
    expect(next.sent.at(-1)).toEqual({ type: 'ack', parts: 1 });
  });

  it('stays with the old rung when the new one does not exist or does not come', () => {
    const { time, sockets, states, gone, givenUp, links, switchTo } = setUp();
    switchTo('none').handlers.onClose(CLOSE.notFound, 'no such rung');
    expect(gone).toEqual(['none']);
    expect(links.rung).toBeUndefined();
    expect(states.at(-1)).toBe('open');
    const late = switchTo('low');
    for (let waited = 0; waited < 7_000; waited += 500) {
      sockets[0]?.frame(part(EDGE_MS, false));
      time.advance(500);
    }
    expect(late.closed).toBe(true);
    expect(givenUp).toEqual(['low']);
    expect(sockets[0]?.closed).toBe(false);
  });

  it('waits longer for the keyframe of a rung whose media come, not for ever, and hands on what it held back', () => {
    const { time, sockets, frames, givenUp, switchTo } = setUp();
    const next = switchTo('low');
    next.frame(init);
    for (let waited = 0; waited < 14_000; waited += 500) {
      next.frame(part(EDGE_MS - 67, false));
      sockets[0]?.frame(init);
      time.advance(500);
    }
    sockets[0]?.frame(part(EDGE_MS, false));
    const parts = (): number => frames.filter(({ kind }) => kind === 'part').length;
    expect([givenUp, parts()]).toEqual([[], 0]);
    time.advance(1_000);
    expect([givenUp, parts(), next.closed]).toEqual([['low'], 1, true]);
  });

  it('says that the rung is gone and asks for nothing before another one is chosen', () => {
    const { time, sockets, states, gone, links, switchTo } = setUp();
    sockets[0]?.handlers.onClose(CLOSE.notFound, 'no such rung');
    time.advance(60_000);
    expect([gone, states.at(-1), sockets.length]).toEqual([[undefined], 'gone', 1]);
    expect(switchTo('low').sent[0]).toMatchObject({ rung: 'low' });
    expect(links.rung).toBe('low');
  });

  it('joins the rung after a lost one at the edge, not in the history that was shown, however late it comes', () => {
    const { time, sockets, frames, switchTo } = setUp();
    sockets[0]?.handlers.onClose(CLOSE.notFound, 'no such rung');
    const next = switchTo('low');
    for (let waited = 0; waited < 20_000; waited += 2_000) {
      next.frame(init);
      next.frame(part(EDGE_MS - 900, true));
      time.advance(2_000);
    }
    expect(frames).toEqual([]);
    next.frame(part(EDGE_MS + 100, true));
    next.frame(part(EDGE_MS + 167, false));
    expect(frames.map(({ kind }) => kind).slice(-2)).toEqual(['part', 'part']);
    expect(frames[0]).toBe(frames.find(({ kind }) => kind === 'init'));
  });

  it('joins media of another run of the relay at once: their times cannot be compared', () => {
    const { sockets, frames, switchTo } = setUp();
    sockets[0]?.handlers.onClose(CLOSE.notFound, 'no such rung');
    const next = switchTo('low');
    next.frame({ ...init, run: 'run2' });
    next.frame(part(EDGE_MS - 60_000, true));
    expect(frames).toHaveLength(2);
  });

  it('goes over at once to a rung that was on its way when the old one is gone', () => {
    const { sockets, gone, states, links, switchTo } = setUp();
    const next = switchTo('low');
    sockets[0]?.handlers.onClose(CLOSE.notFound, 'no such rung');
    expect([links.rung, gone, states.at(-1), next.closed]).toEqual(['low', [], 'open', false]);
    next.handlers.onClose(CLOSE.notFound, 'no such rung');
    expect(gone).toEqual(['low']);
  });

  it('asks for the same rung again when told to', () => {
    const { sockets, links } = setUp();
    sockets[0]?.handlers.onClose(CLOSE.notFound, 'no such rung');
    links.setRung(undefined);
    expect(sockets).toHaveLength(2);
    sockets[1]?.handlers.onClose(CLOSE.notFound, 'no such rung');
    links.reconnect('still no picture');
    expect(sockets).toHaveLength(3);
  });

  it('wants only the newest wish', () => {
    const { sockets, links, switchTo } = setUp();
    const first = switchTo('low');
    const second = switchTo('middle');
    expect(first.closed).toBe(true);
    second.frame(part(EDGE_MS, true));
    expect(links.rung).toBe('middle');
    expect(sockets).toHaveLength(3);
  });
});
