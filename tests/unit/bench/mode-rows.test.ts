import { describe, expect, it } from 'vitest';
import { chart, type ModeRun, notes, reachedMs, toRows } from '../../../bench/mode-rows.ts';
import type { ChangedTile, ModeChange } from '../../../rig/mode-change.ts';
import type { TileReport } from '../../../src/viewer/measure/metered-tile.ts';
import { type Histogram, pool } from '../../../src/viewer/measure/samples.ts';
import { type EffectiveMode, MODE_TABLE } from '../../../src/wire/modes.ts';

const IDS = ['cam1'];

function measured(mode: EffectiveMode, ageMs = MODE_TABLE[mode].startMs): ModeRun['measured'][number] {
  const ages: Histogram = [[ageMs, 50]];
  const skews: Histogram = [[30, 50]];
  const tile: TileReport = {
    ...{ camera: 'cam1', ages, glassToGlassMs: pool([ages]), unreadable: 0, stalls: 0, frozenMs: 0 },
    ...{ frames: { total: 600, dropped: 0 }, size: '640x360' },
  };
  return {
    mode,
    wall: {
      report: { tiles: [tile], skews, skewMs: pool([skews]), busyMs: 100 },
      ...{ seconds: 20, browserCores: 0.5, relayCores: 0.1, relayTreeCores: 0.1 },
      host: { busy: 0.5, steal: 0, loadAverage: 1 },
    },
  };
}

function change(ages: readonly (number | null)[], tile: Partial<ChangedTile> = {}): ModeChange {
  return {
    ages: ages.map((ageMs, index) => ({ atMs: (index + 1) * 100, byCamera: { cam1: ageMs } })),
    tiles: [
      {
        ...{ camera: 'cam1', seeks: 1, rebuilds: 0, blackLooks: 0, looks: 120, gapMs: 70, phases: [] },
        ...tile,
      },
    ],
    watchedMs: 6_000,
  };
}

function run(more: Partial<ModeRun>): ModeRun {
  return { browser: 'chromium', measured: [], changes: [], problems: [], ...more };
}

const unmet = (runs: readonly ModeRun[]): string[] =>
  notes(toRows(['chromium'], IDS, runs)).filter((note) => note.startsWith('NOT MET'));

describe('rows of modes', () => {
  it('are met where every mode has its latency and every change is one seek', () => {
    const runs = [
      run({
        measured: [measured('ultra-low'), measured('balanced'), measured('stable')],
        changes: [
          { from: 'ultra-low', to: 'balanced', change: change([3_000]) },
          { from: 'balanced', to: 'stable', change: change([6_000]) },
          { from: 'stable', to: 'ultra-low', change: change([6_000, 300, 300]) },
          { from: 'ultra-low', to: 'stable', change: change([6_000]) },
          { from: 'stable', to: 'balanced', change: change([3_000]) },
          { from: 'balanced', to: 'ultra-low', change: change([300]) },
        ],
      }),
    ];
    expect(unmet(runs)).toEqual([]);
    const { rows, changes } = toRows(['chromium'], IDS, runs);
    expect(rows.map(({ mode, glassToGlassMs }) => [mode, glassToGlassMs?.p50])).toEqual([
      ['ultra-low', 300],
      ['balanced', 3_000],
      ['stable', 6_000],
    ]);
    expect(changes[2]).toMatchObject({ from: 'stable', to: 'ultra-low', reachedMs: { max: 200 }, seeks: 1 });
    expect(chart({ rows, changes })).toContain('stable to ultra-low, chromium');
  });

  it('say what is not met, and what was never measured', () => {
    const broken = { seeks: 3, rebuilds: 1, blackLooks: 2, phases: ['frozen'] };
    const slow = change([...Array<number>(21).fill(6_000), 310]);
    const notMet = unmet([
      run({
        measured: [measured('ultra-low', 500)],
        changes: [
          { from: 'ultra-low', to: 'balanced', change: change([3_000], broken) },
          { from: 'stable', to: 'ultra-low', change: slow },
        ],
      }),
    ]);
    expect(notMet).toContain(
      'NOT MET: ultra-low, chromium, latency p50 off 300 ms by ms ≤ 100 (measured 200)',
    );
    expect(notMet).toContain('NOT MET: stable, chromium, skew p95 ms ≤ 50 (measured nothing)');
    expect(notMet.filter((note) => note.startsWith('NOT MET: ultra-low to balanced'))).toEqual([
      'NOT MET: ultra-low to balanced, chromium, black looks ≤ 0 (measured 2)',
      'NOT MET: ultra-low to balanced, chromium, rebuilds ≤ 0 (measured 1)',
      'NOT MET: ultra-low to balanced, chromium, seeks a tile ≤ 1 (measured 3)',
      'NOT MET: ultra-low to balanced, chromium, tiles say only playing (measured frozen)',
    ]);
    expect(notMet).toContain('NOT MET: stable to ultra-low, chromium, there after ms ≤ 2000 (measured 2200)');
    expect(notMet).toContain('NOT MET: balanced to ultra-low, chromium, seeks a tile ≤ 1 (measured nothing)');
  });
});

describe('the time until a mode is there', () => {
  it('is from when all pictures are near and stay so', () => {
    expect(reachedMs(change([6_000, 320, 900, 310, 305]), 300)).toBe(400);
  });

  it('is none where they are not there at the end, or cannot be read', () => {
    expect(reachedMs(change([300, 300, 900]), 300)).toBeUndefined();
    expect(reachedMs(change([300, null]), 300)).toBeUndefined();
    expect(reachedMs(change([]), 300)).toBeUndefined();
  });
});
