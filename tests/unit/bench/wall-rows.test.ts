import { describe, expect, it } from 'vitest';
import { chart, notes, tableRow, toRow, type WallRun } from '../../../bench/wall-rows.ts';
import type { MeasuredWall } from '../../../rig/wall-run.ts';
import type { TileReport } from '../../../src/viewer/measure/metered-tile.ts';
import { type Histogram, pool } from '../../../src/viewer/measure/samples.ts';

const SETUP = { cameras: ['cam1', 'cam2'], source: 'test' as const, targetMs: 300 };

function tile(camera: string, ages: Histogram, more: Partial<TileReport> = {}): TileReport {
  return {
    camera,
    glassToGlassMs: pool([ages]),
    ages,
    unreadable: 0,
    stalls: 0,
    frozenMs: 0,
    frames: { total: 600, dropped: 0 },
    size: '640x360',
    ...more,
  };
}

function wall(tiles: readonly TileReport[], skews: Histogram = [[20, 100]]): MeasuredWall {
  return {
    report: { tiles, skews, skewMs: pool([skews]), busyMs: 100 },
    seconds: 20,
    browserCores: 0.5,
    relayCores: 0.1,
    relayTreeCores: 0.6,
    host: { busy: 0.7, steal: 0.01, loadAverage: 1 },
  };
}

const run = (measured: MeasuredWall | undefined, problems: string[] = []): WallRun => ({
  system: 'lockstep',
  measured,
  problems,
});

describe('toRow', () => {
  it('pools all samples of all tiles and rounds', () => {
    const runs = [
      run(wall([tile('cam1', [[300, 100]]), tile('cam2', [[310, 100]])])),
      run(wall([tile('cam1', [[320, 194]]), tile('cam2', [[5000, 6]])], [[4700, 3]])),
    ];
    const row = toRow('lockstep', SETUP, runs);
    expect(row.glassToGlassMs).toEqual({ p50: 310, p95: 320, max: 5000, n: 400 });
    expect(row.skewMs).toEqual({ p50: 20, p95: 20, max: 4700, n: 103 });
    expect(row).toMatchObject({ rounds: 2, tiles: 2, tileMs: 80_000, framesPerSecond: 30, problems: [] });
  });

  it('shows a tile that stood', () => {
    const stood = tile('cam2', [[5000, 146]], {
      stalls: 3,
      frozenMs: 17_000,
      frames: { total: 50, dropped: 5 },
    });
    const row = toRow('lockstep', SETUP, [run(wall([tile('cam1', [[300, 146]]), stood]))]);
    expect(row).toMatchObject({ frozenMs: 17_000, stallsPerTileMinute: 4.5, droppedRatio: 0.0077 });
    expect(row.glassToGlassMs?.p95).toBe(5000);
    expect(tableRow(row).frozen).toBe('42.5 %');
  });

  it('says which tile could not be read, which pooled percentiles would hide', () => {
    const unread = tile('cam2', [], { unreadable: 146, frozenMs: 20_000, frames: { total: 3, dropped: 0 } });
    const row = toRow('lockstep', SETUP, [run(wall([tile('cam1', [[300, 146]]), unread]))]);
    expect(row).toMatchObject({ unreadable: 146, frozenMs: 20_000 });
    expect(row.problems).toEqual(['round 1: cam2 could not be read in 146 looks; it showed 3 pictures']);
  });

  it('counts a tile that is not there as frozen all the time', () => {
    const row = toRow('lockstep', SETUP, [run(wall([tile('cam1', [[300, 146]])]))]);
    expect(row).toMatchObject({ frozenMs: 20_000, tileMs: 40_000 });
    expect(row.problems).toEqual(['round 1: cam2 has no tile']);
  });

  it('is a row that says why when a system could not be measured at all', () => {
    const row = toRow('lockstep', SETUP, [run(undefined, ['not measured: the page crashed'])]);
    expect(row).toMatchObject({
      rounds: 0,
      glassToGlassMs: null,
      browserCores: null,
      stallsPerTileMinute: null,
    });
    expect(notes([row])).toContain('lockstep, 2 tiles, round 1: not measured: the page crashed');
    expect(tableRow(row)).toMatchObject({ n: 0, p95: '–' });
    expect(chart([row])).toContain('<svg');
  });

  it('has only costs for a control, and misses no tile there', () => {
    const bare: WallRun = { system: 'lockstep-unmetered', measured: wall([], []), problems: [] };
    const row = toRow('lockstep-unmetered', SETUP, [bare]);
    expect(row).toMatchObject({ glassToGlassMs: null, frozenMs: 0, problems: [], browserCores: 0.5 });
    expect(notes([toRow('lockstep', SETUP, [run(wall([]))]), row])[0]).toContain('without 0.5');
  });
});
