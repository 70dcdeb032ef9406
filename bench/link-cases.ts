/** The links of suite `links`, and what is asked of a wall on each. */
import { CAMERA_CLIPS } from '../rig/camera-clips.ts';
import type { LinkDirection } from '../rig/link-queue.ts';
import type { LossyLinkSpec } from '../rig/lossy-link.ts';
import { traceLink } from '../rig/trace.ts';
import type { BrowserName } from '../rig/wall-browser.ts';
import type { tileFigures } from '../src/viewer/measure/metered-tile.ts';
import { atLeast, atMost, type Check, skewLimit } from './checks.ts';
import type { WallFigures } from './wall-rows.ts';

/** The wall, and the pages of its peers on the relay's playlists. */
export const LINK_SYSTEMS = ['lockstep', 'naive', 'plan'] as const;
export type LinkSystem = (typeof LINK_SYSTEMS)[number];

/** One row of the JSON in docs/measuring.md. */
export interface LinkRow extends WallFigures {
  readonly system: LinkSystem;
  readonly browser: BrowserName;
  readonly link: string;
  readonly tiles: number;
  /** Frozen share of tiles × time, in percent. */
  readonly frozenPercent: number | null;
  /** The mode that Auto was in at the end of each run; none of peers. */
  readonly modes: readonly string[];
  readonly targetsMs: readonly (readonly number[])[];
  readonly downKbps: number | null;
  /** Of what the link carried while that was less than the wall would like, in percent; null where it never was. */
  readonly usedPercent: number | null;
  /** Empty of peers. */
  readonly checks: readonly Check[];
  readonly problems: readonly string[];
  /** Each run that was measured, its tiles one by one. */
  readonly raw: readonly (readonly ReturnType<typeof tileFigures>[])[];
}

export interface BenchLink {
  readonly name: string;
  readonly words: string;
  /** Alike in both directions; the rate holds towards the browser, as media go there. */
  readonly link: LinkDirection;
  /** In place of it, a link that loses packets, where the host allows one. */
  readonly lossy?: LossyLinkSpec;
  readonly tiles: number;
  /** The camera whose tile is enlarged, of our wall; none without it. */
  readonly enlarged?: string;
  /** The wall would like more than it carries while that is less. */
  readonly fullBelowKbps?: number;
  readonly asked: (row: LinkRow) => readonly Check[];
}

/** Three tiles of a window 1280 wide would like 360p each. */
const WISH_KBPS = 3 * CAMERA_CLIPS['360p'].bitrateKbps;

/** Rates and delays that public profiles of mobile networks have; each delay is half of a round trip. */
export const BENCH_LINKS: readonly BenchLink[] = [
  {
    name: 'lan',
    words: 'loopback as it is',
    tiles: 3,
    link: {},
    asked: (row) => [...smooth(row, 0, 0, 50), ...latency(row, 250), ...mode(row, ['ultra-low'])],
  },
  {
    name: 'wan-20m',
    words: '20 Mbit/s, 40 ms round trip, 10 ms jitter',
    tiles: 3,
    link: { rateKbps: 20_000, delayMs: 20, jitterMs: 10 },
    asked: (row) => [...smooth(row, 0, 0, 50), ...latency(row, 500), ...mode(row, ['ultra-low'])],
  },
  {
    name: 'wan-20m-loss',
    words: '20 Mbit/s, 40 ms round trip, 1 % of the packets lost each way',
    tiles: 3,
    link: {},
    lossy: { rateKbps: 20_000, delayMs: 20, lossPercent: 1 },
    asked: (row) => [...smooth(row, 0.2, 0.2, 60), ...latency(row, 1_000)],
  },
  {
    name: 'fast-3g',
    words: '1.44 Mbit/s, 150 ms round trip',
    tiles: 3,
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
    tiles: 3,
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
    tiles: 3,
    link: { rateKbps: 20_000, delayMs: 20, stall: { everyMs: 60_000, forMs: 5_000 } },
    asked: (row) => [...smooth(row, 1, 100, 70), ...mode(row, ['stable'])],
  },
  {
    name: 'steps',
    words: '10, 1 and again 10 Mbit/s, 20 s each, 40 ms round trip',
    tiles: 3,
    link: {
      delayMs: 20,
      steps: [
        { fromMs: 0, rateKbps: 10_000 },
        { fromMs: 20_000, rateKbps: 1_000 },
      ],
      stepsEveryMs: 40_000,
    },
    fullBelowKbps: WISH_KBPS,
    asked: (row) => [...smooth(row, 0.2, 0.5, 70), ...used(row)],
  },
  {
    name: 'trace-lte',
    words: 'a minute of an LTE link, 0.3 to 5 Mbit/s, again and again; 60 ms round trip',
    tiles: 3,
    link: { delayMs: 30, ...traceLink('lte') },
    fullBelowKbps: WISH_KBPS,
    asked: (row) => [...smooth(row, 0.2, 0.5, 70), ...used(row)],
  },
  {
    name: 'trace-bus',
    words: 'a minute of an LTE link in a moving bus, 0.1 to 17 Mbit/s, again and again; 60 ms round trip',
    tiles: 3,
    link: { delayMs: 30, ...traceLink('bus') },
    fullBelowKbps: WISH_KBPS,
    asked: (row) => [...smooth(row, 0.2, 0.5, 70), ...used(row)],
  },
  {
    name: 'nine-3m',
    words: '3 Mbit/s, 40 ms round trip, nine tiles, one of them enlarged',
    tiles: 9,
    link: { rateKbps: 3_000, delayMs: 20 },
    enlarged: 'cam1',
    asked: (row) => [...smooth(row, 0.2, 0.5, 70), ...aboveOthers(row, 'cam1')],
  },
];

function smooth(row: LinkRow, stalls: number, frozenPercent: number, skewMs: number): Check[] {
  return [
    atMost('stalls a tile and minute', row.stallsPerTileMinute, stalls),
    atMost('frozen %', row.frozenPercent, frozenPercent),
    atMost('skew p95 ms', row.skewMs?.p95, skewLimit(row.browser, skewMs)),
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

function used(row: LinkRow): Check[] {
  return [atLeast('used % of the link when full', row.usedPercent, 75)];
}

/** At the end of each run. */
function aboveOthers(row: LinkRow, camera: string): Check[] {
  const lines = (size: string | undefined): number => Number(size?.split('x')[1] ?? 0);
  const runs = row.raw.map((tiles) => ({
    own: Math.max(0, ...tiles.filter((tile) => tile.camera === camera).map(({ size }) => lines(size))),
    others: Math.max(0, ...tiles.filter((tile) => tile.camera !== camera).map(({ size }) => lines(size))),
  }));
  return [
    {
      asked: 'the enlarged tile has more lines than the others',
      measured: runs.map(({ own, others }) => `${own} and ${others}`).join(', ') || null,
      met: runs.length > 0 && runs.every(({ own, others }) => own > others),
    },
  ];
}
