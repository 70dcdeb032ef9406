/** From the runs of the suite `wall` to its rows, table and picture. Pure: measuring is left to wall.ts. */
import { type Bar, barChart, round } from '../rig/output.ts';
import type { MeasuredWall } from '../rig/wall-run.ts';
import { tileFigures } from '../src/viewer/measure/metered-tile.ts';
import { pool, type Summary } from '../src/viewer/measure/samples.ts';

export const SUBJECTS = ['lockstep', 'naive'] as const;
/**
 * `lockstep-unmetered` is the wall with the meter switched off, `empty-page` the
 * meter on a page that plays nothing; what they cost says what measuring costs.
 */
export const CONTROLS = ['lockstep-unmetered', 'empty-page'] as const;
export type System = (typeof SUBJECTS)[number] | (typeof CONTROLS)[number];

/** One run of one system, or what went wrong before there was a figure. */
export interface WallRun {
  readonly system: System;
  readonly measured: MeasuredWall | undefined;
  readonly problems: readonly string[];
}

/** One row of the JSON in docs/measuring.md. */
export interface BenchRow {
  readonly system: System;
  readonly browser: 'chromium';
  readonly link: 'lan';
  readonly tiles: number;
  /** `test`: drawn and encoded on this host; `rtsp`: a clip over RTSP, passed on. */
  readonly cameras: 'test' | 'rtsp';
  readonly mode: string;
  readonly targetMs: number | null;
  readonly rounds: number;
  /** Ages of all tiles in all rounds; null without a sample. */
  readonly glassToGlassMs: Summary | null;
  readonly skewMs: Summary | null;
  /** Looks that saw no age. */
  readonly unreadable: number;
  /** Sum over tiles and rounds, of `tileMs`. */
  readonly frozenMs: number;
  /** Tiles × time measured. */
  readonly tileMs: number;
  readonly stallsPerTileMinute: number | null;
  readonly framesPerSecond: number | null;
  readonly droppedRatio: number | null;
  readonly browserCores: number | null;
  /** Of them, what the page's thread spends looking. */
  readonly meterCores: number | null;
  readonly relayCores: number | null;
  /** Relay with its encoders and, with test cameras, what draws them. */
  readonly relayTreeCores: number | null;
  /** Shares of the host's time, means of the rounds. */
  readonly hostBusy: number | null;
  readonly hostSteal: number | null;
  /** What went wrong, by round; empty when all was measured. */
  readonly problems: readonly string[];
  /** Of each round that was measured, its tiles one by one. */
  readonly raw: readonly (readonly ReturnType<typeof tileFigures>[])[];
}

export interface RowSetup {
  readonly cameras: readonly string[];
  readonly source: BenchRow['cameras'];
  readonly targetMs: number;
}

const PLAYS: Readonly<Record<System, boolean>> = {
  lockstep: true,
  naive: true,
  'lockstep-unmetered': true,
  'empty-page': false,
};

/** @param runs in the order of their rounds */
export function toRow(system: System, setup: RowSetup, runs: readonly WallRun[]): BenchRow {
  const { cameras, targetMs } = setup;
  const own = runs.filter((run) => run.system === system);
  const walls = own.flatMap(({ measured }) => measured ?? []);
  const metered = system === 'lockstep' || system === 'naive';
  const ours = system.startsWith('lockstep');
  return {
    system,
    browser: 'chromium',
    link: 'lan',
    tiles: PLAYS[system] ? cameras.length : 0,
    cameras: setup.source,
    mode: ours ? 'ultra-low' : 'default',
    targetMs: ours ? targetMs : null,
    ...wallFigures(metered ? cameras : [], walls),
    relayCores: meanOf(walls, (wall) => wall.relayCores, 3),
    relayTreeCores: meanOf(walls, (wall) => wall.relayTreeCores, 2),
    problems: own.flatMap((run, index) =>
      [...run.problems, ...(metered ? missing(run, cameras) : [])].map(
        (problem) => `round ${index + 1}: ${problem}`,
      ),
    ),
    raw: walls.map(({ report }) => report.tiles.map(tileFigures)),
  };
}

/** Of one system, over all rounds that were measured. */
export type WallFigures = Pick<
  BenchRow,
  | 'rounds'
  | 'glassToGlassMs'
  | 'skewMs'
  | 'unreadable'
  | 'frozenMs'
  | 'tileMs'
  | 'stallsPerTileMinute'
  | 'framesPerSecond'
  | 'droppedRatio'
  | 'browserCores'
  | 'meterCores'
  | 'hostBusy'
  | 'hostSteal'
>;

/** @param cameras that were to be seen; none where the meter was off */
export function wallFigures(cameras: readonly string[], walls: readonly MeasuredWall[]): WallFigures {
  const tiles = walls.flatMap(({ report }) => report.tiles);
  const sum = (value: (tile: (typeof tiles)[number]) => number): number =>
    tiles.reduce((total, tile) => total + value(tile), 0);
  const total = (value: (wall: MeasuredWall) => number): number =>
    cameras.length === 0 ? 0 : Math.round(walls.reduce((result, wall) => result + value(wall), 0));
  const tileMs = total(({ seconds }) => cameras.length * seconds * 1000);
  // A tile that is not even there was frozen all the time.
  const absentMs = total(({ seconds, report }) => (cameras.length - report.tiles.length) * seconds * 1000);
  const frames = sum((tile) => tile.frames.total);
  const mean = (value: (wall: MeasuredWall) => number, digits: number): number | null =>
    meanOf(walls, value, digits);
  return {
    rounds: walls.length,
    glassToGlassMs: pool(tiles.map(({ ages }) => ages)) ?? null,
    skewMs: pool(walls.map(({ report }) => report.skews)) ?? null,
    unreadable: sum((tile) => tile.unreadable),
    frozenMs: Math.round(sum((tile) => tile.frozenMs) + absentMs),
    tileMs,
    stallsPerTileMinute: tileMs === 0 ? null : round((sum(({ stalls }) => stalls) * 60_000) / tileMs, 2),
    framesPerSecond: tileMs === 0 ? null : round((frames * 1000) / tileMs),
    droppedRatio: frames === 0 ? null : round(sum((tile) => tile.frames.dropped) / frames, 4),
    browserCores: mean((wall) => wall.browserCores, 2),
    meterCores: mean((wall) => wall.report.busyMs / (wall.seconds * 1000), 3),
    hostBusy: mean((wall) => wall.host.busy, 3),
    hostSteal: mean((wall) => wall.host.steal, 3),
  };
}

/** Columns of a table that all walls have. */
export const wallColumns = (row: WallFigures): Record<string, string | number> => ({
  'latency p50': row.glassToGlassMs?.p50 ?? '–',
  p95: row.glassToGlassMs?.p95 ?? '–',
  n: row.glassToGlassMs?.n ?? 0,
  unread: row.unreadable,
  'skew p95': row.skewMs?.p95 ?? '–',
  'skew n': row.skewMs?.n ?? 0,
  'stalls/tile/min': row.stallsPerTileMinute ?? '–',
});

export function meanOf(
  walls: readonly MeasuredWall[],
  value: (wall: MeasuredWall) => number,
  digits: number,
): number | null {
  if (walls.length === 0) return null;
  return round(walls.reduce((total, wall) => total + value(wall), 0) / walls.length, digits);
}

/** Tiles without a single figure: pooled percentiles do not show them. */
export function missing({ measured }: Pick<WallRun, 'measured'>, cameras: readonly string[]): string[] {
  if (measured === undefined) return [];
  return cameras.flatMap((camera) => {
    const tile = measured.report.tiles.find((candidate) => candidate.camera === camera);
    if (tile === undefined) return [`${camera} has no tile`];
    if (tile.glassToGlassMs !== undefined) return [];
    const { unreadable, frames } = tile;
    return [`${camera} could not be read in ${unreadable} looks; it showed ${frames.total} pictures`];
  });
}

export function tableRow(row: BenchRow): Record<string, string | number> {
  const frozen = row.tileMs === 0 ? '–' : `${round((100 * row.frozenMs) / row.tileMs)} %`;
  return {
    system: row.system,
    tiles: row.tiles,
    'latency p50': row.glassToGlassMs?.p50 ?? '–',
    p95: row.glassToGlassMs?.p95 ?? '–',
    max: row.glassToGlassMs?.max ?? '–',
    n: row.glassToGlassMs?.n ?? 0,
    unread: row.unreadable,
    'skew p50': row.skewMs?.p50 ?? '–',
    'skew p95': row.skewMs?.p95 ?? '–',
    'skew n': row.skewMs?.n ?? 0,
    frozen,
    'stalls/tile/min': row.stallsPerTileMinute ?? '–',
    fps: row.framesPerSecond ?? '–',
    dropped: row.droppedRatio ?? '–',
    'browser cores': row.browserCores ?? '–',
    meter: row.meterCores ?? '–',
    'relay cores': row.relayCores ?? '–',
    'with encoders': row.relayTreeCores ?? '–',
    'host busy': row.hostBusy ?? '–',
  };
}

/** Sentences below the table: Lockstep's share of the naive wall (below 1 is better), the meter's cost, what went wrong. */
export function notes(rows: readonly BenchRow[]): string[] {
  const find = (system: System, tiles: number): BenchRow | undefined =>
    rows.find((row) => row.system === system && row.tiles === tiles);
  const counts = [...new Set(rows.map((row) => row.tiles))].filter((tiles) => tiles > 0);
  return [
    ...counts.flatMap((tiles) => {
      const ours = find('lockstep', tiles);
      const theirs = find('naive', tiles);
      const bare = find('lockstep-unmetered', tiles);
      return [
        `${tiles} tiles, lockstep / naive: latency p95 ${share(ours?.glassToGlassMs?.p95, theirs?.glassToGlassMs?.p95)}, ` +
          `skew p95 ${share(ours?.skewMs?.p95, theirs?.skewMs?.p95)}, browser CPU ${share(ours?.browserCores, theirs?.browserCores)}; ` +
          `browser cores with the meter ${ours?.browserCores ?? '–'}, without ${bare?.browserCores ?? '–'}`,
      ];
    }),
    ...rows.flatMap((row) => row.problems.map((problem) => `${row.system}, ${row.tiles} tiles, ${problem}`)),
  ];
}

function share(mine: number | null | undefined, other: number | null | undefined): string {
  return typeof mine === 'number' && typeof other === 'number' && other > 0 ? (mine / other).toFixed(2) : '–';
}

/** Bars of what was measured; what was not has no bar. */
export function chart(rows: readonly BenchRow[]): string {
  const bars = (value: (row: BenchRow) => number | null | undefined): Bar[] =>
    rows
      .filter((row) => row.system === 'lockstep' || row.system === 'naive')
      .flatMap((row) => {
        const height = value(row);
        return typeof height === 'number'
          ? [{ label: `${row.system}, ${row.tiles} tiles`, value: height }]
          : [];
      });
  return barChart('The same cameras, the same run: lower is better', [
    { title: 'Age of the picture on screen, p95', unit: 'ms', bars: bars((row) => row.glassToGlassMs?.p95) },
    { title: 'Difference between tiles (skew), p95', unit: 'ms', bars: bars((row) => row.skewMs?.p95) },
    { title: 'Browser CPU', unit: 'cores', bars: bars((row) => row.browserCores) },
  ]);
}
