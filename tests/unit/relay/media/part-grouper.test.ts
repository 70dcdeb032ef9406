import { describe, expect, it } from 'vitest';
import type { Frame } from '../../../../relay/media/frame-reader.ts';
import { type FrameGroup, PartGrouper } from '../../../../relay/media/part-grouper.ts';

const frame = (startMs: number, durationMs: number, keyframe = false): Frame => ({
  kind: 'frame',
  startMs,
  durationMs,
  compositionMs: 0,
  keyframe,
  newParameters: false,
  data: new Uint8Array(),
});

interface Stream {
  readonly fps: number;
  readonly frames: number;
  /** Frames of a group of pictures. */
  readonly gop: number;
}

/** What each frame of a regular stream completes. */
function play(grouper: PartGrouper, { fps, frames, gop }: Stream): FrameGroup[][] {
  const frameMs = 1000 / fps;
  return Array.from({ length: frames }, (_, n) => grouper.push(frame(n * frameMs, frameMs, n % gop === 0)));
}

const counts = (groups: readonly FrameGroup[]): number[] => groups.map(({ frames }) => frames.length);

describe('PartGrouper', () => {
  it.each([
    [5, 1],
    [15, 1],
    [20, 1],
    [25, 2],
    [29.97, 2],
    [30, 2],
    [50, 3],
    [60, 4],
  ])('makes parts of the number of frames nearest to 67 ms: at %s frames a second %s', (fps, count) => {
    const parts = play(new PartGrouper(67), { fps, frames: 25, gop: 1000 }).flat();
    expect(new Set(counts(parts))).toEqual(new Set([count]));
  });

  it('gives a part out with its last frame', () => {
    const done = play(new PartGrouper(67), { fps: 30, frames: 6, gop: 1000 });
    expect(done.map((parts) => counts(parts))).toEqual([[], [2], [], [2], [], [2]]);
  });

  it('begins a part at each keyframe', () => {
    const parts = play(new PartGrouper(67), { fps: 25, frames: 15, gop: 5 }).flat();
    expect(counts(parts)).toEqual([2, 2, 1, 2, 2, 1, 2, 2, 1]);
    expect(parts.map(({ independent }) => independent).filter(Boolean)).toHaveLength(3);
    expect(parts.every(({ frames }) => frames.slice(1).every(({ keyframe }) => !keyframe))).toBe(true);
  });

  it('waits for a keyframe only until it knows when they come', () => {
    const done = play(new PartGrouper(67), { fps: 25, frames: 16, gop: 5 }).map((parts) => counts(parts));
    // The third keyframe (the eleventh frame) shows that the groups are of five.
    expect(done[4]).toEqual([]);
    expect(done[5]).toEqual([1]);
    expect(done[14]).toEqual([1]);
    expect(done[15]).toEqual([]);
  });

  it('puts no hole into a part', () => {
    const grouper = new PartGrouper(200);
    const done = [frame(0, 40, true), frame(40, 40), frame(240, 40), frame(280, 40)].map((next) =>
      counts(grouper.push(next)),
    );
    expect(done).toEqual([[], [], [2], []]);
    expect(grouper.flush()).toMatchObject([{ startMs: 240, durationMs: 80 }]);
    expect(grouper.flush()).toEqual([]);
  });

  it('follows another frame rate, but not a clock that trembles', () => {
    const grouper = new PartGrouper(67);
    let atMs = 0;
    const next = (durationMs: number): number[] => {
      const done = grouper.push(frame(atMs, durationMs, atMs === 0));
      atMs += durationMs;
      return counts(done);
    };
    const trembling = Array.from({ length: 40 }, (_, n) => next(n % 3 === 0 ? 38 : 41)).flat();
    expect(new Set(trembling)).toEqual(new Set([2]));
    const faster = Array.from({ length: 60 }, () => next(1000 / 60)).flat();
    expect(new Set(faster.slice(5))).toEqual(new Set([4]));
  });
});
