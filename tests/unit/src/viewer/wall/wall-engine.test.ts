import { beforeEach, describe, expect, it, vi } from 'vitest';
import { WallEngine } from '../../../../../src/viewer/wall/wall-engine.ts';
import type { TileView, WallView } from '../../../../../src/viewer/wall/wall-view.ts';
import { relayOf } from '../../../../../src/wire/camera-key.ts';
import { encodeMediaFrame, type MediaHeader } from '../../../../../src/wire/media-frames.ts';
import { CLOSE } from '../../../../../src/wire/protocol.ts';
import type { SocketHandlers } from '../../../../../src/wire/socket-port.ts';
import { FakeTime } from '../../../../support/fake-time.ts';
import { FakeHls, FakeVideo } from '../player/fake-player.ts';
import { bytes, init, PART_MS, part } from '../push/media.ts';

vi.mock('hls.js/light', async () => ({ default: (await import('../player/fake-player.ts')).FakeHls }));
vi.stubGlobal('HTMLMediaElement', { HAVE_CURRENT_DATA: 2 });

beforeEach(() => {
  FakeHls.made.length = 0;
});

class FakeSocket {
  readonly handlers: SocketHandlers<ArrayBuffer>;
  readonly sent: { type: string; latencyMs?: number }[] = [];
  closed = false;

  constructor(handlers: SocketHandlers<ArrayBuffer>) {
    this.handlers = handlers;
  }

  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }

  close(): void {
    this.closed = true;
  }

  frame(header: MediaHeader): void {
    this.handlers.onMessage(encodeMediaFrame(header, bytes(1)).buffer as ArrayBuffer);
  }
}

const RELAY = { mediaUrl: 'ws://relay/media', token: 'secret' };

function setUp() {
  const time = new FakeTime();
  const page = { hidden: false, changed: () => {} };
  const network = { changed: () => {} };
  const sockets: FakeSocket[] = [];
  const refused: string[] = [];
  const urls: string[] = [];
  /** Of the relays' clocks, ahead of ours. */
  const offsets = new Map<string, number>();
  const engine = new WallEngine({
    clock: time,
    wallClock: time,
    timers: time,
    openSocket: (url, handlers) => {
      urls.push(url);
      const socket = new FakeSocket(handlers);
      sockets.push(socket);
      return socket;
    },
    relayClock: { offsetMs: (relay) => offsets.get(relay) ?? 0, rttMs: () => 2 },
    network: {
      name: () => undefined,
      onChange: (listener) => {
        network.changed = listener;
        return () => {};
      },
    },
    visibility: {
      hidden: () => page.hidden,
      onChange: (listener) => {
        page.changed = listener;
        return () => {};
      },
    },
    playable: () => ({ supported: true, smooth: true, powerEfficient: false }),
    cores: 2,
    workerUrl: '',
    random: () => 0.5,
    onRefused: () => refused.push('look'),
    log: () => {},
  });
  engine.start();
  const tile = (): TileView => {
    const found = engine.view().tiles[0];
    if (found === undefined) throw new Error('no tile');
    return found;
  };
  return { time, page, network, sockets, urls, offsets, refused, engine, tile };
}

/** One tile that plays 30 frames a second, 100 ms of media arriving at a time, `lateMs` behind its making. */
function playing(lateMs = 300) {
  const rig = setUp();
  const video = new FakeVideo();
  rig.engine.setMode('ultra-low');
  rig.engine.setRelay('', RELAY);
  rig.engine.show({ id: 'door', offsetMs: 0, state: 'live' }, video.element);
  const socket = rig.sockets[0];
  if (socket === undefined) throw new Error('no socket');
  socket.handlers.onOpen();
  socket.frame(init());
  const startMs = rig.time.now();
  let n = 0;
  const play = (seconds: number): void => {
    for (const end = n + seconds * 10; n < end; n += 1) {
      const startSec = (n * PART_MS) / 1000;
      socket.frame(part(n, { pdtMs: startMs + n * PART_MS }));
      video.ranges = [[0, startSec + PART_MS / 1000]];
      FakeHls.last.appended(Math.floor(n / 10), Math.floor(n / 10));
      video.total += 3;
      video.currentTime = (rig.time.now() + PART_MS - startMs - lateMs) / 1000;
      rig.time.advance(PART_MS);
    }
  };
  /** Ten seconds of parts that arrive 1.4 s after their end. */
  const lateMedia = (): void => {
    for (let i = 0; i < 100; i += 1) {
      rig.time.advance(PART_MS);
      socket.frame(part(i, { pdtMs: rig.time.now() - 1500 }));
    }
  };
  return { ...rig, video, socket, play, lateMedia };
}

/**
 * Several tiles that play 300 ms behind the making of their pictures.
 * @param offsets of the relays' clocks, ahead of ours
 */
function together(ids: readonly string[], offsets = new Map<string, number>()) {
  const rig = setUp();
  const { engine, sockets, time } = rig;
  engine.setMode('ultra-low');
  const tiles = ids.map((id) => {
    const relay = relayOf(id);
    const aheadMs = offsets.get(relay) ?? 0;
    rig.offsets.set(relay, aheadMs);
    engine.setRelay(relay, RELAY);
    const video = new FakeVideo();
    engine.show({ id, offsetMs: 0, state: 'live' }, video.element);
    const socket = sockets.at(-1);
    if (socket === undefined) throw new Error('no socket');
    socket.handlers.onOpen();
    socket.frame(init());
    return { id, aheadMs, video, socket, hls: FakeHls.last };
  });
  const startMs = time.now();
  let n = 0;
  /** @param only the others get nothing and stand */
  const play = (seconds: number, only: readonly string[] = ids): void => {
    for (const end = n + seconds * 10; n < end; n += 1) {
      for (const { aheadMs, video, socket, hls } of tiles.filter(({ id }) => only.includes(id))) {
        socket.frame(part(n, { pdtMs: startMs + aheadMs + n * PART_MS }));
        video.ranges = [[0, ((n + 1) * PART_MS) / 1000]];
        hls.appended(Math.floor(n / 10), Math.floor(n / 10));
        video.total += 3;
        video.currentTime = (time.now() + PART_MS - startMs - 300) / 1000;
      }
      time.advance(PART_MS);
    }
  };
  return { ...rig, play };
}

describe('WallEngine', () => {
  it('connects a shown camera and says so until there is a picture', () => {
    const { engine, sockets, tile, time } = setUp();
    engine.show({ id: 'door', offsetMs: 0, state: 'live' }, new FakeVideo().element);
    expect(sockets).toHaveLength(0);
    engine.setRelay('', RELAY);
    expect(sockets).toHaveLength(1);
    time.advance(500);
    expect(tile()).toMatchObject({ camera: 'door', phase: 'connecting', latencyMs: undefined });
  });

  it('gets the cameras of two relays from each of them, by the ids that they have there', () => {
    const { engine, sockets, urls } = setUp();
    engine.setRelay('', RELAY);
    engine.setRelay('2', { mediaUrl: 'ws://barn/media', token: 'other' });
    engine.show({ id: 'door', offsetMs: 0, state: 'live' }, new FakeVideo().element);
    engine.show({ id: '2:door', offsetMs: 0, state: 'live' }, new FakeVideo().element);
    for (const socket of sockets) socket.handlers.onOpen();
    expect(urls).toEqual([RELAY.mediaUrl, 'ws://barn/media']);
    expect(sockets.map(({ sent }) => sent[0])).toMatchObject([
      { camera: 'door', token: 'secret' },
      { camera: 'door', token: 'other' },
    ]);
    engine.setRelay('2', undefined);
    expect(sockets.map(({ closed }) => closed)).toEqual([false, true]);
  });

  it('does not wait for its next try once the relay is known to answer again', () => {
    const { engine, sockets } = setUp();
    engine.setRelay('', RELAY);
    engine.show({ id: 'door', offsetMs: 0, state: 'live' }, new FakeVideo().element);
    sockets[0]?.handlers.onClose(1012, '');
    engine.relayIsBack('2');
    expect(sockets).toHaveLength(1);
    engine.relayIsBack('');
    expect(sockets).toHaveLength(2);
    sockets[1]?.handlers.onOpen();
    engine.relayIsBack('');
    expect(sockets).toHaveLength(2);
  });

  it('dates the pictures of each relay by its own clock, and its tiles show one instant', () => {
    const { engine, play } = together(['door', '2:door'], new Map([['2', 5_000]]));
    play(3);
    const { tiles, skewMs } = engine.view();
    for (const tile of tiles) expect(tile.latencyMs).toBeCloseTo(300, 0);
    expect(skewMs).toBeLessThan(1);
  });

  it('counts a tile that stands to the skew no more than it plays', () => {
    const { engine, play } = together(['door', 'yard', 'gate']);
    play(3);
    play(5, ['door', 'yard']);
    const { tiles, skewMs } = engine.view();
    expect(tiles.map(({ phase, inGroup }) => [phase, inGroup])).toEqual([
      ['playing', true],
      ['playing', true],
      ['stale', true],
    ]);
    expect(skewMs).toBeLessThan(1);
    play(1, ['door']);
    expect(engine.view().skewMs).toBeUndefined();
  });

  it('shows a playing tile with its latency and its offset to the wall', () => {
    const { play, tile } = playing(340);
    play(5);
    expect(tile().phase).toBe('playing');
    expect(tile().latencyMs).toBeCloseTo(340, 0);
    expect(tile().offsetMs).toBeCloseTo(40, -1);
    expect(tile().rate).toBeGreaterThan(1);
    expect(tile()).toMatchObject({ inGroup: true, width: 640, height: 360 });
  });

  it('has a camera wait for one that is slower, and counts its delay to the age of its pictures', () => {
    const { engine, play, tile, socket, video } = playing(340);
    play(2);
    engine.updateCamera({ id: 'door', offsetMs: 180, state: 'live' });
    play(1);
    expect(tile().latencyMs).toBeCloseTo(340 + 180, 0);
    // The only one is the slowest one.
    expect(tile().offsetMs).toBeCloseTo(40, -1);
    engine.show({ id: 'yard', offsetMs: 420, state: 'live' }, new FakeVideo().element);
    expect(socket.sent.at(-1)).toEqual({ type: 'window', latencyMs: 300 + 240 });
    play(1);
    expect(tile().offsetMs).toBeCloseTo(40 - 240, -1);
    expect(engine.ageMs('door')).toBeCloseTo(340, 0);
    expect(engine.ageMs('door', video.currentTime - 1)).toBeCloseTo(1340, 0);
    expect(engine.ageMs('nobody')).toBeUndefined();
    engine.updateCamera({ id: 'door', offsetMs: 500, state: 'live' });
    expect(socket.sent.at(-1)).toEqual({ type: 'window', latencyMs: 300 });
  });

  it('asks for the smallest rung when nobody sees it for a minute, for none after ten, and for all when it is seen', () => {
    const { engine, sockets, page, play, time } = playing();
    const rungs = [
      { id: 'main', height: 360, bitrateKbps: 600 },
      { id: 'sub', height: 180, bitrateKbps: 100 },
    ];
    engine.updateCamera({ id: 'door', offsetMs: 0, state: 'live', rungs });
    play(5);
    page.hidden = true;
    page.changed();
    time.advance(59_000);
    const before = sockets.length;
    time.advance(2_000);
    expect(sockets).toHaveLength(before + 1);
    sockets.at(-1)?.handlers.onOpen();
    expect(sockets.at(-1)?.sent[0]).toMatchObject({ rung: 'sub' });
    time.advance(540_000);
    expect(sockets.every(({ closed }) => closed)).toBe(true);
    expect(engine.view().asks).toBe('nothing');
    const asleep = sockets.length;
    time.advance(600_000);
    expect(sockets).toHaveLength(asleep);
    page.hidden = false;
    page.changed();
    expect(sockets).toHaveLength(asleep + 1);
    expect(engine.view().asks).toBe('all');
  });

  it('asks for the stream of a tile that was enlarged at once, and has room for it', () => {
    const { engine, video, sockets, play } = playing();
    const stream = { origin: 'camera', codecs: 'avc1.640033', fps: 25 } as const;
    const rungs = [
      { ...stream, id: 'main', width: 3840, height: 2160 },
      { ...stream, id: '720', width: 1280, height: 720, origin: 'transcode', asleep: true },
      { ...stream, id: 'sub', width: 640, height: 360 },
    ] as const;
    engine.updateCamera({ id: 'door', offsetMs: 0, state: 'live', rungs });
    play(1);
    const asked = (): unknown[] => {
      sockets.at(-1)?.handlers.onOpen();
      return sockets.flatMap(({ sent }) => sent.slice(0, 1));
    };
    expect(asked().at(-1)).toMatchObject({ rung: 'sub' });
    video.resize(585);
    expect(asked().at(-1)).toMatchObject({ rung: 'main' });
  });

  it('tells its view about four times a second', () => {
    const { engine, play } = playing();
    const views: WallView[] = [];
    const stop = engine.onView((view) => views.push(view));
    play(5);
    expect(views).toHaveLength(20);
    stop();
    play(1);
    expect(views).toHaveLength(20);
  });

  it('changes the mode without a new player or socket and tells the relay', () => {
    const { engine, play, socket, sockets } = playing();
    play(1);
    engine.setMode('stable');
    expect(engine.view()).toMatchObject({ mode: 'stable', effective: 'stable', targetMs: 6000 });
    expect(FakeHls.made).toHaveLength(1);
    expect(sockets).toHaveLength(1);
    expect(socket.sent.at(-1)).toEqual({ type: 'window', latencyMs: 6000 });
  });

  it('keeps a target set by hand inside the range of the mode', () => {
    const { engine } = setUp();
    engine.setMode('ultra-low', 200);
    expect(engine.view().targetMs).toBe(200);
    engine.setMode('balanced', 9000);
    expect(engine.view().targetMs).toBe(3000);
  });

  it('does not take the history that a new socket begins with for late media', () => {
    const { engine, socket, time } = playing();
    engine.setMode('auto');
    const openedMs = time.now();
    for (let n = 0; n < 80; n += 1) {
      time.advance(PART_MS);
      socket.frame(part(n, { pdtMs: openedMs - 9000 + n * PART_MS }));
    }
    expect(engine.view().effective).toBe('ultra-low');
  });

  it('keeps what Auto has learned when the same choice is made again', () => {
    const { engine, lateMedia } = playing();
    engine.setMode('auto');
    lateMedia();
    engine.setMode('auto');
    expect(engine.view().effective).toBe('balanced');
  });

  it('raises the target by itself after two stalls of late parts, and says why', () => {
    const { engine, play, time, video } = playing();
    for (let i = 0; i < 2; i += 1) {
      play(3);
      // The picture is at the end of what there is.
      video.ranges = [[0, video.currentTime]];
      video.dispatchEvent(new Event('waiting'));
      time.advance(100);
      video.dispatchEvent(new Event('playing'));
    }
    play(1);
    expect(engine.view().targetMs).toBe(450);
    expect(engine.view().decisions.at(-1)?.why).toContain('pictures ran out 2 times');
  });

  it('leaves the wall where it is when only a rung that the relay makes comes late, and others do not', () => {
    const { engine, lateMedia } = playing();
    const made = { id: '360', height: 360, origin: 'transcode' } as const;
    engine.updateCamera({ id: 'door', offsetMs: 0, state: 'live', rungs: [made] });
    engine.show({ id: 'gate', offsetMs: 0, state: 'live' }, new FakeVideo().element);
    engine.setMode('auto');
    lateMedia();
    expect(engine.view().effective).toBe('ultra-low');
  });

  it('steps down from Ultra-Low in Auto when media comes too late for it', () => {
    const { engine, lateMedia } = playing();
    engine.setMode('auto');
    expect(engine.view()).toMatchObject({ mode: 'auto', effective: 'ultra-low' });
    lateMedia();
    expect(engine.view()).toMatchObject({ mode: 'auto', effective: 'balanced', targetMs: 1560 });
    expect(engine.view().why).toContain('late');
  });

  it('measures anew, and keeps the latency until then, when the browser says that the network is another one', () => {
    /** @returns the target at once and after 20 s in which parts come in time */
    const calmAgain = (changes: boolean): number[] => {
      const { engine, lateMedia, network, socket, time } = playing();
      engine.setMode('auto');
      lateMedia();
      if (changes) network.changed();
      const { targetMs } = engine.view();
      for (let i = 100; i < 300; i += 1) {
        time.advance(PART_MS);
        socket.frame(part(i, { pdtMs: time.now() - PART_MS }));
      }
      return [targetMs, engine.view().targetMs];
    };
    expect(calmAgain(false)).toEqual([1560, 1560]);
    const [keptMs, laterMs] = calmAgain(true);
    expect(keptMs).toBe(1560);
    expect(laterMs).toBeLessThan(1400);
  });

  it('says stale within 3 s of the last picture and never gives up on the socket', () => {
    const { play, sockets, tile, time } = playing();
    play(3);
    FakeHls.last.calls.length = 0;
    time.advance(2900);
    expect(tile().phase).toBe('stale');
    time.advance(600_000);
    expect(sockets.length).toBeGreaterThan(10);
    expect(FakeHls.made).toHaveLength(1);
  });

  it('rebuilds the player after a fatal error, later each time, while the other tiles go on', () => {
    const { time } = playing();
    const fail = (): void => FakeHls.last.say(FakeHls.Events.ERROR, { details: 'broken', fatal: true });
    fail();
    expect(FakeHls.made).toHaveLength(1);
    time.advance(1);
    expect(FakeHls.made).toHaveLength(2);
    fail();
    time.advance(1000);
    expect(FakeHls.made).toHaveLength(2);
    time.advance(6000);
    expect(FakeHls.made).toHaveLength(3);
  });

  it('has the control link look when the relay refuses the token, and keeps tile and picture meanwhile', () => {
    const { engine, play, refused, socket, sockets, tile, time } = playing();
    play(2);
    socket.handlers.onClose(CLOSE.unauthorized, 'bad token');
    expect(refused).toEqual(['look']);
    time.advance(1_000);
    expect(sockets).toHaveLength(2);
    expect([tile().frames.total, FakeHls.made.length]).toEqual([60, 1]);
    engine.setRelay('', undefined);
    time.advance(60_000);
    expect(sockets).toHaveLength(2);
  });

  it('takes over what the relay says about a camera', () => {
    const { engine, play, tile } = playing();
    play(2);
    engine.updateCamera({ id: 'door', offsetMs: 0, state: 'frozen', reason: 'same picture for 15 s' });
    engine.updateCamera({ id: 'nobody', offsetMs: 0, state: 'live' });
    play(1);
    expect(tile()).toMatchObject({ phase: 'source-frozen', reason: 'same picture for 15 s' });
  });

  it('judges nothing while the page is hidden and resumes when it is shown', () => {
    const { page, play, tile, time, video } = playing();
    play(3);
    page.hidden = true;
    time.advance(60_000);
    expect(tile().phase).toBe('hidden');
    expect(FakeHls.last.calls).not.toContain('stopLoad');
    video.paused = true;
    page.hidden = false;
    page.changed();
    expect(video.plays).toBe(1);
  });

  it('lets go of a camera that is no longer shown, and of everything when stopped', () => {
    const { engine, sockets, time } = setUp();
    engine.setRelay('', RELAY);
    const hide = engine.show({ id: 'door', offsetMs: 0, state: 'live' }, new FakeVideo().element);
    engine.show({ id: 'yard', offsetMs: 0, state: 'live' }, new FakeVideo().element);
    hide();
    hide();
    expect(engine.view().tiles.map(({ camera }) => camera)).toEqual(['yard']);
    expect(sockets[0]?.closed).toBe(true);
    engine.stop();
    engine.stop();
    expect(sockets[1]?.closed).toBe(true);
    expect(time.pending).toBe(0);
  });

  it('shows a camera in a new element instead of the old one', () => {
    const { engine, sockets } = setUp();
    engine.setRelay('', RELAY);
    const hideOld = engine.show({ id: 'door', offsetMs: 0, state: 'live' }, new FakeVideo().element);
    engine.show({ id: 'door', offsetMs: 0, state: 'live' }, new FakeVideo().element);
    hideOld();
    expect(engine.view().tiles).toHaveLength(1);
    expect(sockets.map(({ closed }) => closed)).toEqual([true, false]);
  });
});
