import { describe, expect, it } from 'vitest';
import { Meter } from '../../../../../src/viewer/measure/meter.ts';
import { STRIP_WRAP_MS } from '../../../../../src/wire/strip.ts';
import { FakeTime } from '../../../../support/fake-time.ts';

type FrameCallback = (now: number, meta: { expectedDisplayTime: number }) => void;

/** As much of a video element as the meter asks for; shows pictures `latencyMs` old. */
class FakeVideo {
  latencyMs: number;
  total = 100;
  dropped = 5;
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

  show(displayMs: number): void {
    this.total += 1;
    const waiting = [...this.#callbacks.values()];
    this.#callbacks.clear();
    for (const callback of waiting) callback(displayMs, { expectedDisplayTime: displayMs });
  }
}

const WALL_MS = 1_700_000_000_000;

function setUp(latencies: Record<string, number>) {
  const time = new FakeTime(5000);
  const page = { hidden: false };
  const videos = new Map(Object.entries(latencies).map(([id, latencyMs]) => [id, new FakeVideo(latencyMs)]));
  const frames = new Set<() => void>();
  const wallNow = (): number => WALL_MS + time.now();
  const meter = new Meter({
    videos: () => videos as unknown as ReadonlyMap<string, HTMLVideoElement>,
    clock: time,
    wallClock: { now: wallNow },
    hidden: () => page.hidden,
    readStrip: (video) => {
      const { latencyMs } = video as unknown as FakeVideo;
      return Number.isNaN(latencyMs) ? undefined : (wallNow() - latencyMs) % STRIP_WRAP_MS;
    },
    requestFrame: (run) => {
      frames.add(run);
      return () => frames.delete(run);
    },
    everyFrames: 1,
  });
  /** Plays all tiles at 25 frames a second. */
  const play = (seconds: number): void => {
    for (let i = 0; i < seconds * 25; i += 1) {
      time.advance(40);
      for (const video of videos.values()) video.show(time.now());
      for (const run of [...frames]) {
        frames.delete(run);
        run();
      }
    }
  };
  meter.start();
  return { time, page, videos, frames, meter, play };
}

describe('Meter', () => {
  it("reports each tile's glass-to-glass latency and the difference between tiles", () => {
    const { meter, play } = setUp({ a: 300, b: 320 });
    play(4);
    const { tiles, skewMs, samples } = meter.report();
    expect(tiles.map(({ camera, glassToGlassMs }) => [camera, glassToGlassMs])).toEqual([
      ['a', { p50: 300, p95: 300, max: 300 }],
      ['b', { p50: 320, p95: 320, max: 320 }],
    ]);
    expect(skewMs).toEqual({ p50: 20, p95: 20, max: 20 });
    expect(samples).toBeGreaterThan(100);
  });

  it('takes the display time into account: a frame that is shown 10 ms from now is 10 ms older by then', () => {
    const { meter, time, videos } = setUp({ a: 300 });
    videos.get('a')?.show(time.now() + 10);
    expect(meter.report().tiles[0]?.glassToGlassMs?.p50).toBe(310);
  });

  it('leaves tiles without a readable strip out, and out of the skew', () => {
    const { meter, play } = setUp({ a: 300, b: Number.NaN });
    play(2);
    const { tiles, skewMs } = meter.report();
    expect(tiles[1]?.glassToGlassMs).toBeUndefined();
    expect(skewMs).toBeUndefined();
  });

  it('counts frames and stalls since the last reset', () => {
    const { meter, play, time, videos } = setUp({ a: 300 });
    play(2);
    meter.reset();
    play(1);
    time.advance(1000);
    play(1);
    const video = videos.get('a');
    if (video !== undefined) video.dropped += 2;
    expect(meter.report().tiles[0]).toMatchObject({ stalls: 1, frames: { total: 50, dropped: 2 } });
  });

  it('counts no stall while the page is hidden', () => {
    const { meter, page, play, time } = setUp({ a: 300 });
    play(2);
    page.hidden = true;
    play(1);
    time.advance(30_000);
    page.hidden = false;
    play(2);
    expect(meter.report().tiles[0]?.stalls).toBe(0);
  });

  it('follows tiles that come and go', () => {
    const { meter, play, videos } = setUp({ a: 300 });
    const gone = videos.get('a');
    videos.delete('a');
    videos.set('b', new FakeVideo(500));
    play(3);
    expect(meter.report().tiles.map(({ camera }) => camera)).toEqual(['b']);
    expect(gone?.listening).toBe(false);
    expect(videos.get('b')?.listening).toBe(true);
  });

  it('leaves nothing behind when it is stopped', () => {
    const { meter, frames, videos } = setUp({ a: 300 });
    meter.stop();
    meter.stop();
    expect(frames.size).toBe(0);
    expect(videos.get('a')?.listening).toBe(false);
  });
});
