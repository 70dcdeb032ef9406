/**
 * `npm run bench -- cameras`: walls of a house with one 4K camera, on one small host: does anything stand, at what rate
 * do pictures come, and what does the relay cost. Cameras over RTSP send prepared clips.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { moving, type RigBrowser, setMeterWrap } from '../rig/browser.ts';
import { CAMERA_CLIPS } from '../rig/camera-clips.ts';
import { type SyntheticCamera, syntheticCameras } from '../rig/cameras.ts';
import { chosen, type Scope, say, withCleanup, words } from '../rig/cli.ts';
import type { ClipSpec } from '../rig/clips.ts';
import { readFrames, recordFrames } from '../rig/frame-times.ts';
import { recordOpenings } from '../rig/opening.ts';
import { table, writeChart, writeJson } from '../rig/output.ts';
import { type ScriptPage, servePage } from '../rig/page.ts';
import { ProcessWatch } from '../rig/process-watch.ts';
import { CpuMeter, processTree } from '../rig/processes.ts';
import { beginProvenance } from '../rig/provenance.ts';
import { type ClipServer, serveClips } from '../rig/rtsp-clips.ts';
import { enlarge } from '../rig/rung-switch.ts';
import { tileWords } from '../rig/tile-words.ts';
import {
  type MeasuredWall,
  measureWall,
  startPairedBrowser,
  type WallParts,
  wallStatus,
} from '../rig/wall-run.ts';
import { CAMERA_CASES, type CameraCase, type ClipCameraSpec } from './camera-cases.ts';
import {
  type CameraRow,
  type CameraRun,
  type CameraSystem,
  chart,
  type EnlargedRun,
  notes,
  type SourceWords,
  tableRows,
  toRow,
  wasMeasured,
} from './camera-rows.ts';
import { measureStarts } from './camera-starts.ts';
import { demoCameras } from './demo.ts';
import { measureOpenings } from './opening.ts';

/** From a wall that moves to the first figure. */
const SETTLE_MS = 10_000;
/** How long the wall is measured after a tile was enlarged. */
const ENLARGED_SECONDS = 8;
const LOOK_MS = 500;
/** Of all cameras of a wall whose opening is measured. */
const LIVE_WITHIN_MS = 45_000;

export interface CamerasBenchOptions {
  readonly json: string;
  readonly seconds: number;
  readonly cases: readonly string[];
  readonly systems: readonly CameraSystem[];
}

export async function benchCameras(options: CamerasBenchOptions, scope: Scope): Promise<void> {
  const known = CAMERA_CASES.map(({ name }) => name);
  const names = chosen(options.cases, known, 'case');
  const cases = CAMERA_CASES.filter(({ name }) => names.includes(name));
  const provenance = await beginProvenance();
  const naive = await servePage('bench/peers/naive.ts');
  scope.defer(() => naive.stop());
  const rows: CameraRow[] = [];
  for (const spec of cases) {
    // Its own scope: one relay must be gone before the next one is measured.
    rows.push(...(await withCleanup((inner) => benchCase(spec, options, naive, inner))));
    // After each: a bench of a quarter of an hour that is interrupted must not have been in vain.
    await writeJson(options.json, { suite: 'cameras', ...provenance(), rows });
    scope.aborted.throwIfAborted();
  }
  process.stdout.write(`${table(rows.flatMap(tableRows))}\n\n${rows.flatMap(notes).join('\n')}\n`);
  const picture = await writeChart(options.json, chart(rows));
  say(`Wrote ${options.json} and ${picture}.`);
  if (!rows.some(wasMeasured)) throw new Error('Nothing could be measured.');
}

/** A relay that does not start is a row that says why: the other cases are measured all the same. */
async function benchCase(
  spec: CameraCase,
  options: CamerasBenchOptions,
  naive: ScriptPage,
  scope: Scope,
): Promise<CameraRow[]> {
  // The peer has neither real-time tiles, nor a wall that is opened by a click, nor a relay of its own.
  const alone = spec.realtime === true || spec.opening === true || spec.starts === true;
  const systems = alone ? options.systems.filter((system) => system === 'lockstep') : options.systems;
  const sources = sourcesOf(spec);
  try {
    if (spec.starts === true) {
      const { cameras } = await serveCameras(spec, scope);
      const starts = await measureStarts(cameras, scope);
      return systems.map((system) => toRow(spec, sources, { ...NOTHING, system, starts }));
    }
    const { parts, server } = await start(spec, naive, scope);
    if (spec.opening === true) {
      const opening = await measureOpening(spec, parts, scope);
      return systems.map((system) => toRow(spec, sources, { ...NOTHING, system, opening }));
    }
    const rows: CameraRow[] = [];
    for (const system of systems) {
      say(`${spec.name}: ${system}, ${options.seconds} s …`);
      const page = await parts.browser.context.newPage();
      try {
        const run = await measureSystem({ spec, system, page, parts, server, naive }, options.seconds, scope);
        rows.push(toRow(spec, sources, run));
      } finally {
        await Promise.race([page.close().catch(() => undefined), sleep(10_000)]);
      }
    }
    return rows;
  } catch (error) {
    scope.aborted.throwIfAborted();
    const problems = [`not measured: ${words(error)}`];
    return systems.map((system) => toRow(spec, sources, { ...NOTHING, system, problems }));
  }
}

const NOTHING: Omit<CameraRun, 'system'> = {
  measured: undefined,
  frames: undefined,
  beganMs: 0,
  endedMs: 0,
  targetsMs: [],
  words: [],
  camerasCores: undefined,
  restarts: [],
  began: [],
  enlarged: undefined,
  opening: undefined,
  starts: undefined,
  problems: [],
};

interface Started {
  readonly parts: WallParts;
  /** Undefined where the relay draws the cameras. */
  readonly server: ClipServer | undefined;
}

async function serveCameras(spec: CameraCase, scope: Scope) {
  if (typeof spec.cameras === 'string') return { server: undefined, cameras: drawnCameras(spec) };
  const server = await serveClips(streamsOf(spec.cameras), say);
  scope.defer(() => server.stop());
  return { server, cameras: spec.cameras.map((camera) => clipCamera(camera, server)) };
}

async function start(spec: CameraCase, naive: ScriptPage, scope: Scope): Promise<Started> {
  const { server, cameras } = await serveCameras(spec, scope);
  const parts = await startPairedBrowser(
    {
      cameras,
      headless: true,
      mode: 'ultra-low',
      targetMs: undefined,
      mediamtx: spec.mediamtx,
      realtime: spec.realtime === true,
      say,
      server: { hlsAccess: 'open', allowOrigins: [naive.origin] },
    },
    scope,
  );
  return { parts, server };
}

function drawnCameras(spec: CameraCase): readonly SyntheticCamera[] {
  return spec.cameras === 'demo' ? demoCameras(3) : syntheticCameras(3);
}

/** Name of a stream → what it sends; the small stream of cam1 is cam1-sub. */
function streamsOf(cameras: readonly ClipCameraSpec[]): Record<string, ClipSpec> {
  return Object.fromEntries(
    cameras.flatMap(({ id, main, sub }) => [
      [id, CAMERA_CLIPS[main]],
      ...(sub === undefined ? [] : [[`${id}-sub`, CAMERA_CLIPS[sub]] as const]),
    ]),
  );
}

function clipCamera({ id, name, sub }: ClipCameraSpec, server: ClipServer) {
  const substreams = sub === undefined ? {} : { substreams: [{ url: server.url(`${id}-sub`) }] };
  return { id, name, source: { type: 'rtsp', url: server.url(id), ...substreams } };
}

function sourcesOf(spec: CameraCase): SourceWords[] {
  if (typeof spec.cameras === 'string') {
    return drawnCameras(spec).map(({ id, width, height, fps }) => ({
      id,
      source: `${width}x${height}@${fps} drawn`,
      fps,
    }));
  }
  const inWords = ({ width, height, fps, codec }: ClipSpec): string => `${width}x${height}@${fps} ${codec}`;
  return spec.cameras.map(({ id, main, sub }) => ({
    id,
    source: [main, ...(sub === undefined ? [] : [sub])]
      .map((name) => inWords(CAMERA_CLIPS[name]))
      .join(' + '),
    fps: CAMERA_CLIPS[sub ?? main].fps,
  }));
}

interface Subject extends Started {
  readonly spec: CameraCase;
  readonly system: CameraSystem;
  readonly page: Page;
  readonly naive: ScriptPage;
}

async function measureSystem(subject: Subject, seconds: number, scope: Scope): Promise<CameraRun> {
  const { spec, system, page, parts, server, naive } = subject;
  const ids = sourcesOf(spec).map(({ id }) => id);
  const problems: string[] = [];
  await page.goto(
    system === 'naive'
      ? naive.url({ playlists: `${parts.relay.url}/live`, cameras: ids.join(',') })
      : parts.browser.url('wall.html'),
  );
  // Measured all the same: a tile that does not move is what is looked for here.
  await moving(page, ids.length).catch((error: unknown) => problems.push(words(error)));
  if (server !== undefined) await setMeterWrap(page, server.wrapMs);
  await recordFrames(page);
  await sleep(SETTLE_MS, undefined, { signal: scope.aborted });
  const watch = new ProcessWatch(parts.relay.children());
  const targetsMs: number[] = [];
  const ofWall = system === 'lockstep';
  const look = async (): Promise<void> => {
    watch.look(parts.relay.children());
    if (ofWall) targetsMs.push((await wallStatus(page)).targetMs);
  };
  const looks = setInterval(
    () => void look().catch((error: unknown) => problems.push(words(error))),
    LOOK_MS,
  );
  const camerasCpu = server && new CpuMeter(() => processTree(server.pid));
  let timed: Timed;
  try {
    timed = await measureTimed(parts, page, seconds, scope);
  } finally {
    clearInterval(looks);
  }
  const camerasCores = camerasCpu?.cores();
  const said = ofWall ? await tileWords(page) : [];
  const enlarged =
    ofWall && spec.enlarge !== undefined
      ? await measureEnlarged(subject, spec.enlarge, scope).catch((error: unknown) => {
          scope.aborted.throwIfAborted();
          problems.push(`not enlarged: ${words(error)}`);
          return undefined;
        })
      : undefined;
  return {
    system,
    ...timed,
    targetsMs,
    words: said,
    camerasCores,
    restarts: watch.restarts(),
    began: watch.began(),
    enlarged,
    opening: undefined,
    starts: undefined,
    problems,
  };
}

type Timed = Pick<EnlargedRun, 'frames' | 'beganMs' | 'endedMs'> & { readonly measured: MeasuredWall };

/** With the times, by the page's clock, between which its pictures are judged. */
async function measureTimed(parts: WallParts, page: Page, seconds: number, scope: Scope): Promise<Timed> {
  const beganMs = await page.evaluate(() => performance.now());
  const measured = await measureWall(parts, page, seconds, scope.aborted);
  const frames = await readFrames(page);
  return { measured, frames, beganMs, endedMs: frames.endedMs };
}

async function measureEnlarged({ page, parts }: Subject, camera: string, scope: Scope): Promise<EnlargedRun> {
  say(`${camera} is enlarged …`);
  const switched = await enlarge(page, camera);
  return { switched, ...(await measureTimed(parts, page, ENLARGED_SECONDS, scope)) };
}

/** Once, when the relay says of all cameras that they are live; as nobody watches them, what can sleep does. */
async function measureOpening(
  spec: CameraCase,
  { browser, relay }: WallParts,
  scope: Scope,
): Promise<CameraRun['opening']> {
  const ids = sourcesOf(spec).map(({ id }) => id);
  const deadline = performance.now() + LIVE_WITHIN_MS;
  while ((await liveCameras(browser)) < ids.length) {
    if (performance.now() > deadline)
      throw new Error(
        `not all cameras are live after ${LIVE_WITHIN_MS / 1000} s: ${relay.log().slice(-500)}`,
      );
    await sleep(LOOK_MS, undefined, { signal: scope.aborted });
  }
  await sleep(SETTLE_MS, undefined, { signal: scope.aborted });
  await recordOpenings(browser.context);
  const [opening] = await measureOpenings(browser, ids, 1, scope);
  return opening;
}

/** By what the relay told the extension's background page. */
function liveCameras({ worker }: RigBrowser): Promise<number> {
  return worker.evaluate(async () => {
    const { chrome } = globalThis as unknown as {
      chrome: {
        storage: {
          session: { get(key: string): Promise<{ relay?: { cameras: { readonly state: string }[] } }> };
        };
      };
    };
    const { relay } = await chrome.storage.session.get('relay');
    return (relay?.cameras ?? []).filter(({ state }) => state === 'live').length;
  });
}
