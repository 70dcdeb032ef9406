import { describe, expect, it } from 'vitest';
import { PartTarget } from '../../../../src/wire/part-target.ts';

const FRAME_MS = 1000 / 30;
const steady = (count: number, ms: number): number[] => Array.from({ length: count }, () => ms);

describe('PartTarget', () => {
  it('is the length that the feed cuts to, in whole pictures, rounded up', () => {
    const target = new PartTarget();
    expect(target.ms).toBeUndefined();
    target.observe([...steady(14, 2 * FRAME_MS), FRAME_MS]);
    expect(target.ms).toBe(67);
  });

  it('is not moved by a late picture, however often one comes', () => {
    const target = new PartTarget();
    target.observe([...steady(5, 80), 480, ...steady(5, 80), 40]);
    expect(target.ms).toBe(80);
    for (let n = 0; n < 20; n += 1) target.observe([...steady(4, 80), 300, ...steady(4, 80)]);
    expect(target.ms).toBe(80);
  });

  it('leaves a camera room that dates its pictures unevenly, and counts its shorter parts as full', () => {
    const target = new PartTarget();
    target.observe([78, 83, 80, 77, 82, 80, 81, 40]);
    expect(target.ms).toBe(87);
    expect(0.85 * 87).toBeLessThan(77);
  });

  it('follows a feed that cuts otherwise from now on, not a stump', () => {
    const target = new PartTarget();
    target.observe(steady(15, 67));
    target.observe([200, 200]);
    expect(target.ms).toBe(67);
    target.observe(steady(5, 200));
    expect(target.ms).toBe(200);
    target.observe(steady(15, 67));
    expect(target.ms).toBe(67);
  });

  it('takes a segment of one part as it is', () => {
    const target = new PartTarget();
    target.observe([]);
    target.observe([1000]);
    expect(target.ms).toBe(1000);
  });
});
