import { describe, expect, it } from 'vitest';
import { ArrivalDelay } from '../../../../../src/viewer/push/arrival-delay.ts';

describe('ArrivalDelay', () => {
  it('says nothing before five seconds of parts', () => {
    const delay = new ArrivalDelay();
    expect(delay.worstMs(0)).toBeUndefined();
    for (let ms = 0; ms < 4000; ms += 100) delay.add(ms, 900);
    expect(delay.worstMs(3900)).toBeUndefined();
    delay.add(4000, 900);
    expect(delay.worstMs(4000)).toBe(900);
  });

  it('tells nearly the worst of ten seconds: one hiccup is no pattern, two are', () => {
    const delay = new ArrivalDelay();
    for (let ms = 0; ms < 5000; ms += 100) delay.add(ms, 40);
    delay.add(5000, 900);
    expect(delay.worstMs(5000)).toBe(40);
    delay.add(7000, 700);
    expect(delay.worstMs(7000)).toBe(700);
  });

  it('forgets what is older than ten seconds', () => {
    const delay = new ArrivalDelay();
    delay.add(0, 900);
    delay.add(1000, 800);
    for (let ms = 2000; ms < 12_000; ms += 100) delay.add(ms, 40);
    expect(delay.worstMs(12_000)).toBe(40);
    expect(delay.worstMs(30_000)).toBeUndefined();
  });
});
