/** Drives Chromium with the built extension: load, pair through the options page, open the wall, read the meter. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, type CDPSession, chromium, type Page, type Worker } from 'playwright-core';
import type { MeterReport } from '../src/viewer/measure/meter.ts';
import { findOnPath } from './on-path.mjs';
import { allProcesses, type ProcessInfo, processTree } from './processes.ts';
import { inProject } from './root.ts';

const MEASURE_BUILD = inProject('dist/chrome-measure');
/** Builds that take --load-extension; branded Chrome and Edge dropped it in version 137. */
const CHROMIUM = ['chromium', 'chromium-browser'];
const BRANDED = ['google-chrome', 'google-chrome-stable', 'microsoft-edge'];

/** A browser that takes the extension from the command line, or one that only takes it by hand. */
export function findBrowser(): { readonly kind: 'chromium' | 'branded'; readonly path: string } | undefined {
  const path = findOnPath(...CHROMIUM);
  if (path !== undefined) return { kind: 'chromium', path };
  const branded = findOnPath(...BRANDED);
  return branded === undefined ? undefined : { kind: 'branded', path: branded };
}

/** @throws Error saying what to install */
export function chromiumPath(): string {
  const found = findBrowser();
  if (found?.kind === 'chromium') return found.path;
  throw new Error(
    `${found === undefined ? 'No Chromium was found on PATH' : `${found.path} does not take extensions from the command line`}. Install the package "chromium" and run this again.`,
  );
}

export interface BrowserOptions {
  readonly headless: boolean;
  readonly width?: number;
  readonly height?: number;
  /** Folder of the unpacked extension; default the measure build. */
  readonly extension?: string;
  readonly args?: readonly string[];
  /** Default: the Chromium on PATH. */
  readonly program?: string;
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/** What the rig asks of a page, in any browser. */
export type ScriptedPage = Pick<Page, 'evaluate'>;

export interface RigBrowser {
  readonly context: BrowserContext;
  readonly extensionId: string;
  readonly worker: Worker;
  url(page: string): string;
  /** The browser's own processes, for CPU figures. */
  processes(): ProcessInfo[];
  close(): Promise<void>;
}

export async function launchBrowser(options: BrowserOptions): Promise<RigBrowser> {
  const profile = await mkdtemp(join(tmpdir(), 'lockstep-profile-'));
  const viewport = { width: options.width ?? 1280, height: options.height ?? 800 };
  const before = new Set(allProcesses().map(({ pid }) => pid));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: options.program ?? chromiumPath(),
    headless: options.headless,
    // Playwright asks for `--headless`, which is a browser without extensions before Chromium 132.
    ignoreDefaultArgs: ['--headless'],
    // The host's language is not the tests': Chromium takes it from the environment, by either name.
    env: { ...definedEnv(), LANGUAGE: 'en_US', ...options.env },
    // Ctrl-C is ours to handle: the command closes the browser in its own order.
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
    viewport: options.headless ? viewport : null,
    args: [
      ...chromiumArgs(options),
      ...(options.headless ? [] : [`--window-size=${viewport.width},${viewport.height}`]),
      ...(options.args ?? []),
    ],
  });
  const worker = context.serviceWorkers()[0] ?? (await context.waitForEvent('serviceworker'));
  const extensionId = new URL(worker.url()).host;
  // Newly installed, the extension opens its options: a page that was opened before would lie behind them, where
  // Chromium shows a picture a second.
  if (context.pages().length < 2) await context.waitForEvent('page');
  // The browser is the new child of this process; everything below it belongs to it.
  const main = allProcesses().find((info) => info.parent === process.pid && !before.has(info.pid));
  return {
    context,
    extensionId,
    worker,
    url: (page) => `chrome-extension://${extensionId}/${page}`,
    processes: () => (main === undefined ? [] : processTree(main.pid)),
    async close() {
      await context.close();
      await rm(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** What every Chromium of ours is told, whoever starts it. */
export function chromiumArgs({ headless, extension = MEASURE_BUILD }: BrowserOptions): string[] {
  return [
    ...(headless ? ['--headless=new'] : []),
    ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
    `--disable-extensions-except=${extension}`,
    `--load-extension=${extension}`,
    '--lang=en-US',
    '--disable-quic',
    '--disable-background-networking',
    '--disable-component-update',
    '--autoplay-policy=no-user-gesture-required',
  ];
}

function definedEnv(): Record<string, string> {
  const entries = Object.entries(process.env).flatMap(([key, value]) =>
    value === undefined ? [] : [[key, value] as const],
  );
  return Object.fromEntries(entries);
}

/**
 * Pairs through the options page, as a user does.
 * @param another beside those that are paired; else instead of the one that is
 */
export async function pair(
  browser: RigBrowser,
  relayUrl: string,
  code: string,
  { another = false } = {},
): Promise<void> {
  const page = await browser.context.newPage();
  await page.goto(browser.url('options.html'));
  const unpair = page.getByRole('button', { name: 'Unpair' });
  const address = page.getByLabel('Relay address');
  await unpair.or(address).first().waitFor();
  const host = relayUrl.replace(/^http:\/\//, '');
  if (another) await page.getByRole('button', { name: 'Pair another relay' }).click();
  else if (await unpair.isVisible()) await unpair.click();
  await address.fill(host);
  await page.getByLabel('Pairing code').fill(code);
  await page.getByRole('button', { name: 'Pair', exact: true }).click();
  await page.getByText(new RegExp(`Paired with .* at ${host}`, 'i')).waitFor({ timeout: 10_000 });
  await page.close();
}

/** Opens the wall and waits until `tiles` videos move. */
export async function openWall(browser: RigBrowser, tiles: number, page?: Page): Promise<Page> {
  const wall = page ?? (await browser.context.newPage());
  await wall.goto(browser.url('wall.html'));
  await moving(wall, tiles);
  return wall;
}

/**
 * Waits until so many videos have pictures and play on from one look to the next: one that stands does not count.
 * @throws Error naming how many tiles moved in time
 */
export async function moving(
  page: Pick<Page, 'evaluate' | 'waitForTimeout'>,
  tiles: number,
  withinMs = 30_000,
): Promise<void> {
  const deadline = performance.now() + withinMs;
  let before: number[] = [];
  for (;;) {
    const now = await page.evaluate(() =>
      [...document.querySelectorAll('video')].map((video) => (video.readyState >= 2 ? video.currentTime : 0)),
    );
    const count = now.filter((time, tile) => time > 0.2 && time > (before[tile] ?? Infinity)).length;
    if (count >= tiles) return;
    if (performance.now() > deadline)
      throw new Error(`only ${count} of ${tiles} tiles move after ${withinMs / 1000} s`);
    before = now;
    await page.waitForTimeout(200);
  }
}

/** The meter that measure builds and the naive page put on their window. */
interface MeterHandle {
  reset(): void;
  stop(): void;
  setWrap(wrapMs: number): void;
  report(): MeterReport;
}

/** For strips that begin again every `wrapMs`, as those of rtsp-clips.ts. */
export async function setMeterWrap(page: ScriptedPage, wrapMs: number): Promise<void> {
  await page.evaluate(
    (ms) => (globalThis as unknown as { lockstepMeter: MeterHandle }).lockstepMeter.setWrap(ms),
    wrapMs,
  );
}

/** For figures of the wall without what measuring costs. */
export async function stopMeter(page: ScriptedPage): Promise<void> {
  await page.evaluate(() => (globalThis as unknown as { lockstepMeter: MeterHandle }).lockstepMeter.stop());
}

export async function resetMeter(page: ScriptedPage): Promise<void> {
  await page.evaluate(() => (globalThis as unknown as { lockstepMeter: MeterHandle }).lockstepMeter.reset());
}

export async function readMeter(page: ScriptedPage): Promise<MeterReport> {
  return page.evaluate(() =>
    (globalThis as unknown as { lockstepMeter: MeterHandle }).lockstepMeter.report(),
  );
}

/** Heap that the page's scripts hold after a forced collection, in bytes. */
export async function heapBytes(session: CDPSession): Promise<number> {
  await session.send('HeapProfiler.collectGarbage');
  const { metrics } = await session.send('Performance.getMetrics');
  return metrics.find(({ name }) => name === 'JSHeapUsedSize')?.value ?? 0;
}
