/** `npm run bench -- rungs`: what a change of the rung costs, with MediaMTX beside it and without: gap in the picture, skew before and after. */
import { setTimeout as sleep } from 'node:timers/promises';
import { readMeter, resetMeter } from '../rig/browser.ts';
import { syntheticCameras } from '../rig/cameras.ts';
import { type Scope, say, withCleanup } from '../rig/cli.ts';
import { barChart, table, writeChart, writeJson } from '../rig/output.ts';
import { beginProvenance } from '../rig/provenance.ts';
import { type SwitchedTile, switchRungs } from '../rig/rung-switch.ts';
import { startWall, WARM_UP_MS, type WallRig } from '../rig/wall-run.ts';
import { type Histogram, pool, type Summary, summarise } from '../src/viewer/measure/samples.ts';
import type { RungRow } from './rung-rows.ts';

export interface RungBenchOptions {
  readonly json: string;
  readonly rounds: number;
  readonly targetMs: number;
}

const TILES = 3;
/** The wall's skew must be what it was by then. */
const RECOVER_MS = 3_000;
const SKEW_FOR_MS = 4_000;

export async function benchRungs({ json, rounds, targetMs }: RungBenchOptions, scope: Scope): Promise<void> {
  const provenance = await beginProvenance();
  const rows: RungRow[] = [];
  for (const mediamtx of ['off', 'on'] as const) {
    say(`MediaMTX ${mediamtx}: every tile changes its rung ${2 * rounds} times …`);
    rows.push(await withCleanup((inner) => benchOne(mediamtx, rounds, targetMs, inner)));
    scope.aborted.throwIfAborted();
  }
  await writeJson(json, { suite: 'rungs', ...provenance(), rows });
  process.stdout.write(
    `${table(
      rows.map((row) => ({
        mediamtx: row.mediamtx,
        switches: row.switches,
        'new size after p50 ms': row.switchedMs.p50,
        'max ms': row.switchedMs.max,
        'gap p50 ms': row.gapMs.p50,
        'gap max ms': row.gapMs.max,
        'skew p95 before ms': row.skewBeforeMs.p95,
        'after ms': row.skewAfterMs.p95,
        stalls: row.stallsAfter,
      })),
    )}\n`,
  );
  for (const { mediamtx, problems } of rows)
    for (const problem of problems) say(`MediaMTX ${mediamtx}, ${problem}`);
  const bars = (value: (row: RungRow) => number, suffix = '') =>
    rows.map((row) => ({ label: `lockstep, MediaMTX ${row.mediamtx}${suffix}`, value: value(row) }));
  const picture = await writeChart(
    json,
    barChart('What a change of the rung costs', [
      { title: 'Longest gap between two pictures', unit: 'ms', bars: bars(({ gapMs }) => gapMs.max) },
      {
        title: 'Skew of the wall, p95',
        unit: 'ms',
        bars: [
          ...bars(({ skewBeforeMs }) => skewBeforeMs.p95, ', before'),
          ...bars(({ skewAfterMs }) => skewAfterMs.p95, ', after'),
        ],
      },
    ]),
  );
  say(`Wrote ${json} and ${picture}.`);
}

async function benchOne(
  mediamtx: 'on' | 'off',
  rounds: number,
  targetMs: number,
  scope: Scope,
): Promise<RungRow> {
  const cameras = syntheticCameras(TILES).map((camera) => ({ ...camera, rungs: ['640x360', '320x180'] }));
  const rig = await startWall({ cameras, headless: true, mode: 'ultra-low', targetMs, mediamtx, say }, scope);
  await sleep(WARM_UP_MS, undefined, { signal: scope.aborted });
  const before = await skewOf(rig, scope);
  const switched: SwitchedTile[] = [];
  const after: Skew[] = [];
  const problems: string[] = [];
  for (let turn = 0; turn < 2 * rounds; turn += 1) {
    try {
      switched.push(...(await switchRungs(rig.wall, turn % 2 === 0 ? 'small' : 'large')));
    } catch (error) {
      scope.aborted.throwIfAborted();
      problems.push(
        `change ${turn + 1}: ${(error instanceof Error ? error.message : String(error)).split('\n')[0]}`,
      );
    }
    await sleep(RECOVER_MS, undefined, { signal: scope.aborted });
    after.push(await skewOf(rig, scope));
  }
  return {
    mediamtx,
    switches: switched.length,
    switchedMs: summary(switched.map(({ switchedMs }) => switchedMs)),
    gapMs: summary(switched.map(({ gapMs }) => gapMs)),
    skewBeforeMs: skewSummary([before]),
    skewAfterMs: skewSummary(after),
    stallsAfter: after.reduce((sum, { stalls }) => sum + stalls, 0),
    frozenAfterMs: Math.round(after.reduce((sum, { frozenMs }) => sum + frozenMs, 0)),
    problems,
  };
}

interface Skew {
  readonly skews: Histogram;
  readonly stalls: number;
  readonly frozenMs: number;
}

async function skewOf({ wall }: WallRig, scope: Scope): Promise<Skew> {
  await resetMeter(wall);
  await sleep(SKEW_FOR_MS, undefined, { signal: scope.aborted });
  const { skews, tiles } = await readMeter(wall);
  return {
    skews,
    stalls: tiles.reduce((sum, tile) => sum + tile.stalls, 0),
    frozenMs: tiles.reduce((sum, tile) => sum + tile.frozenMs, 0),
  };
}

/** @throws Error when no look could read two tiles */
function skewSummary(looks: readonly Skew[]): Summary {
  const result = pool(looks.map(({ skews }) => skews));
  if (result === undefined) throw new Error('Could not measure: the clock strips were not readable.');
  return result;
}

/** @throws Error when there is no value */
function summary(values: readonly number[]): Summary {
  const result = summarise(values);
  if (result === undefined) throw new Error('No tile changed its rung.');
  return result;
}
