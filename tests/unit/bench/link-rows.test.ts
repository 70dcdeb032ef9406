import { describe, expect, it } from 'vitest';
import { BENCH_LINKS, chart, type LinkRun, notes, tableRow, toRow } from '../../../bench/link-rows.ts';
import type { TileReport } from '../../../src/viewer/measure/metered-tile.ts';
import { type Histogram, pool } from '../../../src/viewer/measure/samples.ts';

const IDS = ['cam1', 'cam2'];
const LAN = BENCH_LINKS.find(({ name }) => name === 'lan') ?? expect.fail('no lan');

function tile(camera: string, ages: Histogram, more: Partial<TileReport> = {}): TileReport {
  const frames = { total: 1800, dropped: 0 };
  return {
    ...{ camera, ages, frames, unreadable: 0, stalls: 0, frozenMs: 0, size: '640x360' },
    glassToGlassMs: pool([ages]),
    ...more,
  };
}

function run(tiles: readonly TileReport[], more: Partial<LinkRun> = {}): LinkRun {
  const skews: Histogram = [[30, 100]];
  return {
    system: 'lockstep',
    measured: {
      report: { tiles, skews, skewMs: pool([skews]), busyMs: 100 },
      seconds: 60,
      browserCores: 0.5,
      relayCores: 0.1,
      relayTreeCores: 0.1,
      host: { busy: 0.5, steal: 0, loadAverage: 1 },
    },
    status: { mode: 'auto', effective: 'ultra-low', targetMs: 300 },
    targetsMs: [450, 300],
    downKbps: 1_500,
    problems: [],
    ...more,
  };
}

describe('rows of links', () => {
  it('are held to what is asked on their link', () => {
    const row = toRow(LAN, 'lockstep', IDS, [run([tile('cam1', [[220, 9]]), tile('cam2', [[230, 9]])])]);
    expect(row).toMatchObject({ link: 'lan', frozenPercent: 0, stallsPerTileMinute: 0, downKbps: 1_500 });
    expect(row.checks.map(({ met }) => met)).toEqual([true, true, true, true, true]);
    expect(tableRow(row)).toMatchObject({ mode: 'ultra-low', 'target last': '300', 'latency p50': 220 });
  });

  it('say what is not met, by its measured figure, and what mode Auto was in', () => {
    const stood = tile('cam2', [[900, 9]], { stalls: 2, frozenMs: 6_000 });
    const status = { mode: 'auto', effective: 'stable', targetMs: 6_000 };
    const row = toRow(LAN, 'lockstep', IDS, [run([tile('cam1', [[900, 9]]), stood], { status })]);
    expect(notes([row]).filter((note) => note.startsWith('NOT MET'))).toEqual([
      'NOT MET: lan, stalls a tile and minute ≤ 0 (measured 1)',
      'NOT MET: lan, frozen % ≤ 0 (measured 5)',
      'NOT MET: lan, latency p50 ms ≤ 250 (measured 900)',
      'NOT MET: lan, mode is ultra-low (measured stable)',
    ]);
  });

  it('hold peers to nothing, and a wall that could not be measured to everything', () => {
    const peer = run([tile('cam1', [[900, 9]]), tile('cam2', [[900, 9]])], { system: 'naive' });
    expect(toRow(LAN, 'naive', IDS, [peer]).checks).toEqual([]);
    const nothing = toRow(LAN, 'lockstep', IDS, [
      run([], { measured: undefined, status: undefined, problems: ['not measured: no browser'] }),
    ]);
    expect(nothing.checks.every(({ met }) => !met)).toBe(true);
    expect(notes([nothing])).toContain('lan, lockstep, round 1: not measured: no browser');
    expect(chart([nothing])).toContain('<svg');
  });
});
