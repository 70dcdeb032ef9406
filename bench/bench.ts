/**
 * `npm run bench -- wall`: Lockstep against peers on the same cameras in the same run. Figures as JSON, table, picture.
 * Other suites stand in files of their own.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { Command } from 'commander';
import { moving, openWall } from '../rig/browser.ts';
import { syntheticCameras } from '../rig/cameras.ts';
import { runCommand, type Scope, say, wholeNumber, withCleanup } from '../rig/cli.ts';
import { type NaivePage, serveNaivePage } from '../rig/naive-page.ts';
import { barChart, type Machine, machine, round, table, writeChart, writeJson } from '../rig/output.ts';
import { type MeasuredWall, measureWall, startWall, WARM_UP_MS, type WallRig } from '../rig/wall-run.ts';
import type { Summary } from '../src/viewer/measure/samples.ts';
import { benchRungs } from './rungs.ts';

interface BenchOptions {
  readonly json?: string;
  readonly seconds: number;
  readonly rounds: number;
  readonly targetMs: number;
  readonly tiles: readonly number[];
}

/** One row of the JSON in docs/measuring.md. */
export interface BenchRow {
  readonly system: 'lockstep' | 'naive';
  readonly browser: 'chromium';
  readonly link: 'lan';
  readonly tiles: number;
  readonly mode: string;
  readonly targetMs: number | null;
  readonly glassToGlassMs: Summary;
  readonly skewMs: Summary;
  readonly stallsPerTileMinute: number;
  readonly droppedRatio: number;
  readonly browserCores: number;
  readonly relayCores: number;
}

export function main(args: string[]): Promise<number> {
  const command = new Command('npm run bench --')
    .description('Measures Lockstep beside its peers, interleaved on the same cameras.')
    .argument(
      '<suite>',
      'wall: the synchronised wall against plain hls.js; rungs: what changing the rung costs',
    )
    .option(
      '--json <file>',
      'where to write the figures, dist/bench-<suite>.json by default; a picture goes beside it',
    )
    .option('--seconds <n>', 'how long each run is measured', wholeNumber(5, 3600), 20)
    .option('--rounds <n>', 'how often the systems take turns', wholeNumber(1, 20), 2)
    .option('--target-ms <n>', 'wall latency of Lockstep', wholeNumber(150, 1000), 300)
    .option('--tiles <list>', 'numbers of tiles, as in 3,9', parseTiles, [3, 9])
    .action(async (suite: string, options: BenchOptions) => {
      const run = SUITES[suite];
      if (run === undefined)
        throw new Error(`Unknown suite "${suite}". Use: ${Object.keys(SUITES).join(', ')}.`);
      const json = options.json ?? `dist/bench-${suite}.json`;
      await withCleanup((scope) => run({ ...options, json }, scope));
    });
  return runCommand(command, args);
}

type Run = (options: BenchOptions & { readonly json: string }, scope: Scope) => Promise<void>;

const SUITES: Readonly<Record<string, Run>> = { wall: benchWall, rungs: benchRungs };

function parseTiles(text: string): number[] {
  return text.split(',').map(wholeNumber(1, 9));
}

async function benchWall(options: Parameters<Run>[0], scope: Scope): Promise<void> {
  const naive = await serveNaivePage();
  scope.defer(() => naive.stop());
  const rows: BenchRow[] = [];
  for (const tiles of options.tiles) {
    // Its own scope: one set of cameras must be gone before the next one is measured.
    rows.push(...(await withCleanup((inner) => benchTiles(tiles, options, naive, inner))));
  }
  await report(rows, options.json);
}

async function benchTiles(
  tiles: number,
  options: BenchOptions,
  naive: NaivePage,
  scope: Scope,
): Promise<BenchRow[]> {
  const cameras = syntheticCameras(tiles);
  const server = { hlsAccess: 'open', allowOrigins: [naive.origin] };
  const rig = await startWall(
    {
      cameras,
      headless: true,
      mode: 'ultra-low',
      targetMs: options.targetMs,
      engine: 'builtin',
      say,
      server,
    },
    scope,
  );
  const runs: Record<BenchRow['system'], MeasuredWall[]> = { lockstep: [], naive: [] };
  for (let turn = 1; turn <= options.rounds; turn += 1) {
    for (const system of ['lockstep', 'naive'] as const) {
      say(`${tiles} tiles, round ${turn} of ${options.rounds}: ${system} …`);
      runs[system].push(await measureOnce(rig, system, naive, cameras, options.seconds, scope));
    }
  }
  return (['lockstep', 'naive'] as const).map((system) => toRow(system, tiles, options, runs[system]));
}

async function measureOnce(
  rig: WallRig,
  system: BenchRow['system'],
  naive: NaivePage,
  cameras: readonly { readonly id: string }[],
  seconds: number,
  scope: Scope,
): Promise<MeasuredWall> {
  if (system === 'lockstep') {
    await openWall(rig.browser, cameras.length, rig.wall);
  } else {
    await rig.wall.goto(
      naive.url(
        rig.relay.url,
        cameras.map(({ id }) => id),
      ),
    );
    await moving(rig.wall, cameras.length);
  }
  await sleep(WARM_UP_MS, undefined, { signal: scope.aborted });
  const measured = await measureWall(rig, rig.wall, seconds, scope.aborted);
  await rig.wall.goto('about:blank');
  return measured;
}

function toRow(
  system: BenchRow['system'],
  tiles: number,
  options: BenchOptions,
  runs: readonly MeasuredWall[],
): BenchRow {
  const reports = runs.map(({ report }) => report);
  const tileReports = reports.flatMap((report) => report.tiles);
  const frames = tileReports.reduce((sum, tile) => sum + tile.frames.total, 0);
  const dropped = tileReports.reduce((sum, tile) => sum + tile.frames.dropped, 0);
  const stalls = tileReports.reduce((sum, tile) => sum + tile.stalls, 0);
  const minutes = (tileReports.length * options.seconds) / 60;
  return {
    system,
    browser: 'chromium',
    link: 'lan',
    tiles,
    mode: system === 'lockstep' ? 'ultra-low' : 'default',
    targetMs: system === 'lockstep' ? options.targetMs : null,
    glassToGlassMs: worst(
      `${system}, ${tiles} tiles: glass-to-glass`,
      tileReports.map((tile) => tile.glassToGlassMs),
    ),
    skewMs: worst(
      `${system}, ${tiles} tiles: skew`,
      reports.map((report) => report.skewMs),
    ),
    stallsPerTileMinute: round(stalls / minutes, 2),
    droppedRatio: round(dropped / Math.max(1, frames), 4),
    browserCores: round(mean(runs.map((run) => run.browserCores)), 2),
    relayCores: round(mean(runs.map((run) => run.relayCores)), 3),
  };
}

/** p50: the mean over tiles and rounds; p95 and max: the worst of them, so that no tile hides behind another. */
function worst(what: string, quantiles: readonly (Summary | undefined)[]): Summary {
  const known = quantiles.filter((entry) => entry !== undefined);
  if (known.length < quantiles.length || known.length === 0) {
    throw new Error(
      `Could not measure ${what}: ${quantiles.length - known.length} of ${quantiles.length} series have no sample.`,
    );
  }
  return {
    p50: round(mean(known.map(({ p50 }) => p50))),
    p95: round(Math.max(...known.map(({ p95 }) => p95))),
    max: round(Math.max(...known.map(({ max }) => max))),
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}

async function report(rows: readonly BenchRow[], file: string): Promise<void> {
  const result: { suite: string; machine: Machine; rows: readonly BenchRow[] } = {
    suite: 'wall',
    machine: machine(),
    rows,
  };
  await writeJson(file, result);
  process.stdout.write(`${table(rows.map(tableRow))}\n\n`);
  for (const tiles of new Set(rows.map((row) => row.tiles))) process.stdout.write(`${ratios(rows, tiles)}\n`);
  const picture = await writeChart(file, chart(rows));
  say(`Wrote ${file} and ${picture}.`);
}

function tableRow(row: BenchRow): Record<string, string | number> {
  return {
    system: row.system,
    tiles: row.tiles,
    'target ms': row.targetMs ?? '–',
    'latency p50': row.glassToGlassMs.p50,
    'latency p95': row.glassToGlassMs.p95,
    'skew p50': row.skewMs.p50,
    'skew p95': row.skewMs.p95,
    'stalls/tile/min': row.stallsPerTileMinute,
    dropped: row.droppedRatio,
    'browser cores': row.browserCores,
    'relay cores': row.relayCores,
    'relay cores/tile': round(row.relayCores / row.tiles, 4),
  };
}

/** Lockstep's share of the naive wall: below 1 is better. */
function ratios(rows: readonly BenchRow[], tiles: number): string {
  const ours = rows.find((row) => row.tiles === tiles && row.system === 'lockstep');
  const theirs = rows.find((row) => row.tiles === tiles && row.system === 'naive');
  if (ours === undefined || theirs === undefined) return '';
  const share = (mine: number, other: number): string => (mine / other).toFixed(2);
  return (
    `${tiles} tiles, lockstep / naive: latency p95 ${share(ours.glassToGlassMs.p95, theirs.glassToGlassMs.p95)}, ` +
    `skew p95 ${share(ours.skewMs.p95, theirs.skewMs.p95)}, browser CPU ${share(ours.browserCores, theirs.browserCores)}`
  );
}

function chart(rows: readonly BenchRow[]): string {
  const bars = (value: (row: BenchRow) => number) =>
    rows.map((row) => ({ label: `${row.system}, ${row.tiles} tiles`, value: value(row) }));
  return barChart('The same cameras, the same run: lower is better', [
    { title: 'Glass-to-glass latency, p95', unit: 'ms', bars: bars((row) => row.glassToGlassMs.p95) },
    { title: 'Difference between tiles (skew), p95', unit: 'ms', bars: bars((row) => row.skewMs.p95) },
    { title: 'Browser CPU', unit: 'cores', bars: bars((row) => row.browserCores) },
  ]);
}
