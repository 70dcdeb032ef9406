/**
 * `npm run bench -- peers`: Lockstep against go2rtc, MediaMTX and plain hls.js on the same live RTSP cameras, calm and in
 * trouble. Each run has its server and its browser to itself, and both are gone before the next one begins. Cut off and
 * run again, it goes on where it was.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { moving, readMeter, setMeterWrap } from '../rig/browser.ts';
import { chosen, type Scope, say, withCleanup, words } from '../rig/cli.ts';
import { readFrames, recordFrames } from '../rig/frame-times.ts';
import { table, writeChart, writeJson } from '../rig/output.ts';
import { beginProvenance, commitNow } from '../rig/provenance.ts';
import { type Measurable, type MeasuredWall, measureWall, realtimeTiles } from '../rig/wall-run.ts';
import { KeptRuns } from './kept-runs.ts';
import { LATE_MS, type PeerCameras, startPeerCameras } from './peer-cameras.ts';
import { withChecks } from './peer-checks.ts';
import {
  chart,
  longestGap,
  notes,
  PEER_NAMES,
  type PeerRow,
  type PeerRun,
  type PeerSystem,
  SCENARIOS,
  type Scenario,
  tableRow,
  takesPart,
  toRows,
  unreadableOf,
  type WallSpec,
  wallName,
} from './peer-rows.ts';
import { isThere, type Pages, START, servePages } from './peer-systems.ts';
import { turns } from './turns.ts';

/**
 * How long each run is measured: three rounds of seven systems with three walls and three kinds of trouble are 129 runs,
 * which are to be done in three quarters of an hour. A run takes 5 s to begin and to end, and the time to warm up: all
 * systems hold their distance by then, or never. A restarted camera wants some more: 6 s to be back and in step.
 */
const SECONDS: Readonly<Record<Scenario, number>> = { calm: 8, slow: 7, restart: 16, busy: 7 };
const WARM_UP_MS = 6_000;
/** Shares of the measured time: a camera goes; it is to be in step again. */
const RESTART_AT = 0.25;
const SETTLED_AT = 0.75;
/** How long it is gone. */
const RESTART_MS = 2_000;

export interface PeersBenchOptions {
  readonly json: string;
  /** Default: {@link SECONDS}. */
  readonly seconds?: number;
  readonly rounds: number;
  readonly targetMs: number;
  readonly walls: readonly WallSpec[];
  /** None: all. Those with trouble are measured with the first wall alone. */
  readonly scenarios: readonly string[];
  /** None: all. */
  readonly systems: readonly string[];
  /** A picture of each system's page beside the JSON. */
  readonly screenshots: boolean;
}

/** What all runs of one wall in one scenario share. */
interface Stage {
  readonly options: PeersBenchOptions;
  readonly pages: Pages;
  readonly wall: WallSpec;
  readonly scenario: Scenario;
  readonly seconds: number;
  readonly cameras: PeerCameras;
  readonly kept: KeptRuns<PeerRun>;
}

export async function benchPeers(options: PeersBenchOptions, scope: Scope): Promise<void> {
  const scenarios = chosen(options.scenarios, SCENARIOS, 'scenario');
  const wanted = chosen(options.systems, PEER_NAMES, 'system');
  const systems = wanted.filter((system) => isThere(system));
  const provenance = await beginProvenance();
  const pages = await servePages(scope);
  const kept = await openKept(options);
  const rows: PeerRow[] = [];
  for (const { wall, scenario } of stages(options.walls, scenarios)) {
    rows.push(
      ...(await withCleanup(async (inner) => {
        const cameras = await startPeerCameras(wall, scenario, inner);
        const seconds = options.seconds ?? SECONDS[scenario];
        return benchStage({ options, pages, wall, scenario, seconds, cameras, kept }, systems, inner);
      })),
    );
    await writeJson(options.json, { suite: 'peers', ...provenance(), rows });
    scope.aborted.throwIfAborted();
  }
  process.stdout.write(`${table(rows.map(tableRow))}\n\n${notes(rows).join('\n')}\n`);
  const picture = await writeChart(options.json, chart(rows));
  say(`Wrote ${options.json} and ${picture}.`);
  await kept.forget();
  if (rows.every((row) => row.glassToGlassMs === null)) throw new Error('Nothing could be measured.');
}

/** Calm with each wall; trouble with the first one, where the host has room for it. */
function stages(
  walls: readonly WallSpec[],
  scenarios: readonly Scenario[],
): { readonly wall: WallSpec; readonly scenario: Scenario }[] {
  return scenarios.flatMap((scenario) =>
    (scenario === 'calm' ? walls : walls.slice(0, 1)).map((wall) => ({ wall, scenario })),
  );
}

/** Of this commit alone: what else changed since, nobody can say. */
async function openKept({ json, seconds = 0, targetMs }: PeersBenchOptions): Promise<KeptRuns<PeerRun>> {
  const commit = commitNow();
  const of = /^[0-9a-f]+$/.test(commit) ? { commit, seconds, SECONDS, targetMs } : undefined;
  const kept = await KeptRuns.open<PeerRun>(`${json.replace(/\.json$/, '')}.runs.jsonl`, of);
  if (kept.size > 0) say(`Goes on after ${kept.size} runs that were measured already.`);
  return kept;
}

async function benchStage(stage: Stage, systems: readonly PeerSystem[], scope: Scope): Promise<PeerRow[]> {
  const { options, wall, scenario, cameras, kept } = stage;
  const runs: PeerRun[] = [];
  const own = systems.filter((system) => takesPart(system, scenario));
  for (const [index, order] of turns(own, options.rounds).entries()) {
    for (const system of order) {
      const name = `${wallName(wall)} ${scenario}, round ${index + 1}: ${system}`;
      const before = kept.find(name);
      if (before !== undefined) {
        runs.push(before);
        continue;
      }
      say(`${name} …`);
      const run = await withCleanup((inner) => measureOnce(stage, system, inner));
      scope.aborted.throwIfAborted();
      await kept.keep(name, run);
      runs.push(run);
    }
  }
  const { targetMs } = options;
  return withChecks(toRows({ ...wall, scenario, cameras: cameras.ids, targetMs, lateMs: LATE_MS }, runs));
}

/** A system that fails is a run that says so, never the end: the others are measured all the same. */
async function measureOnce(stage: Stage, system: PeerSystem, scope: Scope): Promise<PeerRun> {
  const { options, pages, cameras, scenario } = stage;
  const problems: string[] = [];
  const nothing = {
    measured: undefined,
    longestGapMs: undefined,
    before: undefined,
    tileWidth: undefined,
    profile: undefined,
  };
  try {
    const { address, ...rig } = await START[system]({ pages, cameras, targetMs: options.targetMs }, scope);
    const page = await rig.browser.context.newPage();
    await page.goto(address);
    // Measured all the same: a tile that does not move is what the meter is for.
    await moving(page, cameras.ids.length).catch((error: unknown) => problems.push(words(error)));
    // What else the browser opened, as the settings of an extension without a relay, must neither cost nor cover it.
    for (const other of rig.browser.context.pages()) if (other !== page) await other.close();
    await page.bringToFront();
    await setMeterWrap(page, cameras.wrapMs);
    await recordFrames(page);
    if (scenario === 'busy') startBusyLoop(scope);
    await sleep(WARM_UP_MS, undefined, { signal: scope.aborted });
    if (system === 'lockstep-whep') {
      const tiles = await realtimeTiles(page);
      if (tiles < cameras.ids.length) problems.push(`only ${tiles} tiles were real-time`);
    }
    const run = await measure(stage, rig, page, scope);
    if (options.screenshots) {
      const file = `${options.json.replace(/\.json$/, '')}-${system}-${wallName(stage.wall)}-${scenario}.png`;
      await page.screenshot({ path: file });
    }
    return { system, ...run, ...(await seen(page)), problems };
  } catch (error) {
    scope.aborted.throwIfAborted();
    return { system, ...nothing, problems: [...problems, `not measured: ${words(error)}`] };
  }
}

type Measured = Pick<PeerRun, 'longestGapMs' | 'before'> & { readonly measured: MeasuredWall };

async function measure(stage: Stage, rig: Measurable, page: Page, scope: Scope): Promise<Measured> {
  const { seconds } = stage;
  const beganMs = await page.evaluate(() => performance.now());
  const [measured, before] = await Promise.all([
    measureWall(rig, page, seconds, scope.aborted),
    stage.scenario === 'restart' ? restart(stage, page, scope) : undefined,
  ]);
  const frames = await readFrames(page);
  return {
    measured,
    longestGapMs: longestGap(frames, stage.cameras.ids, beganMs, frames.endedMs),
    before,
  };
}

/** @returns what was seen until the camera is to be in step again */
async function restart(
  { cameras, seconds }: Stage,
  page: Page,
  scope: Scope,
): Promise<NonNullable<PeerRun['before']>> {
  const wait = (ms: number): Promise<void> => sleep(ms, undefined, { signal: scope.aborted });
  const wholeMs = seconds * 1000;
  await wait(RESTART_AT * wholeMs);
  await cameras.restart(() => wait(RESTART_MS));
  await wait((SETTLED_AT - RESTART_AT) * wholeMs - RESTART_MS);
  const { skews, tiles } = await readMeter(page);
  return { skews, unreadable: unreadableOf(tiles) };
}

/** Another program that wants a whole core. */
function startBusyLoop(scope: Scope): void {
  const child: ChildProcess = spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' });
  scope.defer(async () => {
    child.kill('SIGKILL');
  });
}

function seen(page: Page): Promise<Pick<PeerRun, 'tileWidth' | 'profile'>> {
  return page.evaluate(() => {
    const video = document.querySelector('video');
    return {
      tileWidth: video === null ? undefined : Math.round(video.getBoundingClientRect().width),
      profile: document.body.dataset.profile,
    };
  });
}
