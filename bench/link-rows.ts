/** The rows of suite `links`, its table and picture. Pure. */
import { type Bar, barChart, round } from '../rig/output.ts';
import type { BrowserName } from '../rig/wall-browser.ts';
import type { MeasuredWall, WallStatus } from '../rig/wall-run.ts';
import { tileFigures } from '../src/viewer/measure/metered-tile.ts';
import { checkText, likeChromium } from './checks.ts';
import { BENCH_LINKS, type BenchLink, type LinkRow, type LinkSystem } from './link-cases.ts';
import { missing, wallColumns, wallFigures } from './wall-rows.ts';

/** Of one look to the next. */
export interface LinkLoad {
  readonly carriesKbps: number;
  readonly cameKbps: number;
}

/** One run of one system, or what went wrong before there was a figure. */
export interface LinkRun {
  readonly system: LinkSystem;
  readonly browser: BrowserName;
  readonly measured: MeasuredWall | undefined;
  /** What the wall said at the end; undefined of a peer. */
  readonly status: WallStatus | undefined;
  /** The targets it had, in order, each once. */
  readonly targetsMs: readonly number[];
  /** What came by the link in the time measured. */
  readonly downKbps: number | undefined;
  /** What it could carry and what came, look by look, where the link has a rate. */
  readonly loads: readonly LinkLoad[];
  readonly problems: readonly string[];
}

export interface LinkSubject {
  readonly system: LinkSystem;
  readonly browser: BrowserName;
}

/** @param runs of this link, in the order of their rounds */
export function toRows(
  link: BenchLink,
  subjects: readonly LinkSubject[],
  cameras: readonly string[],
  runs: readonly LinkRun[],
): LinkRow[] {
  const rows = subjects.map((subject) => toRow(link, subject, cameras, runs));
  return rows.map((row) => {
    if (row.system !== 'lockstep') return row;
    const other = rows.find(({ system, browser }) => system === row.system && browser === 'chromium');
    return { ...row, checks: [...link.asked(row), ...likeChromium(row, other)] };
  });
}

function toRow(
  link: BenchLink,
  { system, browser }: LinkSubject,
  cameras: readonly string[],
  runs: readonly LinkRun[],
): LinkRow {
  const own = runs.filter((run) => run.system === system && run.browser === browser);
  const walls = own.flatMap(({ measured }) => measured ?? []);
  const rates = own.flatMap(({ downKbps }) => downKbps ?? []);
  const figures = wallFigures(cameras, walls);
  return {
    system,
    browser,
    link: link.name,
    tiles: cameras.length,
    ...figures,
    frozenPercent: figures.tileMs === 0 ? null : round((100 * figures.frozenMs) / figures.tileMs),
    modes: own.flatMap(({ status }) => status?.effective ?? []),
    targetsMs: own.map(({ targetsMs }) => targetsMs),
    downKbps:
      rates.length === 0 ? null : Math.round(rates.reduce((sum, rate) => sum + rate, 0) / rates.length),
    usedPercent: usedPercent(own, link.fullBelowKbps),
    checks: [],
    problems: own.flatMap((run, index) =>
      [...run.problems, ...missing(run, cameras)].map((problem) => `round ${index + 1}: ${problem}`),
    ),
    raw: walls.map(({ report }) => report.tiles.map(tileFigures)),
  };
}

function usedPercent(runs: readonly LinkRun[], fullBelowKbps: number | undefined): number | null {
  if (fullBelowKbps === undefined) return null;
  const full = runs.flatMap(({ loads }) => loads.filter(({ carriesKbps }) => carriesKbps < fullBelowKbps));
  const sum = (value: (load: LinkLoad) => number): number =>
    full.reduce((total, load) => total + value(load), 0);
  const carriesKbps = sum((load) => load.carriesKbps);
  return carriesKbps === 0 ? null : round((100 * sum((load) => load.cameKbps)) / carriesKbps);
}

export function tableRow(row: LinkRow): Record<string, string | number> {
  return {
    link: row.link,
    system: row.system,
    browser: row.browser,
    ...wallColumns(row),
    'frozen %': row.frozenPercent ?? '–',
    fps: row.framesPerSecond ?? '–',
    mode: row.modes.join(', ') || '–',
    'target last': row.targetsMs.map((targets) => targets.at(-1) ?? '–').join(', ') || '–',
    'kbit/s': row.downKbps ?? '–',
    'used %': row.usedPercent ?? '–',
    'browser cores': row.browserCores ?? '–',
    runs: row.rounds,
  };
}

/** Sentences below the table: what each link is, what was asked and whether it was met, what went wrong. */
export function notes(rows: readonly LinkRow[]): string[] {
  const used = new Set(rows.map(({ link }) => link));
  return [
    ...BENCH_LINKS.filter(({ name }) => used.has(name)).map(({ name, words }) => `${name}: ${words}`),
    ...rows.flatMap((row) => row.checks.map((check) => checkText(check, `${row.link}, ${row.browser}`))),
    ...rows.flatMap((row) =>
      row.problems.map((problem) => `${row.link}, ${row.system} in ${row.browser}, ${problem}`),
    ),
  ];
}

/** Bars of what was measured; what was not has no bar. */
export function chart(rows: readonly LinkRow[]): string {
  const bars = (value: (row: LinkRow) => number | null | undefined): Bar[] =>
    rows.flatMap((row) => {
      const height = value(row);
      return typeof height === 'number'
        ? [
            {
              label: `${row.link} ${row.system}, ${row.browser}`,
              value: height,
              ours: row.system === 'lockstep',
            },
          ]
        : [];
    });
  return barChart('The same cameras over the same link: lower is better', [
    { title: 'Age of the picture on screen, p50', unit: 'ms', bars: bars((row) => row.glassToGlassMs?.p50) },
    { title: 'Difference between tiles (skew), p95', unit: 'ms', bars: bars((row) => row.skewMs?.p95) },
    { title: 'Share of the time that tiles stood', unit: '%', bars: bars((row) => row.frozenPercent) },
  ]);
}
