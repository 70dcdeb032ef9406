import { describe, expect, it } from 'vitest';
import { BENCH_LINKS, type LinkRow, type LinkSystem } from '../../../bench/link-cases.ts';
import { chart, type LinkRun, notes, tableRow, toRows } from '../../../bench/link-rows.ts';
import type { TileReport } from '../../../src/viewer/measure/metered-tile.ts';
import { type Histogram, pool } from '../../../src/viewer/measure/samples.ts';

const IDS = ['cam1', 'cam2'];
const link = (name: string) => BENCH_LINKS.find((one) => one.name === name) ?? expect.fail(`no ${name}`);
const LAN = link('lan');

/** Of one system in Chromium. */
function toRow(
  of: typeof LAN,
  system: LinkSystem,
  cameras: readonly string[],
  runs: readonly LinkRun[],
): LinkRow {
  const [row] = toRows(of, [{ system, browser: 'chromium' }], cameras, runs);
  return row ?? expect.fail('no row');
}

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
    browser: 'chromium',
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
    loads: [],
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
      'NOT MET: lan, chromium, stalls a tile and minute ≤ 0 (measured 1)',
      'NOT MET: lan, chromium, frozen % ≤ 0 (measured 5)',
      'NOT MET: lan, chromium, latency p50 ms ≤ 250 (measured 900)',
      'NOT MET: lan, chromium, mode is ultra-low (measured stable)',
    ]);
  });

  it('hold peers to nothing, and a wall that could not be measured to everything', () => {
    for (const system of ['naive', 'plan'] as const) {
      const tiles = [tile('cam1', [[900, 9]]), tile('cam2', [[900, 9]])];
      const peer = toRow(LAN, system, IDS, [run(tiles, { system, status: undefined, targetsMs: [] })]);
      expect(peer.checks).toEqual([]);
      expect(tableRow(peer)).toMatchObject({ system, mode: '–', 'latency p50': 900 });
    }
    const nothing = toRow(LAN, 'lockstep', IDS, [
      run([], { measured: undefined, status: undefined, problems: ['not measured: no browser'] }),
    ]);
    expect(nothing.checks.every(({ met }) => !met)).toBe(true);
    expect(notes([nothing])).toContain('lan, lockstep in chromium, round 1: not measured: no browser');
    expect(chart([nothing])).toContain('<svg');
  });

  it("ask of Firefox what is asked of Chromium, a larger skew, and Chromium's latency", () => {
    const skewed = (ms: number): LinkRun['measured'] => {
      const { measured } = run([tile('cam1', [[400, 9]]), tile('cam2', [[400, 9]])]);
      const skews: Histogram = [[ms, 100]];
      return measured && { ...measured, report: { ...measured.report, skews, skewMs: pool([skews]) } };
    };
    const rows = toRows(
      LAN,
      [
        { system: 'lockstep', browser: 'chromium' },
        { system: 'lockstep', browser: 'firefox' },
      ],
      IDS,
      [
        run([tile('cam1', [[200, 9]]), tile('cam2', [[200, 9]])]),
        run([], { browser: 'firefox', measured: skewed(60) }),
      ],
    );
    expect(rows.map(({ browser, glassToGlassMs }) => [browser, glassToGlassMs?.p50])).toEqual([
      ['chromium', 200],
      ['firefox', 400],
    ]);
    expect(notes(rows).filter((note) => note.includes('firefox, skew') || note.includes('Chromium'))).toEqual(
      [
        'met: lan, firefox, skew p95 ms ≤ 70 (measured 60)',
        "NOT MET: lan, firefox, latency p50 off Chromium's by ms ≤ 60 (measured 200)",
      ],
    );
  });

  it('say how much of a link was used while it carried less than the wall would like', () => {
    const loads = [
      { carriesKbps: 10_000, cameKbps: 1_800 },
      { carriesKbps: 1_000, cameKbps: 900 },
      { carriesKbps: 1_000, cameKbps: 300 },
    ];
    const tiles = [tile('cam1', [[400, 9]]), tile('cam2', [[400, 9]])];
    const steps = toRow(link('steps'), 'lockstep', IDS, [run(tiles, { loads })]);
    expect(steps.usedPercent).toBe(60);
    expect(notes([steps])).toContain(
      'NOT MET: steps, chromium, used % of the link when full ≥ 75 (measured 60)',
    );
    expect(toRow(LAN, 'lockstep', IDS, [run(tiles, { loads })]).usedPercent).toBeNull();
  });

  it('tell an enlarged tile that has a rung above the others from one that has not', () => {
    const sizes = (own: string, other: string): LinkRow =>
      toRow(link('nine-3m'), 'lockstep', IDS, [
        run([tile('cam1', [[400, 9]], { size: own }), tile('cam2', [[400, 9]], { size: other })]),
      ]);
    const asked = 'the enlarged tile has more lines than the others';
    expect(sizes('1280x720', '320x180').checks).toContainEqual({ asked, measured: '720 and 180', met: true });
    expect(sizes('320x180', '320x180').checks).toContainEqual({ asked, measured: '180 and 180', met: false });
  });
});
