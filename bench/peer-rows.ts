/** From the runs of the suite `peers` to its rows, table, checks and picture. Pure: measuring is left to peers.ts. */
import type { FrameRecord } from '../rig/frame-times.ts';
import { type Bar, barChart, round } from '../rig/output.ts';
import type { MeasuredWall } from '../rig/wall-run.ts';
import { tileFigures } from '../src/viewer/measure/metered-tile.ts';
import { type Histogram, pool, type Summary } from '../src/viewer/measure/samples.ts';
import { type Check, checkText } from './checks.ts';
import { smoothness } from './smoothness.ts';
import { meanOf, missing, type WallFigures, wallFigures } from './wall-rows.ts';

/** With what each is set to, beyond its defaults. */
export const PEER_SYSTEMS = {
  lockstep: 'push, Ultra-Low',
  'lockstep-whep': 'real-time tiles, Ultra-Low, with MediaMTX',
  'go2rtc-mse':
    'defaults; our page, which plays as many times as fast as it has seconds in the buffer, as theirs does',
  'go2rtc-webrtc': 'defaults, with candidates on loopback; our WHEP page',
  'mediamtx-webrtc': 'defaults; our WHEP page',
  'mediamtx-naive': 'defaults, which are low-latency HLS in parts of 200 ms; hls.js with its defaults',
} as const;
export type PeerSystem = keyof typeof PEER_SYSTEMS;
export const PEER_NAMES = Object.keys(PEER_SYSTEMS) as PeerSystem[];

/** What is wrong meanwhile; the last camera is the victim. */
export const SCENARIOS = ['calm', 'slow', 'restart', 'busy'] as const;
export type Scenario = (typeof SCENARIOS)[number];

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
  readonly frames: FrameRecord | undefined;
  /** Between which pictures are judged, by the page's clock. */
  readonly beganMs: number;
  readonly endedMs: number;
  /** Skews up to the time from which a restarted camera is expected in step again. */
  readonly skewsBefore: Histogram | undefined;
  /** Of the first tile's video on the screen, in CSS pixels. */
  readonly tileWidth: number | undefined;
  readonly problems: readonly string[];
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
  /** Longest time of any tile without a new picture. */
  readonly longestGapMs: number | null;
  /** The server with all its processes. */
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
  const { cameras, scenario, tiles, fps, targetMs } = setup;
  const own = runs.filter((run) => run.system === system);
  const walls = own.flatMap(({ measured }) => measured ?? []);
  const afters = own.flatMap(({ measured, skewsBefore }) =>
    measured === undefined || skewsBefore === undefined ? [] : [without(measured.report.skews, skewsBefore)],
  );
  const gaps = own.flatMap((run) => longestGap(run, cameras) ?? []);
  return {
    system,
    browser: 'chromium',
    link: 'lan',
    scenario,
    tiles,
    fps,
    targetMs: system === 'lockstep' ? targetMs : null,
    settings: PEER_SYSTEMS[system],
    ...wallFigures(cameras, walls),
    skewAfterMs: pool(afters) ?? null,
    longestGapMs: gaps.length === 0 ? null : Math.max(...gaps),
    serverCores: meanOf(walls, (wall) => wall.relayTreeCores, 3),
    tileWidth: own.find((run) => run.tileWidth !== undefined)?.tileWidth ?? null,
    checks: [],
    problems: own.flatMap((run, index) =>
      [...run.problems, ...missing(run, cameras)].map((problem) => `round ${index + 1}: ${problem}`),
    ),
    raw: own.flatMap((run) => (run.measured === undefined ? [] : [rawRun(run, run.measured, cameras)])),
  };
}

function rawRun(run: PeerRun, measured: MeasuredWall, cameras: readonly string[]): object {
  const { report, seconds, browserCores, relayTreeCores, host } = measured;
  return {
    seconds: round(seconds),
    glassToGlassMs: pool(report.tiles.map(({ ages }) => ages)) ?? null,
    skewMs: report.skewMs ?? null,
    longestGapMs: longestGap(run, cameras) ?? null,
    browserCores: round(browserCores, 3),
    serverCores: round(relayTreeCores, 3),
    host,
    tiles: report.tiles.map(tileFigures),
  };
}

/** A tile that never had a picture stood all the time. */
function longestGap({ frames, beganMs, endedMs }: PeerRun, cameras: readonly string[]): number | undefined {
  if (frames === undefined) return undefined;
  return Math.max(
    ...cameras.map((camera) => smoothness(frames.cameras[camera], beganMs, endedMs).longestGapMs),
  );
}

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
    'latency p50': row.glassToGlassMs?.p50 ?? '–',
    p95: row.glassToGlassMs?.p95 ?? '–',
    worst: row.glassToGlassMs?.max ?? '–',
    n: row.glassToGlassMs?.n ?? 0,
    unread: row.unreadable,
    'skew p50': row.skewMs?.p50 ?? '–',
    'skew p95': row.skewMs?.p95 ?? '–',
    ...(row.scenario === 'restart' ? { 'p95 after': row.skewAfterMs?.p95 ?? '–' } : {}),
    'frozen ms': row.frozenMs,
    'longest gap': row.longestGapMs ?? '–',
    fps: row.framesPerSecond ?? '–',
    'browser cores': row.browserCores ?? '–',
    'server cores': row.serverCores ?? '–',
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
    ...rows.flatMap((row) => row.checks.map((check) => checkText(check, `${wallName(row)} ${row.scenario}`))),
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
    { title: 'Age of the picture on screen, p95', unit: 'ms', bars: bars((row) => row.glassToGlassMs?.p95) },
    { title: 'Difference between tiles (skew), p95', unit: 'ms', bars: bars((row) => row.skewMs?.p95) },
    { title: 'Browser', unit: 'cores', bars: bars((row) => row.browserCores) },
    { title: 'Server with its processes', unit: 'cores', bars: bars((row) => row.serverCores) },
  ]);
}
