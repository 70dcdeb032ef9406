/**
 * `npm run soak`: the wall for many minutes. Fails on a stall after the warm-up or when the page's heap grows.
 * Memory is judged by a straight line through the samples after the first quarter.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Command } from 'commander';
import { heapBytes, readMeter, resetMeter } from '../rig/browser.ts';
import { syntheticCameras } from '../rig/cameras.ts';
import { runCommand, type Scope, say, wholeNumber, withCleanup } from '../rig/cli.ts';
import { lineChart, round, table, writeChart, writeJson } from '../rig/output.ts';
import { beginProvenance } from '../rig/provenance.ts';
import { startWall, WARM_UP_MS } from '../rig/wall-run.ts';
import { tileFigures } from '../src/viewer/measure/metered-tile.ts';

const SAMPLE_MS = 10_000;
/** Limits of facts on long runs: a page that grows faster than this leaks. */
const MAX_HEAP_GROWTH_MIB_PER_MINUTE = 1;
const MAX_RELAY_GROWTH_MIB_PER_MINUTE = 0.5;
/** Shorter runs say nothing about growth: everything still fills. */
const MIN_MINUTES_FOR_GROWTH = 5;
const MIB = 2 ** 20;

interface SoakOptions {
  readonly minutes: number;
  readonly cameras: number;
  readonly targetMs: number;
  readonly json: string;
}

interface Sample {
  readonly minute: number;
  readonly heapMib: number;
  readonly browserMib: number;
  /** Heap and buffers in use after a collection: resident memory also moves with the collector's mood. */
  readonly relayMib: number;
  readonly stalls: number;
}

export function main(args: string[]): Promise<number> {
  const command = new Command('npm run soak --')
    .description('Plays the wall for a long time and fails on any stall or growing memory.')
    .option('--minutes <n>', 'how long', wholeNumber(1, 10_000), 10)
    .option('--cameras <n>', 'number of 640x360 cameras', wholeNumber(1, 16), 3)
    .option('--target-ms <n>', 'wall latency in ms', wholeNumber(150, 1000), 300)
    .option('--json <file>', 'where to write the figures; a picture goes beside it', 'dist/soak.json')
    .action((options: SoakOptions) => withCleanup((scope) => soak(options, scope)));
  return runCommand(command, args);
}

async function soak(options: SoakOptions, scope: Scope): Promise<void> {
  const provenance = await beginProvenance();
  const cameras = syntheticCameras(options.cameras);
  const rig = await startWall(
    {
      cameras,
      headless: true,
      mode: 'ultra-low',
      targetMs: options.targetMs,
      mediamtx: 'off',
      say,
      inspect: true,
    },
    scope,
  );
  const session = await rig.browser.context.newCDPSession(rig.wall);
  await session.send('Performance.enable');
  await sleep(WARM_UP_MS, undefined, { signal: scope.aborted });
  await resetMeter(rig.wall);
  const samples: Sample[] = [];
  const startMs = performance.now();
  for (let due = SAMPLE_MS; due <= options.minutes * 60_000; due += SAMPLE_MS) {
    await sleep(Math.max(0, startMs + due - performance.now()), undefined, { signal: scope.aborted });
    const report = await readMeter(rig.wall);
    const sample: Sample = {
      minute: round((performance.now() - startMs) / 60_000, 2),
      heapMib: round((await heapBytes(session)) / MIB, 2),
      browserMib: round(rig.browser.processes().reduce((sum, info) => sum + info.residentBytes, 0) / MIB),
      relayMib: round((await rig.relay.liveBytes()) / MIB, 2),
      stalls: report.tiles.reduce((sum, tile) => sum + tile.stalls, 0),
    };
    samples.push(sample);
    if (samples.length % 6 === 0) {
      say(
        `${sample.minute.toFixed(0)} of ${options.minutes} min: ${sample.stalls} stalls, page heap ${sample.heapMib} MiB, relay ${sample.relayMib} MiB`,
      );
    }
  }
  const report = await readMeter(rig.wall);
  const settled = samples.slice(Math.floor(samples.length / 4));
  const growth = {
    heapMibPerMinute: slope(settled, (sample) => sample.heapMib),
    browserMibPerMinute: slope(settled, (sample) => sample.browserMib),
    relayMibPerMinute: slope(settled, (sample) => sample.relayMib),
  };
  await writeJson(options.json, {
    minutes: options.minutes,
    ...provenance(),
    tiles: report.tiles.map(tileFigures),
    skewMs: report.skewMs,
    growth,
    samples,
  });
  const picture = await writeChart(options.json, memoryChart(samples));
  process.stdout.write(
    `${table(report.tiles.map((tile) => ({ camera: tile.camera, 'p50 ms': tile.glassToGlassMs?.p50 ?? '–', 'p95 ms': tile.glassToGlassMs?.p95 ?? '–', n: tile.glassToGlassMs?.n ?? 0, unread: tile.unreadable, stalls: tile.stalls, 'frozen ms': Math.round(tile.frozenMs), frames: tile.frames.total, dropped: tile.frames.dropped })))}\n`,
  );
  process.stdout.write(
    `skew p95 ${report.skewMs?.p95 ?? '–'} ms; growth per minute: page heap ${growth.heapMibPerMinute} MiB, browser ${growth.browserMibPerMinute} MiB, relay ${growth.relayMibPerMinute} MiB\n`,
  );
  say(`Wrote ${options.json} and ${picture}.`);
  judge(report.tiles, options.minutes >= MIN_MINUTES_FOR_GROWTH ? growth : undefined);
}

/** @throws Error naming what broke */
function judge(
  tiles: readonly { camera: string; stalls: number }[],
  growth: { heapMibPerMinute: number; relayMibPerMinute: number } | undefined,
): void {
  const problems = tiles
    .filter(({ stalls }) => stalls > 0)
    .map(({ camera, stalls }) => `${camera} stalled ${stalls} times`);
  if (growth !== undefined && growth.heapMibPerMinute > MAX_HEAP_GROWTH_MIB_PER_MINUTE) {
    problems.push(`the page's heap grows by ${growth.heapMibPerMinute} MiB a minute`);
  }
  if (growth !== undefined && growth.relayMibPerMinute > MAX_RELAY_GROWTH_MIB_PER_MINUTE) {
    problems.push(`the relay's memory grows by ${growth.relayMibPerMinute} MiB a minute`);
  }
  if (problems.length > 0) throw new Error(`The soak failed: ${problems.join('; ')}.`);
}

/** Least-squares slope over minutes. */
function slope(samples: readonly Sample[], value: (sample: Sample) => number): number {
  const n = Math.max(1, samples.length);
  const meanX = samples.reduce((sum, sample) => sum + sample.minute, 0) / n;
  const meanY = samples.reduce((sum, sample) => sum + value(sample), 0) / n;
  const covariance = samples.reduce(
    (sum, sample) => sum + (sample.minute - meanX) * (value(sample) - meanY),
    0,
  );
  const variance = samples.reduce((sum, sample) => sum + (sample.minute - meanX) ** 2, 0);
  return round(variance === 0 ? 0 : covariance / variance, 3);
}

function memoryChart(samples: readonly Sample[]): string {
  const series = (name: string, value: (sample: Sample) => number) => ({
    name,
    points: samples.map((sample) => ({ x: sample.minute, y: value(sample) })),
  });
  return lineChart('Memory over the soak', 'minutes', 'MiB', [
    series('page heap', (sample) => sample.heapMib),
    series('relay', (sample) => sample.relayMib),
  ]);
}
