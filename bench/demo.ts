/**
 * `npm run demo`: three synthetic cameras, the relay, Chromium with the extension and the wall. With `--headless`
 * it measures instead of showing: JSON as in docs/measuring.md, and a screenshot beside it.
 */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Command, Option } from 'commander';
import { parseSize } from '../relay/source/sizes.ts';
import { findBrowser } from '../rig/browser.ts';
import { cameraConfig, type SyntheticCamera, syntheticCameras } from '../rig/cameras.ts';
import { runCommand, type Scope, say, wholeNumber, withCleanup } from '../rig/cli.ts';
import { recordOpenings } from '../rig/opening.ts';
import { round, table, writeJson } from '../rig/output.ts';
import { beginProvenance, type Provenance } from '../rig/provenance.ts';
import { type RunningRelay, startRelay } from '../rig/relay.ts';
import { stepDowns } from '../rig/relay-log.ts';
import { inProject } from '../rig/root.ts';
import { enlarge } from '../rig/rung-switch.ts';
import {
  measureWall,
  realtimeTiles,
  startWall,
  WARM_UP_MS,
  type WallRig,
  wallStatus,
} from '../rig/wall-run.ts';
import { tileFigures } from '../src/viewer/measure/metered-tile.ts';
import type { Summary } from '../src/viewer/measure/samples.ts';
import { MODES } from '../src/wire/modes.ts';
import { measureOpenings } from './opening.ts';
import { toRow } from './opening-rows.ts';

interface DemoOptions {
  readonly headless?: true;
  readonly seconds: number;
  readonly json?: string;
  readonly mediamtx?: 'on' | 'off';
  readonly mode: string;
  readonly targetMs?: number;
  readonly partMs?: number;
  readonly cameras: number;
  readonly realtime?: true;
  readonly size?: string;
}

/** After the measurement. */
const OPENINGS = 3;

/** Of the third camera: the relay steps it down where the host is too slow, and says so. */
const LARGE = { width: 3840, height: 2160 } as const;

export function main(args: string[]): Promise<number> {
  const command = new Command('npm run demo --')
    .description('Shows (or, with --headless, measures) the wall with synthetic cameras.')
    .option('--headless', 'measure without a window and end')
    .option('--seconds <n>', 'how long to measure, after the warm-up', wholeNumber(1, 86_400), 30)
    .option('--json <file>', 'write the figures to this file, and a screenshot beside it')
    .addOption(
      new Option('--mediamtx <on|off>', 'MediaMTX beside the wall (default: on where there is one)').choices([
        'on',
        'off',
      ]),
    )
    .option('--realtime', 'real-time tiles over WebRTC (WHEP); needs MediaMTX and mode ultra-low')
    .addOption(new Option('--mode <name>', 'mode of the wall').choices([...MODES]).default('ultra-low'))
    .option('--target-ms <n>', 'wall latency inside the mode, in ms', wholeNumber(150, 10_000))
    .option('--part-ms <n>', 'length of parts, in ms', wholeNumber(33, 1000))
    .option('--cameras <n>', 'number of cameras', wholeNumber(1, 16), 3)
    .option(
      '--size <WxH>',
      'size of every camera, as in 640x360, or of each in turn, as in 3840x2160,1920x1080 (default: 640x360, the third 3840x2160)',
    )
    .action((options: DemoOptions) => withCleanup((scope) => demo(options, scope)));
  return runCommand(command, args);
}

async function demo(options: DemoOptions, scope: Scope): Promise<void> {
  const display = process.env.DISPLAY ?? process.env.WAYLAND_DISPLAY;
  const headless = options.headless === true || (process.platform === 'linux' && display === undefined);
  if (headless && options.headless !== true) {
    say('This session has no display: measuring without a window instead (as with --headless).');
  }
  const cameras =
    options.size === undefined ? demoCameras(options.cameras) : sized(options.cameras, options.size);
  if (!headless && findBrowser()?.kind === 'branded') {
    await showByHand(cameras, scope);
    return;
  }
  const provenance = headless ? await beginProvenance() : undefined;
  const rig = await startWall(
    {
      cameras,
      headless,
      mode: options.mode,
      targetMs: options.targetMs,
      mediamtx: options.mediamtx,
      realtime: options.realtime === true,
      partMs: options.partMs,
      say,
    },
    scope,
  );
  followStepDowns(rig.relay, scope);
  if (provenance !== undefined) await measure(rig, options, cameras, provenance, scope);
  else await show(rig, scope);
}

async function show(rig: WallRig, scope: Scope): Promise<void> {
  say(
    'The wall is open. Click the Lockstep icon in the toolbar for the mode switcher. Ctrl-C or closing the window ends the demo.',
  );
  await Promise.race([
    new Promise((resolve) => rig.browser.context.once('close', resolve)),
    once(scope.aborted, 'abort'),
  ]);
}

/** Branded Chrome and Edge no longer take --load-extension: everything else is started, and the rest explained. */
async function showByHand(cameras: readonly SyntheticCamera[], scope: Scope): Promise<void> {
  const relay = await startRelay({
    server: { host: '127.0.0.1' },
    cameras: cameras.map(cameraConfig),
  });
  scope.defer(() => relay.stop());
  followStepDowns(relay, scope);
  say(
    [
      `Only ${findBrowser()?.path ?? 'branded Chrome'} is installed, and it takes no extension from the command line. Load it by hand:`,
      '  1. Open chrome://extensions and switch on "Developer mode".',
      `  2. "Load unpacked", and choose ${inProject('dist/chrome')}.`,
      `  3. On the settings page that opens, enter relay address ${relay.url.replace('http://', '')} and pairing code ${await relay.pairingCode()}.`,
      '  4. Click the Lockstep icon: the wall.',
      'Ctrl-C ends the demo.',
    ].join('\n'),
  );
  await once(scope.aborted, 'abort');
}

async function measure(
  rig: WallRig,
  options: DemoOptions,
  cameras: readonly SyntheticCamera[],
  provenance: () => Provenance,
  scope: Scope,
): Promise<void> {
  say(`Warming up for ${WARM_UP_MS / 1000} s, then measuring for ${options.seconds} s …`);
  await sleep(WARM_UP_MS, undefined, { signal: scope.aborted });
  const { report, browserCores, relayCores } = await measureWall(
    rig,
    rig.wall,
    options.seconds,
    scope.aborted,
  );
  const status = await wallStatus(rig.wall);
  const mediamtx = await mediamtxOf(rig.relay.url);
  if (options.realtime === true) await assertRealtime(rig, cameras.length);
  const unread = cameras
    .map(({ id }) => id)
    .filter((id) => report.tiles.find(({ camera }) => camera === id)?.glassToGlassMs === undefined);
  if (unread.length > 0 || (cameras.length > 1 && report.skewMs === undefined)) {
    throw new Error(
      `Could not measure: the clock strip of ${unread.join(', ') || 'the tiles'} was not readable.`,
    );
  }
  const picture = options.json?.replace(/(\.json)?$/, '.png');
  if (picture !== undefined) await rig.wall.screenshot({ path: picture });
  const enlarged = options.realtime === true ? null : await enlargeLargest(rig, cameras, scope);
  const opening = await reopen(rig, cameras, scope);
  const json = {
    mode: status.effective,
    targetMs: status.targetMs,
    mediamtx,
    seconds: options.seconds,
    tiles: report.tiles.map(tileFigures),
    skewMs: report.skewMs ?? null,
    enlarged,
    opening: { firstPictureMs: opening.firstPictureMs, movingMs: opening.movingMs },
    ...provenance(),
  };
  process.stdout.write(`${table(report.tiles.map((tile) => tileRow(tile, cameras)))}\n`);
  process.stdout.write(
    `skew ${skewWords(report.skewMs)}, target ${status.targetMs} ms, ` +
      `browser ${round(browserCores, 2)} cores, relay ${round(relayCores, 3)} cores\n` +
      `opened by a click ${opening.openings} times: first picture ${msWords(opening.firstPictureMs)}, ` +
      `the whole wall moves ${msWords(opening.movingMs)}\n`,
  );
  if (enlarged !== null) process.stdout.write(`${enlargedWords(enlarged)}\n`);
  if (options.json === undefined) return;
  await writeJson(options.json, json);
  say(`Wrote ${options.json} and ${picture}.`);
}

/** How long a tile is watched after it was enlarged. */
const ENLARGED_SECONDS = 6;
/** As wide as a picture that a wall of three shows in full. */
const WIDE = 1280;

interface Enlarged {
  readonly camera: string;
  readonly fromWidth: number;
  readonly toWidth: number;
  /** From the click to the first larger picture. */
  readonly switchedMs: number;
  /** Longest time between two pictures meanwhile. */
  readonly gapMs: number;
  /** Afterwards, of all tiles together. */
  readonly stalls: number;
  readonly frozenMs: number;
}

/** What nobody looks at in its size is neither drawn nor encoded in it; now somebody does. Null without such a camera. */
async function enlargeLargest(
  rig: WallRig,
  cameras: readonly SyntheticCamera[],
  scope: Scope,
): Promise<Enlarged | null> {
  const large = cameras.find(({ width }) => width > WIDE);
  if (large === undefined) return null;
  say(`The tile of ${large.id} is enlarged …`);
  const switched = await enlarge(rig.wall, large.id);
  const { report } = await measureWall(rig, rig.wall, ENLARGED_SECONDS, scope.aborted);
  const sum = (of: (tile: MeasuredTile) => number): number =>
    report.tiles.reduce((total, tile) => total + of(tile), 0);
  return { ...switched, stalls: sum(({ stalls }) => stalls), frozenMs: sum(({ frozenMs }) => frozenMs) };
}

const enlargedWords = ({
  camera,
  fromWidth,
  toWidth,
  switchedMs,
  gapMs,
  stalls,
  frozenMs,
}: Enlarged): string =>
  `${camera} enlarged: ${toWidth} pixels wide instead of ${fromWidth} after ${Math.round(switchedMs)} ms, longest gap ${Math.round(gapMs)} ms; ` +
  `afterwards ${stalls} stalls, ${Math.round(frozenMs)} ms frozen on all tiles`;

/** The measured wall is closed, and opened some times as a user does. */
async function reopen(
  rig: WallRig,
  cameras: readonly SyntheticCamera[],
  scope: Scope,
): Promise<ReturnType<typeof toRow>> {
  await rig.wall.close();
  await recordOpenings(rig.browser.context);
  const ids = cameras.map(({ id }) => id);
  return toRow('test', ids.length, await measureOpenings(rig.browser, ids, OPENINGS, scope));
}

function msWords(summary: Summary | null): string {
  return summary === null
    ? 'never'
    : `after ${Math.round(summary.p50)} ms (p50 of ${summary.n}, max ${Math.round(summary.max)})`;
}

type MeasuredTile = Awaited<ReturnType<typeof measureWall>>['report']['tiles'][number];

function tileRow(tile: MeasuredTile, cameras: readonly SyntheticCamera[]): Record<string, string | number> {
  const camera = cameras.find(({ id }) => id === tile.camera);
  return {
    camera: tile.camera,
    size: camera === undefined ? '' : `${camera.width}x${camera.height}`,
    shown: tile.size ?? '–',
    'latency p50 ms': tile.glassToGlassMs?.p50 ?? '–',
    'p95 ms': tile.glassToGlassMs?.p95 ?? '–',
    'max ms': tile.glassToGlassMs?.max ?? '–',
    n: tile.glassToGlassMs?.n ?? 0,
    unread: tile.unreadable,
    stalls: tile.stalls,
    'frozen ms': Math.round(tile.frozenMs),
    frames: tile.frames.total,
    dropped: tile.frames.dropped,
  };
}

function skewWords(skew: Summary | undefined): string {
  return skew === undefined
    ? 'of one tile: none'
    : `${skew.p50} / ${skew.p95} / ${skew.max} ms (p50 / p95 / max of ${skew.n} looks)`;
}

/** Hands on what the relay says of work that this host is too slow for. */
function followStepDowns(relay: RunningRelay, scope: Scope): void {
  const told = new Set<string>();
  const look = (): void => {
    for (const { camera, message } of stepDowns(relay.log())) {
      const sentence = `The relay on ${camera}: ${message}`;
      if (!told.has(sentence)) say(sentence);
      told.add(sentence);
    }
  };
  const timer = setInterval(look, 1_000);
  scope.defer(async () => {
    clearInterval(timer);
    look();
  });
}

/** The wall plays on by push where WebRTC fails: figures of that must not pass for real-time ones. */
async function assertRealtime(rig: WallRig, tiles: number): Promise<void> {
  const count = await realtimeTiles(rig.wall);
  if (count < tiles) {
    throw new Error(
      `Could not measure real-time tiles: ${count} of ${tiles} play by WebRTC. Is MediaMTX there, and the mode ultra-low?`,
    );
  }
}

async function mediamtxOf(relayUrl: string): Promise<string> {
  const health: unknown = await (await fetch(`${relayUrl}/health`)).json();
  return typeof health === 'object' && health !== null && 'mediamtx' in health
    ? String(health.mediamtx)
    : 'unknown';
}

/** @param sizes one for all cameras, or one for each, with commas; the relay alone decides what it can encode */
function sized(count: number, sizes: string): SyntheticCamera[] {
  const list = sizes.split(',').map((size) => {
    if (!/^\d+x\d+$/.test(size))
      throw new Error(`--size "${size}" is no picture size. Give width and height, as in 640x360.`);
    return parseSize(size);
  });
  return syntheticCameras(list.length > 1 ? list.length : count).map((camera, index) => ({
    ...camera,
    ...(list[index] ?? list[0]),
  }));
}

/** 640×360 cameras, and the third 4K. */
export function demoCameras(count: number): SyntheticCamera[] {
  return syntheticCameras(count).map((camera, index) => (index === 2 ? { ...camera, ...LARGE } : camera));
}
