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
    gaps.frame(atMs + gapMs);
    play(gaps, atMs + gapMs);
    expect(gaps.stalls).toBe(stalls);
  });

  it('does not count while no frames are expected', () => {
    const gaps = new FrameGaps();
    const atMs = play(gaps, 0);
    gaps.pause();
    play(gaps, atMs + 60_000);
    expect(gaps.stalls).toBe(0);
  });

  it('judges a slow camera by its own pace', () => {
    const gaps = new FrameGaps();
    for (let i = 0; i < 30; i += 1) gaps.frame(i * 200);
    gaps.frame(29 * 200 + 500);
    expect(gaps.stalls).toBe(0);
    gaps.frame(29 * 200 + 500 + 700);
    expect(gaps.stalls).toBe(1);
    gaps.reset();
    expect(gaps.stalls).toBe(0);
  });
});
