/** One measured run of the wall: relay, synthetic cameras, Chromium, pairing, warm-up, figures. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import type { MeterReport } from '../src/viewer/measure/meter.ts';
import {
  launchBrowser,
  openWall,
  pair,
  type RigBrowser,
  readMeter,
  resetMeter,
  type ScriptedPage,
} from './browser.ts';
import { cameraConfig, type SyntheticCamera } from './cameras.ts';
import type { Scope } from './cli.ts';
import { type HostLoad, HostMeter } from './host-load.ts';
import { CpuMeter, processTree, readProcess } from './processes.ts';
import { type RunningRelay, startRelay } from './relay.ts';
import { type BrowserName, launchWallBrowser, type WallBrowser, writeSettings } from './wall-browser.ts';

/** Encoders may come and go while a wall is measured. */
const CPU_LOOK_MS = 1_000;

/** After this long a wall is expected to hold its target (issue figures count from here). */
export const WARM_UP_MS = 8_000;

export interface WallSetup {
  /** Test cameras that the relay draws, or others as its configuration has them. */
  readonly cameras: readonly (SyntheticCamera | { readonly id: string; readonly source: object })[];
  readonly headless: boolean;
  readonly mode: string;
  readonly targetMs: number | undefined;
  /** MediaMTX beside the wall; undefined: where there is one. */
  readonly mediamtx: 'on' | 'off' | undefined;
  /** Length of parts; the relay's default otherwise. */
  readonly partMs?: number | undefined;
  /** Tiles over WebRTC. */
  readonly realtime?: boolean;
  readonly say: (message: string) => void;
  /** Opens the relay's inspector, to look at its memory. */
  readonly inspect?: boolean;
  /** Additions to the relay's configuration. */
  readonly server?: Record<string, unknown>;
  /** The address by which the browser reaches the relay, as that of a link; default: its own. */
  readonly reach?: (relayUrl: string) => Promise<string>;
}

/** What a wall needs, before one is open. */
export interface WallParts {
  readonly relay: RunningRelay;
  readonly browser: RigBrowser;
}

export interface WallRig extends WallParts {
  readonly wall: Page;
}

/** What the measure build tells about the wall. */
export interface WallStatus {
  readonly mode: string;
  readonly effective: string;
  readonly targetMs: number;
}

/** Starts everything; each part is handed to `scope` to be stopped, also when a later one fails. */
export async function startWall(setup: WallSetup, scope: Scope): Promise<WallRig> {
  const parts = await startPairedBrowser(setup, scope);
  return { ...parts, wall: await openWall(parts.browser, setup.cameras.length) };
}

/** Starts relay and browser, pairs them and writes the settings; no wall is open yet. */
export async function startPairedBrowser(setup: WallSetup, scope: Scope): Promise<WallParts> {
  const relay = await startWallRelay(setup, scope);
  setup.say('Starting Chromium with the extension …');
  const browser = await launchBrowser({ headless: setup.headless });
  scope.defer(() => browser.close());
  const address = (await setup.reach?.(relay.url)) ?? relay.url;
  await pair(browser, address, await relay.pairingCode());
  await chooseMode(browser, setup.mode, setup.targetMs);
  await browser.worker.evaluate(writeSettings, { realtime: setup.realtime === true });
  return { relay, browser };
}

/** The same in either browser. */
export async function startPairedWall(
  name: BrowserName,
  setup: WallSetup,
  scope: Scope,
): Promise<{ readonly relay: RunningRelay; readonly browser: WallBrowser }> {
  const relay = await startWallRelay(setup, scope);
  const browser = await launchWallBrowser(name, { headless: setup.headless });
  scope.defer(() => browser.close());
  const address = (await setup.reach?.(relay.url)) ?? relay.url;
  await browser.pair(address, await relay.pairingCode());
  await browser.set({ ...modeSettings(setup.mode, setup.targetMs), realtime: setup.realtime === true });
  return { relay, browser };
}

async function startWallRelay(setup: WallSetup, scope: Scope): Promise<RunningRelay> {
  setup.say(`Starting the relay with ${setup.cameras.length} cameras …`);
  const relay = await startRelay(
    {
      mediamtx: {
        enabled: setup.mediamtx === undefined ? 'auto' : setup.mediamtx === 'on',
        ...(setup.realtime === true ? { webrtc: { enabled: true } } : {}),
      },
      server: { host: '127.0.0.1', ...setup.server },
      ...(setup.partMs === undefined ? {} : { media: { partMs: setup.partMs } }),
      cameras: setup.cameras.map((camera) => ('source' in camera ? camera : cameraConfig(camera))),
    },
    { inspect: setup.inspect === true },
  );
  scope.defer(() => relay.stop());
  return relay;
}

/** Writes the mode, and a target inside it, into the extension's settings, where popup and wall read them. */
export async function chooseMode(browser: RigBrowser, mode: string, targetMs?: number): Promise<void> {
  await browser.worker.evaluate(writeSettings, modeSettings(mode, targetMs));
}

function modeSettings(mode: string, targetMs: number | undefined): Record<string, unknown> {
  return { mode, targetsMs: targetMs === undefined ? {} : { [mode]: targetMs } };
}

export async function wallStatus(wall: ScriptedPage): Promise<WallStatus> {
  return wall.evaluate(() => {
    const { view } = (globalThis as unknown as { lockstepEngine: { view(): WallStatus } }).lockstepEngine;
    const { mode, effective, targetMs } = view.call(
      (globalThis as unknown as { lockstepEngine: object }).lockstepEngine,
    );
    return { mode, effective, targetMs };
  });
}

/** How many tiles say that they play by WebRTC. */
export function realtimeTiles(wall: Page): Promise<number> {
  return wall.getByText('Real-time', { exact: true }).and(wall.locator('.tile .state')).count();
}

export interface MeasuredWall {
  readonly report: MeterReport;
  /** How long it really was: a busy host wakes its programs late. */
  readonly seconds: number;
  readonly browserCores: number;
  /** The relay alone. */
  readonly relayCores: number;
  /** With its encoders and everything else below it. */
  readonly relayTreeCores: number;
  readonly host: HostLoad;
}

/** The programs whose CPU is counted: in place of a relay it may be the server of another wall. */
export interface Measurable {
  readonly relay: Pick<RunningRelay, 'pid'>;
  readonly browser: Pick<RigBrowser, 'processes'>;
}

/** Measures what `page` shows for `seconds`, with the CPU that browser and relay used meanwhile. */
export async function measureWall(
  rig: Measurable,
  page: ScriptedPage,
  seconds: number,
  aborted: AbortSignal,
): Promise<MeasuredWall> {
  await resetMeter(page);
  const beganMs = performance.now();
  const browserCpu = new CpuMeter(() => rig.browser.processes());
  const relayCpu = new CpuMeter(() => {
    const info = readProcess(rig.relay.pid);
    return info === undefined ? [] : [info];
  });
  const relayTreeCpu = new CpuMeter(() => processTree(rig.relay.pid));
  const host = new HostMeter();
  const looks = setInterval(() => relayTreeCpu.look(), CPU_LOOK_MS);
  try {
    await sleep(seconds * 1000, undefined, { signal: aborted });
  } finally {
    clearInterval(looks);
  }
  const report = await readMeter(page);
  return {
    report,
    seconds: (performance.now() - beganMs) / 1000,
    browserCores: browserCpu.cores(),
    relayCores: relayCpu.cores(),
    relayTreeCores: relayTreeCpu.cores(),
    host: host.load(),
  };
}
