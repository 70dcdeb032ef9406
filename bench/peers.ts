/**
 * `npm run bench -- peers`: Lockstep against go2rtc, MediaMTX and plain hls.js on the same live RTSP cameras, calm and in
 * trouble. Each run has its server and its browser to itself, and both are gone before the next one begins.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { moving, readMeter, setMeterWrap } from '../rig/browser.ts';
import { chosen, type Scope, say, withCleanup, words } from '../rig/cli.ts';
import { readFrames, recordFrames } from '../rig/frame-times.ts';
import { table, writeChart, writeJson } from '../rig/output.ts';
import { beginProvenance } from '../rig/provenance.ts';
import {
  type Measurable,
  type MeasuredWall,
  measureWall,
  realtimeTiles,
  WARM_UP_MS,
} from '../rig/wall-run.ts';
import type { Histogram } from '../src/viewer/measure/samples.ts';
import { type PeerCameras, startPeerCameras } from './peer-cameras.ts';
import { withChecks } from './peer-checks.ts';
import {
  chart,
  notes,
  PEER_NAMES,
  type PeerRow,
  type PeerRun,
  type PeerSystem,
  SCENARIOS,
  type Scenario,
  tableRow,
  toRows,
  type WallSpec,
  wallName,
} from './peer-rows.ts';
import { isThere, type Pages, START, servePages } from './peer-systems.ts';
import { turns } from './turns.ts';

/** Shares of the measured time: a camera goes; it is to be in step again. */
const RESTART_AT = 0.25;
const SETTLED_AT = 0.75;
/** How long it is gone. */
const RESTART_MS = 2_000;

export interface PeersBenchOptions {
  readonly json: string;
  readonly seconds: number;
  readonly rounds: number;
  readonly targetMs: number;
  readonly walls: readonly WallSpec[];
  /** None: all. */
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
  readonly cameras: PeerCameras;
}

export async function benchPeers(options: PeersBenchOptions, scope: Scope): Promise<void> {
  const scenarios = chosen(options.scenarios, SCENARIOS, 'scenario');
  const wanted = chosen(options.systems, PEER_NAMES, 'system');
  const systems = wanted.filter((system) => isThere(system));
  const provenance = await beginProvenance();
  const pages = await servePages(scope);
  const rows: PeerRow[] = [];
  for (const wall of options.walls) {
    for (const scenario of scenarios) {
      rows.push(
        ...(await withCleanup(async (inner) => {
          const cameras = await startPeerCameras(wall, scenario, inner);
          return benchStage({ options, pages, wall, scenario, cameras }, systems, inner);
        })),
      );
      // After each: a long bench that is interrupted must not have been in vain.
      await writeJson(options.json, { suite: 'peers', ...provenance(), rows });
      scope.aborted.throwIfAborted();
    }
  }
  process.stdout.write(`${table(rows.map(tableRow))}\n\n${notes(rows).join('\n')}\n`);
  const picture = await writeChart(options.json, chart(rows));
  say(`Wrote ${options.json} and ${picture}.`);
  if (rows.every((row) => row.glassToGlassMs === null)) throw new Error('Nothing could be measured.');
}

async function benchStage(stage: Stage, systems: readonly PeerSystem[], scope: Scope): Promise<PeerRow[]> {
  const { options, wall, scenario, cameras } = stage;
  const runs: PeerRun[] = [];
  for (const [index, order] of turns(systems, options.rounds).entries()) {
    for (const system of order) {
      say(`${wallName(wall)} ${scenario}, round ${index + 1} of ${options.rounds}: ${system} …`);
      runs.push(await withCleanup((inner) => measureOnce(stage, system, inner)));
      scope.aborted.throwIfAborted();
    }
  }
  return withChecks(toRows({ ...wall, scenario, cameras: cameras.ids, targetMs: options.targetMs }, runs));
}

/** A system that fails is a run that says so, never the end: the others are measured all the same. */
async function measureOnce(stage: Stage, system: PeerSystem, scope: Scope): Promise<PeerRun> {
  const { options, pages, cameras, scenario } = stage;
  const problems: string[] = [];
  const nothing = {
    measured: undefined,
    frames: undefined,
    beganMs: 0,
    endedMs: 0,
    skewsBefore: undefined,
    tileWidth: undefined,
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
      const file = `${options.json.replace(/\.json$/, '')}-${system}-${wallName(stage.wall)}.png`;
      await page.screenshot({ path: file });
    }
    return { system, ...run, tileWidth: await tileWidth(page), problems };
  } catch (error) {
    scope.aborted.throwIfAborted();
    return { system, ...nothing, problems: [...problems, `not measured: ${words(error)}`] };
  }
}

type Measured = Pick<PeerRun, 'frames' | 'beganMs' | 'endedMs' | 'skewsBefore'> & {
  readonly measured: MeasuredWall;
};

async function measure(stage: Stage, rig: Measurable, page: Page, scope: Scope): Promise<Measured> {
  const { seconds } = stage.options;
  const beganMs = await page.evaluate(() => performance.now());
  const [measured, skewsBefore] = await Promise.all([
    measureWall(rig, page, seconds, scope.aborted),
    stage.scenario === 'restart' ? restart(stage, page, scope) : undefined,
  ]);
  const frames = await readFrames(page);
  return { measured, frames, beganMs, endedMs: frames.endedMs, skewsBefore };
}

/** @returns the skews until the camera is to be in step again */
async function restart({ options, cameras }: Stage, page: Page, scope: Scope): Promise<Histogram> {
  const wait = (ms: number): Promise<void> => sleep(ms, undefined, { signal: scope.aborted });
  const wholeMs = options.seconds * 1000;
  await wait(RESTART_AT * wholeMs);
  await cameras.restart(() => wait(RESTART_MS));
  await wait((SETTLED_AT - RESTART_AT) * wholeMs - RESTART_MS);
  return (await readMeter(page)).skews;
}

/** Another program that wants a whole core. */
function startBusyLoop(scope: Scope): void {
  const child: ChildProcess = spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' });
  scope.defer(async () => {
    child.kill('SIGKILL');
  });
}

function tileWidth(page: Page): Promise<number | undefined> {
  return page.evaluate(() => {
    const video = document.querySelector('video');
    return video === null ? undefined : Math.round(video.getBoundingClientRect().width);
  });
}
