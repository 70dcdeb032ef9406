/** The links of suite `links`, what is asked of a wall on each, and its rows, table and picture. Pure. */
import type { LinkDirection } from '../rig/link-queue.ts';
import { type Bar, barChart, round } from '../rig/output.ts';
import type { MeasuredWall, WallStatus } from '../rig/wall-run.ts';
import { tileFigures } from '../src/viewer/measure/metered-tile.ts';
import { atMost, type Check, checkText } from './checks.ts';
import { missing, type WallFigures, wallFigures } from './wall-rows.ts';

export const LINK_SYSTEMS = ['lockstep', 'naive'] as const;
export type LinkSystem = (typeof LINK_SYSTEMS)[number];

export interface BenchLink {
  readonly name: string;
  readonly words: string;
  /** Alike in both directions; the rate holds towards the browser, as media go there. */
  readonly link: LinkDirection;
  readonly asked: (row: LinkRow) => readonly Check[];
}

/** Rates and delays that public profiles of mobile networks have; each delay is half of a round trip. */
export const BENCH_LINKS: readonly BenchLink[] = [
  {
    name: 'lan',
    words: 'loopback as it is',
    link: {},
    asked: (row) => [...smooth(row, 0, 0, 50), ...latency(row, 250), ...mode(row, ['ultra-low'])],
  },
  {
    name: 'wan-20m',
    words: '20 Mbit/s, 40 ms round trip, 10 ms jitter',
    link: { rateKbps: 20_000, delayMs: 20, jitterMs: 10 },
    asked: (row) => [...smooth(row, 0, 0, 50), ...latency(row, 500), ...mode(row, ['ultra-low'])],
  },
  {
    name: 'fast-3g',
    words: '1.44 Mbit/s, 150 ms round trip',
    link: { rateKbps: 1_440, delayMs: 75 },
    asked: (row) => [
      ...smooth(row, 0.1, 0.2, 70),
      ...latency(row, 1_000),
      ...mode(row, ['ultra-low', 'balanced']),
    ],
  },
  {
    name: 'slow-3g',
    words: '400 kbit/s, 400 ms round trip',
    link: { rateKbps: 400, delayMs: 200 },
    asked: (row) => [
      ...smooth(row, 0.5, 1, 100),
      ...latency(row, 4_000),
      ...mode(row, ['balanced', 'stable']),
    ],
  },
  {
    name: 'bursty',
    words: '20 Mbit/s, 40 ms; nothing for 5 s of each minute, then all at once',
    link: { rateKbps: 20_000, delayMs: 20, stall: { everyMs: 60_000, forMs: 5_000 } },
    asked: (row) => [...smooth(row, 1, 100, 70), ...mode(row, ['stable'])],
  },
  {
    name: 'steps',
    words: '10, 1 and again 10 Mbit/s, 20 s each, 40 ms round trip',
    link: {
      delayMs: 20,
      steps: Array.from({ length: 60 }, (_, index) => ({
        fromMs: index * 20_000,
        rateKbps: index % 2 === 0 ? 10_000 : 1_000,
      })),
    },
    asked: (row) => smooth(row, 0.2, 0.5, 70),
  },
];

/** One run of one system, or what went wrong before there was a figure. */
export interface LinkRun {
  readonly system: LinkSystem;
  readonly measured: MeasuredWall | undefined;
  /** What the wall said at the end; undefined of a peer. */
  readonly status: WallStatus | undefined;
  /** The targets it had, in order, each once. */
  readonly targetsMs: readonly number[];
  /** What came by the link in the time measured. */
  readonly downKbps: number | undefined;
  readonly problems: readonly string[];
}

/** One row of the JSON in docs/measuring.md. */
export interface LinkRow extends WallFigures {
  readonly system: LinkSystem;
  readonly browser: 'chromium';
  readonly link: string;
  readonly tiles: number;
  /** Frozen share of tiles × time, in percent. */
  readonly frozenPercent: number | null;
  /** The mode that Auto was in at the end of each run. */
  readonly modes: readonly string[];
  readonly targetsMs: readonly (readonly number[])[];
  readonly downKbps: number | null;
  /** Empty of peers. */
  readonly checks: readonly Check[];
  readonly problems: readonly string[];
  /** Each run that was measured, its tiles one by one. */
  readonly raw: readonly (readonly ReturnType<typeof tileFigures>[])[];
}

/** @param runs of this link, in the order of their rounds */
export function toRow(
  link: BenchLink,
  system: LinkSystem,
  cameras: readonly string[],
  runs: readonly LinkRun[],
): LinkRow {
  const own = runs.filter((run) => run.system === system);
  const walls = own.flatMap(({ measured }) => measured ?? []);
  const rates = own.flatMap(({ downKbps }) => downKbps ?? []);
  const figures = wallFigures(cameras, walls);
  const row: LinkRow = {
    system,
    browser: 'chromium',
    link: link.name,
    tiles: cameras.length,
    ...figures,
    frozenPercent: figures.tileMs === 0 ? null : round((100 * figures.frozenMs) / figures.tileMs),
    modes: own.flatMap(({ status }) => status?.effective ?? []),
    targetsMs: own.map(({ targetsMs }) => targetsMs),
    downKbps:
      rates.length === 0 ? null : Math.round(rates.reduce((sum, rate) => sum + rate, 0) / rates.length),
    checks: [],
    problems: own.flatMap((run, index) =>
      [...run.problems, ...missing(run, cameras)].map((problem) => `round ${index + 1}: ${problem}`),
    ),
    raw: walls.map(({ report }) => report.tiles.map(tileFigures)),
  };
  return system === 'lockstep' ? { ...row, checks: link.asked(row) } : row;
}

function smooth(row: LinkRow, stalls: number, frozenPercent: number, skewMs: number): Check[] {
  return [
    atMost('stalls a tile and minute', row.stallsPerTileMinute, stalls),
    atMost('frozen %', row.frozenPercent, frozenPercent),
    atMost('skew p95 ms', row.skewMs?.p95, skewMs),
  ];
}

function latency(row: LinkRow, ms: number): Check[] {
  return [atMost('latency p50 ms', row.glassToGlassMs?.p50, ms)];
}

function mode(row: LinkRow, wanted: readonly string[]): Check[] {
  return [
    {
      asked: `mode is ${wanted.join(' or ')}`,
      measured: row.modes.join(', '),
      met: row.modes.length > 0 && row.modes.every((name) => wanted.includes(name)),
    },
  ];
}

export function tableRow(row: LinkRow): Record<string, string | number> {
  return {
    link: row.link,
    system: row.system,
    'latency p50': row.glassToGlassMs?.p50 ?? '–',
    p95: row.glassToGlassMs?.p95 ?? '–',
    n: row.glassToGlassMs?.n ?? 0,
    unread: row.unreadable,
    'skew p95': row.skewMs?.p95 ?? '–',
    'skew n': row.skewMs?.n ?? 0,
    'stalls/tile/min': row.stallsPerTileMinute ?? '–',
    'frozen %': row.frozenPercent ?? '–',
    fps: row.framesPerSecond ?? '–',
    mode: row.modes.join(', ') || '–',
    'target last': row.targetsMs.map((targets) => targets.at(-1) ?? '–').join(', ') || '–',
    'kbit/s': row.downKbps ?? '–',
    'browser cores': row.browserCores ?? '–',
    runs: row.rounds,
  };
}

/** Sentences below the table: what each link is, what was asked and whether it was met, what went wrong. */
export function notes(rows: readonly LinkRow[]): string[] {
  const used = new Set(rows.map(({ link }) => link));
  return [
    ...BENCH_LINKS.filter(({ name }) => used.has(name)).map(({ name, words }) => `${name}: ${words}`),
    ...rows.flatMap((row) => row.checks.map((check) => checkText(check, row.link))),
    ...rows.flatMap((row) => row.problems.map((problem) => `${row.link}, ${row.system}, ${problem}`)),
  ];
}

/** Bars of what was measured; what was not has no bar. */
export function chart(rows: readonly LinkRow[]): string {
  const bars = (value: (row: LinkRow) => number | null | undefined): Bar[] =>
    rows.flatMap((row) => {
      const height = value(row);
      return typeof height === 'number' ? [{ label: `${row.link} ${row.system}`, value: height }] : [];
    });
  return barChart('The same cameras over the same link: lower is better', [
    { title: 'Age of the picture on screen, p50', unit: 'ms', bars: bars((row) => row.glassToGlassMs?.p50) },
    { title: 'Difference between tiles (skew), p95', unit: 'ms', bars: bars((row) => row.skewMs?.p95) },
    { title: 'Share of the time that tiles stood', unit: '%', bars: bars((row) => row.frozenPercent) },
  ]);
}
