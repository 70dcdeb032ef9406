/** From the runs of the suite `peers` to its rows, table, checks and picture. Pure: measuring is left to peers.ts. */
import type { FrameRecord } from '../rig/frame-times.ts';
import { type Bar, barChart, round } from '../rig/output.ts';
import type { MeasuredWall } from '../rig/wall-run.ts';
import type { MeterReport } from '../src/viewer/measure/meter.ts';
import { tileFigures } from '../src/viewer/measure/metered-tile.ts';
import { type Histogram, pool, type Summary } from '../src/viewer/measure/samples.ts';
import { type Check, checkText } from './checks.ts';
import { smoothness } from './smoothness.ts';
import { meanOf, missing, type WallFigures, wallFigures } from './wall-rows.ts';

/** With what each is set to, beyond its defaults. */
export const PEER_SYSTEMS = {
  lockstep: 'push, Ultra-Low',
  'lockstep-offset':
    'as lockstep, with the capture delay of the late camera in its configuration; the wall later by as much',
  'lockstep-whep': 'real-time tiles, Ultra-Low, with MediaMTX',
  'go2rtc-mse':
    'defaults; our page, which plays as many times as fast as it has seconds in the buffer, as theirs does',
  'go2rtc-webrtc': 'defaults, with candidates on loopback; our WHEP page',
  'mediamtx-webrtc': 'defaults; our WHEP page',
  'mediamtx-naive': 'defaults, which are low-latency HLS in parts of 200 ms; hls.js with its defaults',
  'mediamtx-plan':
    'the same playlists; hls.js with the profile that its network detection chooses, a SyncManager (first tile as master, each second, 0.5 s, rate 0.95 or 1.05), a freeze watch',
} as const;
export type PeerSystem = keyof typeof PEER_SYSTEMS;
export const PEER_NAMES = Object.keys(PEER_SYSTEMS) as PeerSystem[];

/** What is wrong meanwhile; the last camera is the victim. */
export const SCENARIOS = ['calm', 'slow', 'restart', 'busy'] as const;
export type Scenario = (typeof SCENARIOS)[number];

/** Only where a camera is late it has a delay to be told of. */
export const takesPart = (system: PeerSystem, scenario: Scenario): boolean =>
  system !== 'lockstep-offset' || scenario === 'slow';

export interface WallSpec {
  readonly tiles: number;
  /** Pictures a second of each camera. */
  readonly fps: number;
}

export const wallName = ({ tiles, fps }: WallSpec): string => `${tiles}@${fps}`;

/** One run of one system, or what went wrong before there was a figure. */
export interface PeerRun {
  readonly system: PeerSystem;
  readonly measured: MeasuredWall | undefined;
  /** Of any tile without a new picture. */
  readonly longestGapMs: number | undefined;
  /** What was seen up to the time from which a restarted camera is expected in step again. */
  readonly before: (Pick<MeterReport, 'skews'> & { readonly unreadable: number }) | undefined;
  /** Of the first tile's video on the screen, in CSS pixels. */
  readonly tileWidth: number | undefined;
  /** What the plan's client chose in the end; undefined of the others. */
  readonly profile: string | undefined;
  readonly problems: readonly string[];
}

/** Of the figures of each run by itself; null where no run had one. */
export interface Medians {
  readonly latencyP50Ms: number | null;
  readonly latencyP95Ms: number | null;
  readonly skewP50Ms: number | null;
  readonly skewP95Ms: number | null;
  /** Of the last quarter of the measured time; null of scenarios without a restart. */
  readonly skewAfterP95Ms: number | null;
  readonly browserCores: number | null;
  /** The server with all its processes. */
  readonly serverCores: number | null;
}

/** One row of the JSON in docs/measuring.md. */
export interface PeerRow extends WallFigures {
  readonly system: PeerSystem;
  readonly browser: 'chromium';
  readonly link: 'lan';
  readonly scenario: Scenario;
  readonly tiles: number;
  readonly fps: number;
  readonly targetMs: number | null;
  readonly settings: string;
  /** Of the last quarter of the measured time; null of scenarios without a restart. */
  readonly skewAfterMs: Summary | null;
  /** Looks of that time that saw no age: a tile that shows nothing has no skew. Null likewise. */
  readonly unreadableAfter: number | null;
  /** What is shown and judged: one bad round of three must not be all that is seen. */
  readonly medians: Medians;
  /** Longest time of any tile without a new picture, in all runs. */
  readonly longestGapMs: number | null;
  /** Mean of the runs, of the server with all its processes. */
  readonly serverCores: number | null;
  readonly tileWidth: number | null;
  /** What is asked of Lockstep, against the peers of the same run (peer-checks.ts); empty of them. */
  readonly checks: readonly Check[];
  readonly problems: readonly string[];
  /** Each run that was measured, with its tiles one by one. */
  readonly raw: readonly object[];
}

export interface PeerSetup extends WallSpec {
  readonly scenario: Scenario;
  readonly cameras: readonly string[];
  readonly targetMs: number;
  /** Of the last camera, in the scenario where it is late. */
  readonly lateMs: number;
}

/**
 * Rows of all systems that were in `runs`, in the order of the list.
 * @param runs of one scenario, in the order of their rounds
 */
export function toRows(setup: PeerSetup, runs: readonly PeerRun[]): PeerRow[] {
  return PEER_NAMES.filter((name) => runs.some(({ system }) => system === name)).map((system) =>
    toRow(system, setup, runs),
  );
}

function toRow(system: PeerSystem, setup: PeerSetup, runs: readonly PeerRun[]): PeerRow {
  const { cameras, scenario, tiles, fps, targetMs, lateMs } = setup;
  const own = runs.filter((run) => run.system === system);
  const walls = own.flatMap(({ measured }) => measured ?? []);
  const afters = own.flatMap(({ measured, before }) =>
    measured === undefined || before === undefined ? [] : [after(measured.report, before)],
  );
  const skewsAfter = afters.map(({ skews }) => skews);
  const gaps = own.flatMap(({ longestGapMs }) => longestGapMs ?? []);
  return {
    system,
    browser: 'chromium',
    link: 'lan',
    scenario,
    tiles,
    fps,
    targetMs: system === 'lockstep' ? targetMs : system === 'lockstep-offset' ? targetMs + lateMs : null,
    settings: PEER_SYSTEMS[system],
    ...wallFigures(cameras, walls),
    skewAfterMs: pool(skewsAfter) ?? null,
    unreadableAfter: afters.length === 0 ? null : afters.reduce((sum, { unreadable }) => sum + unreadable, 0),
    medians: medians(walls, skewsAfter),
    longestGapMs: gaps.length === 0 ? null : Math.max(...gaps),
    serverCores: meanOf(walls, (wall) => wall.relayTreeCores, 3),
    tileWidth: own.find((run) => run.tileWidth !== undefined)?.tileWidth ?? null,
    checks: [],
    problems: own.flatMap((run, index) =>
      [...run.problems, ...missing(run, cameras)].map((problem) => `round ${index + 1}: ${problem}`),
    ),
    raw: own.flatMap((run) => (run.measured === undefined ? [] : [rawRun(run, run.measured)])),
  };
}

function medians(walls: readonly MeasuredWall[], afters: readonly Histogram[]): Medians {
  const ages = walls.map(({ report }) => pool(report.tiles.map((tile) => tile.ages)));
  const skews = walls.map(({ report }) => pool([report.skews]));
  return {
    latencyP50Ms: median(ages.map((age) => age?.p50)),
    latencyP95Ms: median(ages.map((age) => age?.p95)),
    skewP50Ms: median(skews.map((skew) => skew?.p50)),
    skewP95Ms: median(skews.map((skew) => skew?.p95)),
    skewAfterP95Ms: median(afters.map((after) => pool([after])?.p95)),
    browserCores: median(
      walls.map((wall) => wall.browserCores),
      3,
    ),
    serverCores: median(
      walls.map((wall) => wall.relayTreeCores),
      3,
    ),
  };
}

/** By the nearest rank: of two the lower one. */
function median(values: readonly (number | undefined)[], digits = 1): number | null {
  const sorted = values.filter((value) => value !== undefined).toSorted((a, b) => a - b);
  const middle = sorted[Math.ceil(sorted.length / 2) - 1];
  return middle === undefined ? null : round(middle, digits);
}

function rawRun(run: PeerRun, measured: MeasuredWall): object {
  const { report, seconds, browserCores, relayTreeCores, host } = measured;
  return {
    seconds: round(seconds),
    glassToGlassMs: pool(report.tiles.map(({ ages }) => ages)) ?? null,
    skewMs: report.skewMs ?? null,
    longestGapMs: run.longestGapMs ?? null,
    ...(run.profile === undefined ? {} : { profile: run.profile }),
    browserCores: round(browserCores, 3),
    serverCores: round(relayTreeCores, 3),
    host,
    tiles: report.tiles.map(tileFigures),
  };
}

/** Of any of the cameras, between the two; one that never had a picture stood all the time. */
export function longestGap(
  frames: FrameRecord,
  cameras: readonly string[],
  beganMs: number,
  endedMs: number,
): number {
  return Math.max(
    ...cameras.map((camera) => smoothness(frames.cameras[camera], beganMs, endedMs).longestGapMs),
  );
}

type Seen = NonNullable<PeerRun['before']>;

function after({ skews, tiles }: MeterReport, before: Seen): Seen {
  return { skews: without(skews, before.skews), unreadable: unreadableOf(tiles) - before.unreadable };
}

export const unreadableOf = (tiles: MeterReport['tiles']): number =>
  tiles.reduce((sum, { unreadable }) => sum + unreadable, 0);

/** The samples of `all` that are not in `before`. */
function without(all: Histogram, before: Histogram): Histogram {
  const earlier = new Map(before);
  return all
    .map(([value, times]) => [value, times - (earlier.get(value) ?? 0)] as const)
    .filter(([, times]) => times > 0);
}

export function tableRow(row: PeerRow): Record<string, string | number> {
  return {
    wall: wallName(row),
    scenario: row.scenario,
    system: row.system,
    'latency p50': row.medians.latencyP50Ms ?? '–',
    p95: row.medians.latencyP95Ms ?? '–',
    worst: row.glassToGlassMs?.max ?? '–',
    n: row.glassToGlassMs?.n ?? 0,
    unread: row.unreadable,
    'skew p50': row.medians.skewP50Ms ?? '–',
    'skew p95': row.medians.skewP95Ms ?? '–',
    ...(row.scenario === 'restart'
      ? { 'p95 after': row.medians.skewAfterP95Ms ?? '–', 'unread after': row.unreadableAfter ?? '–' }
      : {}),
    'frozen ms': row.frozenMs,
    'longest gap': row.longestGapMs ?? '–',
    fps: row.framesPerSecond ?? '–',
    'browser cores': row.medians.browserCores ?? '–',
    'server cores': row.medians.serverCores ?? '–',
    'host busy': row.hostBusy ?? '–',
    'tile px': row.tileWidth ?? '–',
    runs: row.rounds,
  };
}

/** Sentences below the table: what each system was set to, what was asked and whether it was met, what went wrong. */
export function notes(rows: readonly PeerRow[]): string[] {
  const settings = new Map(rows.map((row) => [row.system, row.settings]));
  return [
    ...[...settings].map(([system, words]) => `${system}: ${words}`),
    ...rows.flatMap((row) =>
      row.checks.map((check) => checkText(check, `${wallName(row)} ${row.scenario}, ${row.system}`)),
    ),
    ...rows.flatMap((row) =>
      row.problems.map((problem) => `${wallName(row)} ${row.scenario}, ${row.system}, ${problem}`),
    ),
  ];
}

/** Bars of what was measured; what was not has no bar. */
export function chart(rows: readonly PeerRow[]): string {
  const several = new Set(rows.map(({ scenario }) => scenario)).size > 1;
  const bars = (value: (row: PeerRow) => number | null | undefined): Bar[] =>
    rows.flatMap((row) => {
      const height = value(row);
      const label = [row.system, wallName(row), ...(several ? [row.scenario] : [])].join(' ');
      return typeof height === 'number' ? [{ label, value: height }] : [];
    });
  return barChart('The same cameras, the same run: lower is better', [
    { title: 'Age of the picture on screen, p95', unit: 'ms', bars: bars((row) => row.medians.latencyP95Ms) },
    { title: 'Difference between tiles (skew), p95', unit: 'ms', bars: bars((row) => row.medians.skewP95Ms) },
    { title: 'Browser', unit: 'cores', bars: bars((row) => row.medians.browserCores) },
    { title: 'Server with its processes', unit: 'cores', bars: bars((row) => row.medians.serverCores) },
  ]);
}
