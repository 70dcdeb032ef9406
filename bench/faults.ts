/**
 * `npm run faults`: kills and stops the parts of a running wall and measures, in the browser, when the extension
 * knew and when the picture moved again. Budgets are those of docs/measuring.md.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { Command, Option } from 'commander';
import { openWall } from '../rig/browser.ts';
import { CAMERA_CLIPS } from '../rig/camera-clips.ts';
import { syntheticCameras } from '../rig/cameras.ts';
import { runCommand, type Scope, say, wholeNumber, withCleanup } from '../rig/cli.ts';
import { beginFault, installRecorder, readFault } from '../rig/fault-recorder.ts';
import { table, writeChart, writeJson } from '../rig/output.ts';
import { beginProvenance } from '../rig/provenance.ts';
import { serveClips } from '../rig/rtsp-clips.ts';
import { startPairedBrowser, startWall, WARM_UP_MS, type WallRig, type WallSetup } from '../rig/wall-run.ts';
import {
  chart,
  FAULTS,
  type FaultRow,
  type FaultRun,
  type FaultSpec,
  recovered,
  tableRow,
  toRow,
  toRun,
} from './fault-rows.ts';

const TILES = 3;
const GIVE_UP_MS = 60_000;
/** Of the camera whose tile shows what a transcoder makes of it. */
const LARGE_LINES = CAMERA_CLIPS['1080p'].height;
/** Between two faults: longer than the run after which a restart no longer waits for earlier failures (STEADY_MS). */
const SETTLE_MS = 12_000;

interface FaultsOptions {
  readonly mediamtx: 'on' | 'off';
  readonly repeat: number;
  readonly json: string;
}

export function main(args: string[]): Promise<number> {
  const command = new Command('npm run faults --')
    .description('Breaks parts of a running wall and measures the recovery.')
    .argument(
      '[fault...]',
      `which faults: ${FAULTS.map(({ name }) => name).join(', ')} (default: all that are possible)`,
    )
    .addOption(
      new Option('--mediamtx <on|off>', 'MediaMTX beside the wall; its own faults need it')
        .choices(['on', 'off'])
        .default('off'),
    )
    .option('--repeat <n>', 'how often each fault is injected', wholeNumber(1, 100), 3)
    .option('--json <file>', 'where to write the figures; a picture goes beside it', 'dist/faults.json')
    .action((names: string[], options: FaultsOptions) =>
      withCleanup((scope) => runFaults(names, options, scope)),
    );
  return runCommand(command, args);
}

function chosen(names: readonly string[], mediamtx: string): readonly FaultSpec[] {
  for (const name of names) {
    if (!FAULTS.some((fault) => fault.name === name)) {
      throw new Error(`Unknown fault "${name}". Use: ${FAULTS.map((fault) => fault.name).join(', ')}.`);
    }
  }
  const list = names.length === 0 ? FAULTS : FAULTS.filter(({ name }) => names.includes(name));
  const possible = list.filter(({ target }) => target !== 'mediamtx' || mediamtx === 'on');
  if (possible.length === 0)
    throw new Error(`Without MediaMTX there is none of: ${names.join(', ')}. Try --mediamtx on.`);
  return possible;
}

/** @throws Error when a fault is over its budget, after the figures are written */
export async function runFaults(
  names: readonly string[],
  options: FaultsOptions,
  scope: Scope,
): Promise<void> {
  const specs = chosen(names, options.mediamtx);
  const provenance = await beginProvenance();
  const rows = await measureFaults(specs, options.mediamtx, options.repeat, scope);
  await writeJson(options.json, { suite: 'faults', ...provenance(), rows });
  process.stdout.write(`${table(rows.map(tableRow))}\n`);
  const picture = await writeChart(options.json, chart(rows));
  say(`Wrote ${options.json} and ${picture}.`);
  const missed = rows.filter((row) => !row.withinBudget).map((row) => row.fault);
  if (missed.length > 0) throw new Error(`Over budget: ${missed.join(', ')}.`);
}

/** Each fault has a wall of its own: what one leaves behind is no part of the next one's figures. */
async function measureFaults(
  specs: readonly FaultSpec[],
  mediamtx: 'on' | 'off',
  repeat: number,
  scope: Scope,
): Promise<FaultRow[]> {
  const rows: FaultRow[] = [];
  for (const spec of specs) {
    rows.push(await withCleanup((inner) => measureFault(spec, mediamtx, repeat, inner)));
    scope.aborted.throwIfAborted();
  }
  return rows;
}

async function measureFault(
  spec: FaultSpec,
  mediamtx: 'on' | 'off',
  repeat: number,
  scope: Scope,
): Promise<FaultRow> {
  const made = spec.target === 'transcoder';
  const cameras = made ? await withLarge(scope) : syntheticCameras(TILES);
  const setup: WallSetup = {
    ...{ cameras, headless: true, mode: 'ultra-low', targetMs: undefined, mediamtx, say },
    // Only real-time tiles feel it when MediaMTX dies.
    realtime: spec.target === 'mediamtx',
  };
  const rig = await (made ? startThinWall : startWall)(setup, scope);
  await sleep(WARM_UP_MS, undefined, { signal: scope.aborted });
  await installRecorder(rig.wall);
  const ids = cameras.map(({ id }) => id);
  const runs: FaultRun[] = [];
  for (let turn = 1; turn <= repeat; turn += 1) {
    say(`${spec.name}, ${turn} of ${repeat} …`);
    const run = await inject(rig, spec, ids, turn, scope);
    runs.push(run);
    if (run.movingMs === undefined) {
      say(
        `${spec.name}: not every picture moves after ${GIVE_UP_MS / 1000} s.\n${rig.relay.log().slice(-3000)}`,
      );
      break;
    }
    if (turn < repeat) await sleep(SETTLE_MS, undefined, { signal: scope.aborted });
  }
  return toRow(spec, mediamtx, runs);
}

/** As the relay records its processes; each stream of a camera, and each rung that is made, is one. */
const LABELS: Readonly<Record<FaultSpec['target'], (camera: string) => string>> = {
  ingest: (camera) => `camera ${camera} (`,
  transcoder: (camera) => `transcoder of camera ${camera} (`,
  mediamtx: () => 'MediaMTX',
};

/** Another camera each time; MediaMTX has them all, and the last one alone is made smaller. */
function victimsOf({ target }: FaultSpec, cameras: readonly string[], turn: number): readonly string[] {
  if (target === 'mediamtx') return cameras;
  return target === 'transcoder' ? cameras.slice(-1) : [cameras[(turn - 1) % cameras.length] ?? ''];
}

/** Small cameras, and one of 1080p that sends a clip: {@link startThinWall} shows what is made of it. */
async function withLarge(scope: Scope): Promise<WallSetup['cameras']> {
  const server = await serveClips({ large: CAMERA_CLIPS['1080p'] }, say);
  scope.defer(() => server.stop());
  const large = { id: 'large', name: 'Garden', source: { type: 'rtsp', url: server.url('large') } };
  return [...syntheticCameras(TILES - 1), large];
}

/**
 * A wall in a browser that says it does not play 1080p smoothly, so that its small tiles have a smaller rung made; they play
 * it all the same where that one does not come.
 */
async function startThinWall(setup: WallSetup, scope: Scope): Promise<WallRig> {
  const parts = await startPairedBrowser(setup, scope);
  await parts.browser.context.addInitScript((smoothLines) => {
    const { mediaCapabilities } = navigator;
    const decodingInfo = mediaCapabilities.decodingInfo.bind(mediaCapabilities);
    mediaCapabilities.decodingInfo = async (question: MediaDecodingConfiguration) => {
      const info = await decodingInfo(question);
      return { ...info, smooth: info.smooth && (question.video?.height ?? 0) <= smoothLines };
    };
  }, 720);
  return { ...parts, wall: await openWall(parts.browser, setup.cameras.length) };
}

/**
 * Waits until the tiles show what is made: after a fault they leave it alone for a while, longer with each.
 * @throws Error when they do not come back to it
 */
async function untilMade(rig: WallRig, cameras: readonly string[], scope: Scope): Promise<void> {
  const deadlineMs = Date.now() + GIVE_UP_MS;
  for (;;) {
    const { lines } = await readFault(rig.wall);
    if (cameras.every((camera) => (lines[camera]?.at(-1) ?? LARGE_LINES) < LARGE_LINES)) return;
    if (Date.now() > deadlineMs)
      throw new Error('The tile shows what the camera sends: a transcoder that dies is not missed.');
    await sleep(500, undefined, { signal: scope.aborted });
  }
}

async function inject(
  rig: WallRig,
  spec: FaultSpec,
  cameras: readonly string[],
  turn: number,
  scope: Scope,
): Promise<FaultRun> {
  const victims = victimsOf(spec, cameras, turn);
  if (spec.target === 'transcoder') await untilMade(rig, victims, scope);
  const label = LABELS[spec.target](victims[0] ?? '');
  const broken = rig.relay.children().find((child) => child.label.startsWith(label));
  if (broken === undefined) throw new Error(`No process "${label}" runs below the relay.`);
  await beginFault(rig.wall);
  const injected = { atMs: Date.now(), victims, cameras };
  process.kill(broken.pid, spec.signal);
  const pids = new Set(rig.relay.children().map(({ pid }) => pid));
  let restarts = 0;
  for (;;) {
    await sleep(100, undefined, { signal: scope.aborted });
    for (const child of rig.relay.children()) {
      // Of the same kind: a restart of another camera's encoder would be one too many.
      if (!pids.has(child.pid) && child.label.split(' ')[0] === label.split(' ')[0]) restarts += 1;
      pids.add(child.pid);
    }
    const record = await readFault(rig.wall);
    const ended = recovered(record, injected);
    if (ended || record.atMs - injected.atMs > GIVE_UP_MS) return toRun(record, injected, restarts, ended);
  }
}
