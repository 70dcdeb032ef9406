import { describe, expect, it } from 'vitest';
import { WallLatency } from '../../../../../src/viewer/wall/wall-latency.ts';

/** One stall per given time; returns the target after each. */
function stalls(latency: WallLatency, times: readonly number[]): number[] {
  return times.map((nowMs) => {
    latency.step({ nowMs, lateStalls: 1 });
    return latency.targetMs;
  });
}

describe('WallLatency', () => {
  it('starts where the mode starts', () => {
    const latency = new WallLatency();
    expect(latency.targetMs).toBe(300);
    latency.enter('stable');
    expect(latency.targetMs).toBe(6000);
    expect(latency.raised).toBe(false);
  });

  it('rises on the second stall within 30 s, not on the first', () => {
    const latency = new WallLatency();
    expect(stalls(latency, [0, 10_000])).toEqual([300, 450]);
    expect(latency.raised).toBe(true);
  });

  it('takes stalls of several tiles at one moment for one', () => {
    const latency = new WallLatency();
    latency.step({ nowMs: 0, lateStalls: 3 });
    expect(stalls(latency, [300, 999, 1_000])).toEqual([300, 300, 450]);
  });

  it('ignores stalls that are further apart', () => {
    expect(stalls(new WallLatency(), [0, 31_000, 62_000])).toEqual([300, 300, 300]);
  });

  it('rises up to 1.0 s in Ultra-Low and is exhausted there', () => {
    const latency = new WallLatency();
    stalls(
      latency,
      [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map((i) => i * 1000),
    );
    expect(latency.targetMs).toBe(1000);
    expect(latency.exhausted).toBe(true);
  });

  it('falls back one step after each clean minute, down to where it started', () => {
    const latency = new WallLatency();
    stalls(latency, [0, 1000, 2000, 3000]);
    expect(latency.targetMs).toBe(675);
    latency.step({ nowMs: 62_000, lateStalls: 0 });
    expect(latency.targetMs).toBe(675);
    latency.step({ nowMs: 63_000, lateStalls: 0 });
    expect(latency.targetMs).toBe(450);
    latency.step({ nowMs: 123_000, lateStalls: 0 });
    expect(latency.targetMs).toBe(300);
    expect(latency.step({ nowMs: 183_000, lateStalls: 0 })).toBe(false);
  });

  it('keeps a target that was set by hand, clamped to the range of the mode', () => {
    const latency = new WallLatency();
    latency.enter('ultra-low', 50);
    expect(stalls(latency, [0, 1000, 2000])).toEqual([150, 150, 150]);
    expect(latency.exhausted).toBe(true);
    latency.enter('ultra-low', 5000);
    expect(latency.targetMs).toBe(1000);
  });
});
