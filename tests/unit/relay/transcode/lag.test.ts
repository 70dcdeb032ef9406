import { describe, expect, it } from 'vitest';
import { Lag } from '../../../../relay/transcode/lag.ts';

/** Samples ten times a second; returns when it was to skip. */
function run(lag: Lag, fromMs: number, forMs: number, behindMs: (atMs: number) => number): number[] {
  const skips: number[] = [];
  for (let atMs = fromMs; atMs < fromMs + forMs; atMs += 100)
    if (lag.tooFar(behindMs(atMs - fromMs), atMs)) skips.push(atMs - fromMs);
  return skips;
}

describe('Lag', () => {
  it('leaves one alone that keeps up, whatever its encoder holds back', () => {
    expect(run(new Lag(200), 0, 60_000, () => 690)).toEqual([]);
  });

  it('skips when it stays behind', () => {
    expect(run(new Lag(0), 0, 600, () => 800)).toEqual([500]);
  });

  it('lets it catch up after a start with a backlog', () => {
    expect(run(new Lag(0), 0, 5_000, (atMs) => Math.max(50, 2_000 - 1.2 * atMs))).toEqual([]);
  });

  it('does not wait for one that would take for ever', () => {
    expect(run(new Lag(0), 0, 600, (atMs) => 2_000 - 0.2 * atMs)).toEqual([500]);
  });

  it('forgets a short time behind', () => {
    expect(run(new Lag(0), 0, 5_000, (atMs) => (atMs % 1_000 < 400 ? 900 : 100))).toEqual([]);
  });

  it('skips again and again when it stays behind, and no more than that', () => {
    expect(run(new Lag(0), 0, 3_000, () => 800)).toEqual([500, 1_100, 1_700, 2_300, 2_900]);
  });

  describe('when a keyframe comes every 2 s', () => {
    /** When it goes on there, by how much it is behind and has not been given. */
    const jumpsAt = (behindMs: (atMs: number) => number, waitingMs = 300): number[] => {
      const lag = new Lag(40);
      const jumps: number[] = [];
      for (let atMs = 0; atMs < 20_000; atMs += 100) {
        lag.tooFar(behindMs(atMs), atMs);
        if (atMs % 2_000 === 0 && lag.goesOnHere(behindMs(atMs), waitingMs, atMs)) jumps.push(atMs);
      }
      return jumps;
    };

    it('goes on with one when it stays out of step, and that seldom', () => {
      expect(jumpsAt(() => 440)).toEqual([2_000, 12_000]);
    });

    it('is left alone when it is in step, or soon is', () => {
      expect(jumpsAt(() => 180)).toEqual([]);
      expect(jumpsAt((atMs) => Math.max(100, 450 - atMs / 4))).toEqual([]);
    });

    it('is left alone when it has read nearly all', () => {
      expect(jumpsAt(() => 440, 100)).toEqual([]);
    });

    it('goes on with the next one when it has shown nothing yet', () => {
      expect(new Lag(40).goesOnHere(undefined, 300, 0)).toBe(true);
      expect(new Lag(40).goesOnHere(undefined, 100, 0)).toBe(false);
    });
  });

  it('judges another process by itself', () => {
    const lag = new Lag(0);
    expect(run(lag, 0, 400, () => 800)).toEqual([]);
    lag.reset();
    expect(run(lag, 400, 400, () => 800)).toEqual([]);
  });
});
