import { describe, expect, it } from 'vitest';
import { Lag, type LagAdvice } from '../../../../relay/transcode/lag.ts';

/** Samples ten times a second; returns what was advised besides going on, and when. */
function run(
  lag: Lag,
  fromMs: number,
  forMs: number,
  behindMs: (atMs: number) => number,
): [number, LagAdvice][] {
  const advised: [number, LagAdvice][] = [];
  for (let atMs = fromMs; atMs < fromMs + forMs; atMs += 100) {
    const advice = lag.sample(behindMs(atMs - fromMs), atMs);
    if (advice !== 'go') advised.push([atMs - fromMs, advice]);
  }
  return advised;
}

describe('Lag', () => {
  it('leaves one alone that keeps up, whatever its encoder holds back', () => {
    expect(run(new Lag(200), 0, 60_000, () => 690)).toEqual([]);
  });

  it('skips when it stays behind', () => {
    expect(run(new Lag(0), 0, 600, () => 800)).toEqual([[500, 'skip']]);
  });

  it('lets it catch up after a start with a backlog', () => {
    expect(run(new Lag(0), 0, 5_000, (atMs) => Math.max(50, 2_000 - 1.2 * atMs))).toEqual([]);
  });

  it('does not wait for one that would take for ever', () => {
    expect(run(new Lag(0), 0, 600, (atMs) => 2_000 - 0.2 * atMs)).toEqual([[500, 'skip']]);
  });

  it('forgets a short time behind', () => {
    expect(run(new Lag(0), 0, 5_000, (atMs) => (atMs % 1_000 < 400 ? 900 : 100))).toEqual([]);
  });

  it('takes what falls behind again and again to keyframes only', () => {
    const lag = new Lag(0);
    expect(run(lag, 0, 600, () => 800)).toEqual([[500, 'skip']]);
    expect(run(lag, 2_000, 600, () => 800)).toEqual([[500, 'skip']]);
    expect(run(lag, 4_000, 600, () => 800)).toEqual([[500, 'keyframes']]);
    expect(lag.keyframesOnly).toBe(true);
  });

  it('takes trouble that is far apart for one-off trouble', () => {
    const lag = new Lag(0);
    for (let n = 0; n < 5; n += 1) expect(run(lag, n * 20_000, 600, () => 800)).toEqual([[500, 'skip']]);
  });

  it('tries everything again after 30 s, then after twice as long', () => {
    const lag = new Lag(0);
    for (const atMs of [0, 2_000, 4_000]) run(lag, atMs, 600, () => 800);
    expect(run(lag, 4_600, 60_000, () => 800)).toEqual([
      [29_900, 'all'],
      [30_500, 'keyframes'],
    ]);
    expect(run(lag, 64_600, 60_000, () => 100)).toEqual([[30_500, 'all']]);
    expect(lag.keyframesOnly).toBe(false);
  });

  it('is as quick to try as at first once it went well for long', () => {
    const lag = new Lag(0);
    for (const atMs of [0, 2_000, 4_000]) run(lag, atMs, 600, () => 800);
    run(lag, 4_600, 31_000, () => 100);
    run(lag, 40_000, 90_000, () => 100);
    for (const atMs of [200_000, 202_000, 204_000]) run(lag, atMs, 600, () => 800);
    expect(run(lag, 204_600, 40_000, () => 100)).toEqual([[29_900, 'all']]);
  });

  it('judges another process by itself', () => {
    const lag = new Lag(0);
    expect(run(lag, 0, 400, () => 800)).toEqual([]);
    lag.reset();
    expect(run(lag, 400, 400, () => 800)).toEqual([]);
  });
});
