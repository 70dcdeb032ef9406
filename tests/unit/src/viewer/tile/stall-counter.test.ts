import { describe, expect, it } from 'vitest';
import { StallCounter } from '../../../../../src/viewer/tile/stall-counter.ts';

describe('StallCounter', () => {
  it('counts a stall that late parts caused', () => {
    const stalls = new StallCounter();
    stalls.dry(10_000, 0, 0);
    stalls.dry(10_100, 0, 0);
    stalls.playing(10_200, 0);
    expect(stalls.total).toBe(1);
    expect(stalls.takeLate()).toBe(1);
    expect(stalls.takeLate()).toBe(0);
  });

  it.each([
    { what: 'a restart of the camera', aheadMs: 0, endMs: 10_200, epoch: 1 },
    { what: 'an outage', aheadMs: 0, endMs: 12_000, epoch: 0 },
    { what: 'a decoder that is behind', aheadMs: 330, endMs: 10_200, epoch: 0 },
  ])('counts $what as a stall, but not as one that latency would cure', ({ aheadMs, endMs, epoch }) => {
    const stalls = new StallCounter();
    stalls.dry(10_000, 0, aheadMs);
    stalls.playing(endMs, epoch);
    expect(stalls.total).toBe(1);
    expect(stalls.takeLate()).toBe(0);
  });

  it('forgives the first 2 s after a start or a seek', () => {
    const stalls = new StallCounter();
    stalls.disturbed(10_000);
    stalls.dry(11_900, 0, 0);
    stalls.playing(11_950, 0);
    expect(stalls.total).toBe(0);
    stalls.dry(12_100, 0, 0);
    expect(stalls.total).toBe(1);
  });
});
