import { describe, expect, it } from 'vitest';
import { LARGE_WALL_PERIOD_MS, LOOK_PERIOD_MS, Meter } from '../../../../../src/viewer/measure/meter.ts';
import type { TileReport } from '../../../../../src/viewer/measure/metered-tile.ts';
import { STRIP_WRAP_MS } from '../../../../../src/wire/strip.ts';
import { FakeTime } from '../../../../support/fake-time.ts';

type FrameCallback = (now: number, meta: { expectedDisplayTime: number }) => void;

const WALL_MS = 1_700_000_000_000;
/** 25 frames a second. */
const FRAME_MS = 40;

/** As much of a video element as the meter asks for; each frame that comes is `latencyMs` old by then. */
class FakeVideo {
  readonly videoWidth = 640;
  readonly videoHeight = 360;
  latencyMs: number;
  total = 100;
  dropped = 5;
  frozen = false;
  readable = true;
  /** Wall clock in the picture. */
  stripMs = 0;
  readonly #callbacks = new Map<number, FrameCallback>();
  #handles = 0;

  constructor(latencyMs: number) {
    this.latencyMs = latencyMs;
  }

  requestVideoFrameCallback(callback: FrameCallback): number {
    this.#handles += 1;
    this.#callbacks.set(this.#handles, callback);
    return this.#handles;
  }

  cancelVideoFrameCallback(handle: number): void {
    this.#callbacks.delete(handle);
  }

  getVideoPlaybackQuality(): { totalVideoFrames: number; droppedVideoFrames: number } {
    return { totalVideoFrames: this.total, droppedVideoFrames: this.dropped };
  }

  get listening(): boolean {
    return this.#callbacks.size > 0;
  }

  /** @param nowMs page clock @param displayMs when it is on the screen */
  show(nowMs: number, displayMs = nowMs): void {
    if (this.frozen) return;
    this.total += 1;
    this.stripMs = WALL_MS + nowMs - this.latencyMs;
    const waiting = [...this.#callbacks.values()];
    this.#callbacks.clear();
    for (const callback of waiting) callback(nowMs, { expectedDisplayTime: displayMs });
  }
}

function setUp(latencies: Record<string, number>) {
  const time = new FakeTime(5000);
  const page = { hidden: false, busy: false, wrapMs: STRIP_WRAP_MS as number };
  const videos = new Map(Object.entries(latencies).map(([id, latencyMs]) => [id, new FakeVideo(latencyMs)]));
  const frames = new Set<() => void>();
  const meter = new Meter({
    videos: () => videos as unknown as ReadonlyMap<string, HTMLVideoElement>,
    clock: time,
    wallClock: { now: () => WALL_MS + time.now() },
    timers: time,
    hidden: () => page.hidden,
    readStrip: (video) => {
      const { readable, stripMs } = video as unknown as FakeVideo;
      return readable ? stripMs % page.wrapMs : undefined;
    },
    requestFrame: (run) => {
      frames.add(run);
      return () => frames.delete(run);
    },
  });
  /** Plays all tiles; the page draws every ms, so that a look happens when it is due. */
  const play = (seconds: number): void => {
    const end = time.now() + seconds * 1000;
    while (time.now() < end) {
      time.advance(1);
      if (time.now() % FRAME_MS === 0 && !page.hidden)
        for (const video of videos.values()) video.show(time.now());
      if (page.hidden || page.busy) continue;
      for (const run of [...frames]) {
        frames.delete(run);
        run();
      }
    }
  };
  const video = (id: string): FakeVideo => {
    const found = videos.get(id);
    if (found === undefined) throw new Error(`no video ${id}`);
    return found;
  };
  const tile = (id: string): TileReport => {
    const found = meter.report().tiles.find(({ camera }) => camera === id);
    if (found === undefined) throw new Error(`no tile ${id}`);
    return found;
  };
  meter.start();
  return { time, page, videos, video, tile, frames, meter, play };
}

/** Looks in so many seconds. */
const looks = (seconds: number): number => Math.floor((seconds * 1000) / LOOK_PERIOD_MS);

describe('Meter', () => {
  it('tells its latest look by itself, with the tiles that it could not read', () => {
    const { meter, play, video, time } = setUp({ a: 300, b: 320 });
    expect(meter.latest().ages.size).toBe(0);
    video('b').readable = false;
    play(1);
    const { atMs, ages } = meter.latest();
    expect(time.now() - atMs).toBeLessThan(LOOK_PERIOD_MS);
    expect([...ages.keys()]).toEqual(['a', 'b']);
    expect(ages.get('a')).toBeGreaterThanOrEqual(300);
    expect(ages.get('b')).toBeUndefined();
  });

  it("reports the age of each tile's picture by a timer, and the difference between tiles", () => {
    const { meter, play, tile } = setUp({ a: 300, b: 320 });
    play(20);
    // Between two frames a picture grows 40 ms older.
    expect(tile('a').glassToGlassMs).toEqual({ p50: 320, p95: 338, max: 339, n: looks(20) });
    expect(tile('b').glassToGlassMs).toEqual({ p50: 340, p95: 358, max: 359, n: looks(20) });
    expect(meter.report().skewMs).toEqual({ p50: 20, p95: 20, max: 20, n: looks(20) });
    expect(tile('a')).toMatchObject({ unreadable: 0, stalls: 0, frozenMs: 0, size: '640x360' });
  });

  it('sees pictures at every age that they have, not at the same places of each second', () => {
    const { play, tile } = setUp({ a: 300 });
    play(20);
    expect(tile('a').ages.length).toBe(FRAME_MS);
  });

  it('sees a freeze of 5 seconds in the percentiles and in the time frozen', () => {
    const { play, video, tile, meter } = setUp({ a: 300, b: 300 });
    play(10);
    video('a').frozen = true;
    play(5);
    video('a').frozen = false;
    play(5);
    expect(tile('a').glassToGlassMs?.p95).toBeGreaterThan(4000);
    expect(tile('a').glassToGlassMs?.max).toBeGreaterThan(5100);
    expect(tile('a')).toMatchObject({ stalls: 1, frozenMs: 5040 });
    expect(meter.report().skewMs?.p95).toBeGreaterThan(3700);
    expect(tile('b').glassToGlassMs?.max).toBe(339);
  });

  it('counts a freeze that still lasts when the measurement ends', () => {
    const { play, video, tile } = setUp({ a: 300 });
    play(10);
    video('a').frozen = true;
    play(5);
    expect(tile('a')).toMatchObject({ stalls: 1, frozenMs: 5000 });
  });

  it('counts a tile that never showed a picture as frozen and unreadable all the time', () => {
    const { meter, play, video, tile } = setUp({ a: 300, b: 300 });
    Object.assign(video('b'), { frozen: true, readable: false });
    meter.reset();
    play(20);
    expect(tile('b')).toMatchObject({
      glassToGlassMs: undefined,
      unreadable: looks(20),
      stalls: 1,
      frozenMs: 20_000,
      frames: { total: 0, dropped: 0 },
    });
    expect(meter.report().skewMs).toBeUndefined();
  });

  it('counts looks at a strip that cannot be read, and leaves the tile out of the skew', () => {
    const { meter, play, video, tile } = setUp({ a: 300, b: 300, c: 350 });
    play(10);
    video('c').readable = false;
    play(10);
    expect(tile('c').unreadable).toBeGreaterThan(70);
    expect(tile('c').unreadable + (tile('c').glassToGlassMs?.n ?? 0)).toBe(looks(20));
    expect(meter.report().skewMs).toMatchObject({ p95: 50, n: looks(20) });
  });

  it('misses a tile whose element went, and goes on with the one that comes for it', () => {
    const { videos, play, tile, video } = setUp({ a: 300 });
    play(10);
    const gone = video('a');
    videos.delete('a');
    play(2);
    expect(gone.listening).toBe(false);
    expect(tile('a')).toMatchObject({ stalls: 1, frozenMs: 2000 });
    videos.set('a', new FakeVideo(300));
    play(8);
    expect(tile('a').unreadable).toBe(15);
    expect(tile('a').glassToGlassMs?.n).toBe(looks(20) - 15);
    // Frames of the new element before the next look are not known.
    expect(tile('a').frames.total).toBeGreaterThan(18 * 25 - 5);
  });

  it('counts the looks that a busy page could not take', () => {
    const { page, play, tile } = setUp({ a: 300 });
    play(5);
    page.busy = true;
    play(5);
    expect(tile('a').unreadable).toBe(looks(5) - 1);
    page.busy = false;
    play(5);
    expect(tile('a').unreadable).toBe(looks(5));
    expect(tile('a').glassToGlassMs?.n).toBe(looks(15) - looks(5));
  });

  it('takes the display time into account: a frame that is shown 10 ms from now is 10 ms older by then', () => {
    const { time, video, tile, frames } = setUp({ a: 300 });
    time.advance(LOOK_PERIOD_MS);
    video('a').show(time.now(), time.now() + 10);
    for (const run of frames) run();
    expect(tile('a').glassToGlassMs).toEqual({ p50: 310, p95: 310, max: 310, n: 1 });
  });

  it('looks less often at a large wall, and still sees a freeze there', () => {
    const ids = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'];
    const { meter, play, video, tile } = setUp(Object.fromEntries(ids.map((id) => [id, 300])));
    meter.reset();
    play(5);
    video('i').frozen = true;
    play(5);
    expect(tile('a').glassToGlassMs?.n).toBe(Math.floor(10_000 / LARGE_WALL_PERIOD_MS));
    expect(tile('i').glassToGlassMs?.max).toBeGreaterThan(5000);
    expect(tile('i')).toMatchObject({ stalls: 1, frozenMs: 5000, unreadable: 0 });
  });

  it('knows how old a picture is whose strip begins again every minute', () => {
    const { meter, page, play, video, tile } = setUp({ a: 300 });
    page.wrapMs = 60_000;
    meter.setWrap(page.wrapMs);
    play(70);
    video('a').frozen = true;
    play(50);
    expect(tile('a').glassToGlassMs?.p50).toBeLessThan(340);
    expect(tile('a').glassToGlassMs?.max).toBeGreaterThan(50_000);
  });

  it('counts frames, stalls and looks since the last reset', () => {
    const { meter, play, video, tile } = setUp({ a: 300 });
    play(2);
    meter.reset();
    play(2);
    video('a').dropped += 2;
    expect(tile('a')).toMatchObject({ stalls: 0, frames: { total: 50, dropped: 2 } });
    expect(tile('a').glassToGlassMs?.n).toBe(looks(2));
    expect(meter.report().skewMs).toBeUndefined();
  });

  it('neither looks nor counts a stall while the page is hidden, and expects frames when it is back', () => {
    const { page, play, video, tile } = setUp({ a: 300 });
    play(2);
    page.hidden = true;
    play(30);
    page.hidden = false;
    play(2);
    expect(tile('a')).toMatchObject({ stalls: 0, frozenMs: 0, unreadable: 0 });
    expect(tile('a').glassToGlassMs?.max).toBe(339);
    page.hidden = true;
    play(1);
    video('a').frozen = true;
    page.hidden = false;
    play(3);
    expect(tile('a')).toMatchObject({ stalls: 1 });
    expect(tile('a').frozenMs).toBeGreaterThan(2800);
  });

  it('follows tiles that come later', () => {
    const { play, videos, tile, video } = setUp({ a: 300 });
    play(1);
    videos.set('b', new FakeVideo(500));
    play(3);
    expect(tile('b').glassToGlassMs?.n).toBe(looks(4) - looks(1));
    expect(video('b').listening).toBe(true);
  });

  it('leaves nothing behind when it is stopped', () => {
    const { meter, frames, play, time, video } = setUp({ a: 300 });
    play(1);
    time.advance(LOOK_PERIOD_MS);
    meter.stop();
    meter.stop();
    meter.reset();
    expect(meter.report().tiles).toEqual([]);
    expect(frames.size).toBe(0);
    expect(time.pending).toBe(0);
    expect(video('a').listening).toBe(false);
  });
});
