import { describe, expect, it } from 'vitest';
import { DecodePace } from '../../../../../src/viewer/tile/decode-pace.ts';

/** Looks four times a second at a rung of 25 pictures a second. */
function watch(pace: DecodePace, seconds: number, shownPerSecond: number, arrivedPerSecond = 25) {
  const behindMs: number[] = [];
  let total = 1_000;
  for (let nowMs = 0; nowMs <= seconds * 1000; nowMs += 250) {
    if (pace.behind(nowMs, { total: Math.floor(total), dropped: 0 })) behindMs.push(nowMs);
    pace.arrived(arrivedPerSecond / 4);
    total += shownPerSecond / 4;
  }
  return behindMs;
}

describe('DecodePace', () => {
  it.each([
    ['all pictures', 25, 25, []],
    ['two of three', 17, 25, []],
    ['fewer than half of them, once it has begun', 12, 25, [6_000, 10_000]],
    ['none', 0, 25, [6_000, 10_000]],
    ['few, as few have come', 5, 5, []],
  ])('judges %s', (_what, shown, arrived, behindMs) => {
    expect(watch(new DecodePace(), 10, shown, arrived)).toEqual(behindMs);
  });

  it('does not count what was decoded and left out', () => {
    const pace = new DecodePace();
    pace.behind(0, { total: 0, dropped: 0 });
    pace.behind(2_000, { total: 50, dropped: 0 });
    pace.arrived(100);
    expect(pace.behind(6_000, { total: 150, dropped: 60 })).toBe(true);
  });

  it('begins anew with another rung', () => {
    const pace = new DecodePace();
    expect(watch(pace, 5, 0)).toEqual([]);
    pace.begin(300);
    expect(watch(pace, 6, 0)).toEqual([]);
  });

  it('waits until the wall has come to what is judged', () => {
    const pace = new DecodePace();
    pace.begin(6_000);
    expect(watch(pace, 14, 10)).toEqual([12_000]);
  });
});
