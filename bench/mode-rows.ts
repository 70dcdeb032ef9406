/** The rows of suite `modes`: each mode chosen by hand, each change between two of them, and what is asked of both. Pure. */
import type { ModeChange } from '../rig/mode-change.ts';
import { type Bar, barChart, round } from '../rig/output.ts';
import type { BrowserName } from '../rig/wall-browser.ts';
import type { MeasuredWall } from '../rig/wall-run.ts';
import { tileFigures } from '../src/viewer/measure/metered-tile.ts';
import { type Summary, summarise } from '../src/viewer/measure/samples.ts';
import { type EffectiveMode, MODE_ORDER, MODE_TABLE } from '../src/wire/modes.ts';
import { atMost, type Check, checkText, likeChromium, skewLimit } from './checks.ts';
import { missing, type WallFigures, wallColumns, wallFigures } from './wall-rows.ts';

/** Every change there is, in one way through: each mode is measured where it comes first. */
export const MODE_ROUTE: readonly EffectiveMode[] = [
  ...MODE_ORDER,
  'ultra-low',
  'stable',
  'balanced',
  'ultra-low',
];

/** How far a wall may be from its target. */
const NEAR_MS = 100;
const CHANGED_WITHIN_MS = 2_000;

/** One run of one browser through {@link MODE_ROUTE}. */
export interface ModeRun {
  readonly browser: BrowserName;
  readonly measured: readonly { readonly mode: EffectiveMode; readonly wall: MeasuredWall }[];
  readonly changes: readonly {
    readonly from: EffectiveMode;
    readonly to: EffectiveMode;
    readonly change: ModeChange;
  }[];
  readonly problems: readonly string[];
}

/** One row of the JSON in docs/measuring.md. */
export interface ModeRow extends WallFigures {
  readonly system: 'lockstep';
  readonly browser: BrowserName;
  readonly link: 'lan';
  readonly tiles: number;
  readonly mode: EffectiveMode;
  readonly targetMs: number;
  readonly checks: readonly Check[];
  readonly problems: readonly string[];
  /** Each run that was measured, its tiles one by one. */
  readonly raw: readonly (readonly ReturnType<typeof tileFigures>[])[];
}

/** One change of mode, of all runs; figures of tiles are the worst tile's. */
export interface ChangeRow {
  readonly browser: BrowserName;
  readonly from: EffectiveMode;
  readonly to: EffectiveMode;
  readonly runs: number;
  /** Until every picture is within 0.1 s of the new target, and stays there; null unless all runs came there. */
  readonly reachedMs: Summary | null;
  readonly gapMs: Summary | null;
  readonly seeks: number | null;
  readonly rebuilds: number | null;
  readonly blackLooks: number | null;
  readonly looks: number;
  /** What tiles said of themselves beside `playing`. */
  readonly phases: readonly string[];
  readonly checks: readonly Check[];
}

export interface ModeRows {
  readonly rows: readonly ModeRow[];
  readonly changes: readonly ChangeRow[];
}

/** @param runs of all browsers, in the order of their rounds */
export function toRows(
  browsers: readonly BrowserName[],
  cameras: readonly string[],
  runs: readonly ModeRun[],
): ModeRows {
  const rows = browsers.flatMap((browser) => {
    const own = runs.filter((run) => run.browser === browser);
    return MODE_ORDER.map((mode) => toRow(browser, mode, cameras, own));
  });
  const changes = browsers.flatMap((browser) => {
    const own = runs.filter((run) => run.browser === browser);
    return MODE_ROUTE.slice(1).map((to, index) =>
      toChangeRow(browser, MODE_ROUTE[index] ?? 'ultra-low', to, own),
    );
  });
  return { rows: rows.map((row) => withChecks(row, rows)), changes };
}

function toRow(
  browser: BrowserName,
  mode: EffectiveMode,
  cameras: readonly string[],
  runs: readonly ModeRun[],
): ModeRow {
  const ofMode = ({ measured }: ModeRun): MeasuredWall | undefined =>
    measured.find((entry) => entry.mode === mode)?.wall;
  const walls = runs.flatMap((run) => ofMode(run) ?? []);
  return {
    system: 'lockstep',
    browser,
    link: 'lan',
    tiles: cameras.length,
    mode,
    targetMs: MODE_TABLE[mode].startMs,
    ...wallFigures(cameras, walls),
    checks: [],
    problems: runs.flatMap((run, index) =>
      [...run.problems, ...missing({ measured: ofMode(run) }, cameras)].map(
        (problem) => `round ${index + 1}: ${problem}`,
      ),
    ),
    raw: walls.map(({ report }) => report.tiles.map(tileFigures)),
  };
}

function withChecks(row: ModeRow, rows: readonly ModeRow[]): ModeRow {
  const ageMs = row.glassToGlassMs?.p50;
  const offMs = ageMs === undefined ? undefined : round(Math.abs(ageMs - row.targetMs));
  const other = rows.find(({ browser, mode }) => browser === 'chromium' && mode === row.mode);
  return {
    ...row,
    checks: [
      atMost(`latency p50 off ${row.targetMs} ms by ms`, offMs, NEAR_MS),
      atMost('skew p95 ms', row.skewMs?.p95, skewLimit(row.browser, 50)),
      atMost('stalls a tile and minute', row.stallsPerTileMinute, 0),
      ...likeChromium(row, other),
    ],
  };
}

function toChangeRow(
  browser: BrowserName,
  from: EffectiveMode,
  to: EffectiveMode,
  runs: readonly ModeRun[],
): ChangeRow {
  const own = runs.flatMap(({ changes }) =>
    changes.filter((entry) => entry.from === from && entry.to === to),
  );
  const tiles = own.flatMap(({ change }) => change.tiles);
  const reached = own.map(({ change }) => reachedMs(change, MODE_TABLE[to].startMs));
  const all = reached.flatMap((ms) => ms ?? []);
  const worst = (value: (tile: (typeof tiles)[number]) => number): number | null =>
    tiles.length === 0 ? null : Math.max(...tiles.map(value));
  const row: Omit<ChangeRow, 'checks'> = {
    browser,
    from,
    to,
    runs: own.length,
    reachedMs: all.length < reached.length ? null : (summarise(all) ?? null),
    gapMs: summarise(own.map(({ change }) => Math.max(...change.tiles.map(({ gapMs }) => gapMs)))) ?? null,
    seeks: worst(({ seeks }) => seeks),
    rebuilds: worst(({ rebuilds }) => rebuilds),
    blackLooks: worst(({ blackLooks }) => blackLooks),
    looks: tiles.reduce((sum, { looks }) => sum + looks, 0),
    phases: [...new Set(tiles.flatMap(({ phases }) => phases))],
  };
  return { ...row, checks: asked(row) };
}

function asked(row: Omit<ChangeRow, 'checks'>): Check[] {
  const smaller = MODE_TABLE[row.to].startMs < MODE_TABLE[row.from].startMs;
  return [
    ...(smaller ? [atMost('there after ms', row.reachedMs?.max, CHANGED_WITHIN_MS)] : []),
    atMost('black looks', row.blackLooks, 0),
    atMost('rebuilds', row.rebuilds, 0),
    atMost('seeks a tile', row.seeks, 1),
    {
      asked: 'tiles say only playing',
      measured: row.runs === 0 ? null : row.phases.join(', ') || 'playing',
      met: row.runs > 0 && row.phases.length === 0,
    },
  ];
}

/** Undefined when it was not there, or not all of it, at the end of the time watched. */
export function reachedMs({ ages }: Pick<ModeChange, 'ages'>, targetMs: number): number | undefined {
  const near = ages.map(({ byCamera }) =>
    Object.values(byCamera).every((ageMs) => ageMs !== null && Math.abs(ageMs - targetMs) <= NEAR_MS),
  );
  return near.at(-1) === true ? ages[near.lastIndexOf(false) + 1]?.atMs : undefined;
}

export function modeTable(row: ModeRow): Record<string, string | number> {
  return {
    mode: row.mode,
    browser: row.browser,
    target: row.targetMs,
    ...wallColumns(row),
    'frozen ms': row.frozenMs,
    fps: row.framesPerSecond ?? '–',
    'browser cores': row.browserCores ?? '–',
    runs: row.rounds,
  };
}

export function changeTable(row: ChangeRow): Record<string, string | number> {
  return {
    change: changeName(row),
    browser: row.browser,
    'there after ms': row.reachedMs?.p50 ?? '–',
    max: row.reachedMs?.max ?? '–',
    'longest gap ms': row.gapMs?.max ?? '–',
    seeks: row.seeks ?? '–',
    rebuilds: row.rebuilds ?? '–',
    'black looks': row.blackLooks ?? '–',
    looks: row.looks,
    'tiles also said': row.phases.join(', ') || '–',
    runs: row.runs,
  };
}

const changeName = ({ from, to }: Pick<ChangeRow, 'from' | 'to'>): string => `${from} to ${to}`;

/** Sentences below the tables: what was asked and whether it was met, what went wrong. */
export function notes({ rows, changes }: ModeRows): string[] {
  const problems = rows.flatMap(({ browser, problems }) => problems.map((text) => `${browser}, ${text}`));
  return [
    ...rows.flatMap((row) => row.checks.map((check) => checkText(check, `${row.mode}, ${row.browser}`))),
    ...changes.flatMap((row) =>
      row.checks.map((check) => checkText(check, `${changeName(row)}, ${row.browser}`)),
    ),
    ...new Set(problems),
  ];
}

/** Bars of what was measured; what was not has no bar. */
export function chart({ rows, changes }: ModeRows): string {
  const bars = <Row>(
    all: readonly Row[],
    label: (row: Row) => string,
    value: (row: Row) => number | null | undefined,
  ): Bar[] =>
    all.flatMap((row) => {
      const height = value(row);
      return typeof height === 'number' ? [{ label: label(row), value: height, ours: true }] : [];
    });
  const modeLabel = (row: ModeRow): string => `${row.mode}, ${row.browser}`;
  const changeLabel = (row: ChangeRow): string => `${changeName(row)}, ${row.browser}`;
  return barChart('Modes chosen by hand on the LAN', [
    {
      title: 'Age of the picture on screen, p50',
      unit: 'ms',
      bars: bars(rows, modeLabel, (row) => row.glassToGlassMs?.p50),
    },
    {
      title: 'Difference between tiles (skew), p95',
      unit: 'ms',
      bars: bars(rows, modeLabel, (row) => row.skewMs?.p95),
    },
    {
      title: 'Change of mode until all pictures are there, longest',
      unit: 'ms',
      bars: bars(changes, changeLabel, (row) => row.reachedMs?.max),
    },
  ]);
}
