import { describe, expect, it } from 'vitest';
import { smoothness } from '../../../bench/smoothness.ts';
import type { FrameTimes } from '../../../rig/frame-times.ts';

/** A picture each 40 ms from `fromMs` to before `toMs`, by the page's clock and in the media alike. */
function steady(fromMs: number, toMs: number): FrameTimes {
  const atMs = Array.from({ length: (toMs - fromMs) / 40 }, (_, index) => fromMs + index * 40);
  return { atMs, shown: atMs.map(() => 1), mediaMs: atMs };
}

const joined = (...parts: readonly FrameTimes[]): FrameTimes => ({
  atMs: parts.flatMap(({ atMs }) => atMs),
  shown: parts.flatMap(({ shown }) => shown),
  mediaMs: parts.flatMap(({ mediaMs }) => mediaMs),
});

describe('smoothness', () => {
  it('finds nothing wrong with an even stream', () => {
    expect(smoothness(steady(0, 10_000), 0, 10_000)).toEqual({
      gaps: 0,
      longestGapMs: 40,
      gapMs: 0,
      framesPerSecond: 25,
      skips: 0,
    });
  });

  it('counts a time without a picture, and what was never seen', () => {
    const result = smoothness(joined(steady(0, 4_000), steady(5_000, 10_000)), 0, 10_000);
    expect(result).toMatchObject({
      gaps: 1,
      longestGapMs: 1040,
      gapMs: 1040,
      framesPerSecond: 22.5,
      skips: 1,
    });
  });

  it('counts a gap that lasts at the end, and one before the first picture', () => {
    expect(smoothness(steady(3_000, 8_000), 0, 10_000)).toMatchObject({ gaps: 2, longestGapMs: 3000 });
  });

  it('takes a tile without pictures for one long gap', () => {
    expect(smoothness(undefined, 1_000, 11_000)).toMatchObject({
      gaps: 1,
      longestGapMs: 10_000,
      framesPerSecond: 0,
    });
  });

  it('looks at the time measured only', () => {
    const result = smoothness(joined(steady(0, 1_000), steady(5_000, 12_000)), 5_000, 10_000);
    expect(result).toMatchObject({ gaps: 0, framesPerSecond: 25.2 });
  });

  it('is not misled by a page that was too busy to notice each picture', () => {
    const busy: FrameTimes = { atMs: [0, 400, 440], shown: [1, 10, 1], mediaMs: [0, 400, 440] };
    expect(smoothness(busy, 0, 440)).toMatchObject({ gaps: 0, longestGapMs: 40, skips: 0 });
  });

  it('calls a jump in the media a skip, though pictures came in time', () => {
    const jumped: FrameTimes = { atMs: [0, 40, 80], shown: [1, 1, 1], mediaMs: [0, 40, 1_080] };
    expect(smoothness(jumped, 0, 100)).toMatchObject({ gaps: 0, skips: 1 });
  });
});
