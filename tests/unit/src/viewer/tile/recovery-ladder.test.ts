import { describe, expect, it } from 'vitest';
import { RecoveryLadder } from '../../../../../src/viewer/tile/recovery-ladder.ts';
import type { TilePhase } from '../../../../../src/viewer/tile/tile-health.ts';

/** Steps every 250 ms; returns each action with its time since the phase began. */
function climb(ladder: RecoveryLadder, phase: TilePhase, fromMs: number, forMs: number): [number, string][] {
  const actions: [number, string][] = [];
  for (let ms = 0; ms <= forMs; ms += 250) {
    const action = ladder.step({ nowMs: fromMs + ms, phase });
    if (action !== undefined) actions.push([ms, action]);
  }
  return actions;
}

describe('RecoveryLadder', () => {
  it('goes from gentle to hard for a stuck decoder, then rebuilds ever more slowly, for ever', () => {
    const actions = climb(new RecoveryLadder(() => 1), 'decoder-stuck', 0, 120_000);
    expect(actions.slice(0, 3)).toEqual([
      [500, 'nudge'],
      [1500, 'reload'],
      [3000, 'rebuild'],
    ]);
    expect(actions.slice(3).map(([, action]) => action)).toEqual(Array(5).fill('rebuild'));
    const waits = actions.slice(3).map(([ms], i) => ms - (actions[i + 2]?.[0] ?? 0));
    expect(waits).toEqual([4000, 8000, 16_000, 30_000, 30_000]);
  });

  it('has patience on a computer that is full', () => {
    const ladder = new RecoveryLadder(() => 1);
    const stuck = (nowMs: number) => ladder.step({ nowMs, phase: 'decoder-stuck', full: true });
    expect([0, 1_999, 2_000, 5_999, 6_000, 12_000].map(stuck)).toEqual([
      ...[undefined, undefined, 'nudge', undefined, 'reload', 'rebuild'],
    ]);
  });

  it('never rebuilds the player of a tile that gets no media', () => {
    for (const phase of ['stale', 'no-media'] as const) {
      const actions = climb(new RecoveryLadder(() => 1), phase, 0, 300_000).map(([, action]) => action);
      expect(actions).not.toContain('rebuild');
      expect(actions.filter((action) => action === 'reconnect').length).toBeGreaterThan(8);
      expect(actions.at(-1)).toBe('reconnect');
    }
  });

  it('does nothing while the tile plays, buffers, is held, hidden or frozen at the source', () => {
    for (const phase of ['playing', 'buffering', 'held', 'hidden', 'source-frozen', 'connecting'] as const) {
      expect(climb(new RecoveryLadder(() => 1), phase, 0, 60_000)).toEqual([]);
    }
  });

  it('starts at the gentle end when the trouble begins anew', () => {
    const ladder = new RecoveryLadder(() => 1);
    climb(ladder, 'decoder-stuck', 0, 4000);
    climb(ladder, 'playing', 4250, 1000);
    expect(climb(ladder, 'decoder-stuck', 6000, 500)).toEqual([[500, 'nudge']]);
  });

  it('rebuilds after a fatal error at once, then waits, and forgives after a minute of play', () => {
    const ladder = new RecoveryLadder(() => 0.5);
    expect(ladder.fatalWaitMs()).toBe(0);
    expect(ladder.fatalWaitMs()).toBe(6000);
    for (let i = 0; i < 100; i += 1) expect(ladder.fatalWaitMs()).toBeLessThanOrEqual(30_000);
    climb(ladder, 'playing', 0, 60_000);
    expect(ladder.fatalWaitMs()).toBe(0);
  });
});
