import { describe, expect, it } from 'vitest';
import { FrameGaps } from '../../../../../src/viewer/measure/frame-gaps.ts';

/** Frames 33 ms apart for 2 s; returns the time of the last. */
function play(gaps: FrameGaps, fromMs: number): number {
  let atMs = fromMs;
  for (let i = 0; i < 60; i += 1) {
    atMs += 33;
    gaps.frame(atMs);
  }
  return atMs;
}

describe('FrameGaps', () => {
  it.each([
    { gapMs: 100, stalls: 0 },
    { gapMs: 180, stalls: 0 },
    { gapMs: 190, stalls: 1 },
    { gapMs: 3000, stalls: 1 },
  ])('counts $stalls stalls for a gap of $gapMs ms at 30 frames a second', ({ gapMs, stalls }) => {
    const gaps = new FrameGaps();
    const atMs = play(gaps, 0);
    const expected = { stalls, frozenMs: stalls * gapMs };
    expect(gaps.count(atMs + gapMs)).toEqual(expected);
    gaps.frame(atMs + gapMs);
    const endMs = play(gaps, atMs + gapMs);
    expect(gaps.count(endMs)).toEqual(expected);
  });

  it('counts a gap that never ends, also one that was there from the beginning', () => {
    const gaps = new FrameGaps();
    gaps.begin(1000);
    expect(gaps.count(1900)).toEqual({ stalls: 0, frozenMs: 0 });
    expect(gaps.count(41_000)).toEqual({ stalls: 1, frozenMs: 40_000 });
  });

  it('does not count while no frames are expected', () => {
    const gaps = new FrameGaps();
    const atMs = play(gaps, 0);
    gaps.pause(atMs + 100);
    expect(gaps.count(atMs + 50_000)).toEqual({ stalls: 0, frozenMs: 0 });
    const endMs = play(gaps, atMs + 60_000);
    expect(gaps.count(endMs)).toEqual({ stalls: 0, frozenMs: 0 });
  });

  it('counts the gap before a pause and the one after it, not the pause', () => {
    const gaps = new FrameGaps();
    const atMs = play(gaps, 0);
    gaps.pause(atMs + 500);
    gaps.pause(atMs + 10_000);
    gaps.resume(atMs + 20_000);
    gaps.resume(atMs + 20_100);
    expect(gaps.count(atMs + 20_300)).toEqual({ stalls: 2, frozenMs: 800 });
  });

  it('judges a slow camera by its own pace', () => {
    const gaps = new FrameGaps();
    for (let i = 0; i < 30; i += 1) gaps.frame(i * 200);
    gaps.frame(29 * 200 + 500);
    expect(gaps.count(29 * 200 + 500).stalls).toBe(0);
    gaps.frame(29 * 200 + 500 + 700);
    expect(gaps.count(29 * 200 + 1200)).toEqual({ stalls: 1, frozenMs: 700 });
    gaps.begin(29 * 200 + 1200);
    expect(gaps.count(29 * 200 + 1200)).toEqual({ stalls: 0, frozenMs: 0 });
  });
});
