/**
 * A Chromium whose tabs are hidden when they lie behind another one, as a user's are: Playwright tells every page that it
 * starts itself that it is in front.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { chromium } from 'playwright-core';
import { chromiumArgs, chromiumPath, type RigBrowser } from './browser.ts';
import { endBrowser } from './end-child.ts';
import { processTree } from './processes.ts';

const START_WITHIN_MS = 30_000;
const LOOK_MS = 50;

/** @throws Error when Chromium does not come up */
export async function launchHidingBrowser(): Promise<RigBrowser> {
  const profile = await mkdtemp(join(tmpdir(), 'lockstep-profile-'));
  const options = { headless: true };
  const child = spawn(
    chromiumPath(),
    [
      ...chromiumArgs(options),
      `--user-data-dir=${profile}`,
      ...['--remote-debugging-port=0', '--no-first-run', '--window-size=1280,800', 'about:blank'],
    ],
    { stdio: 'ignore', env: { ...process.env, LANGUAGE: 'en_US' } },
  );
  const close = (): Promise<void> => endBrowser(child, profile);
  try {
    const browser = await chromium.connectOverCDP(await endpoint(profile), { noDefaults: true });
    const [context] = browser.contexts();
    if (context === undefined) throw new Error('Chromium has no window.');
    const worker = context.serviceWorkers()[0] ?? (await context.waitForEvent('serviceworker'));
    const extensionId = new URL(worker.url()).host;
    return {
      context,
      extensionId,
      worker,
      url: (page) => `chrome-extension://${extensionId}/${page}`,
      processes: () => (child.pid === undefined ? [] : processTree(child.pid)),
      async close() {
        await browser.close();
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Chromium writes the port that it found into its profile. */
async function endpoint(profile: string): Promise<string> {
  const deadline = performance.now() + START_WITHIN_MS;
  for (;;) {
    const port = await readFile(join(profile, 'DevToolsActivePort'), 'utf8').catch(() => '');
    const [number = '', path = ''] = port.split('\n');
    if (path !== '') return `ws://127.0.0.1:${number}${path}`;
    if (performance.now() > deadline) throw new Error('Chromium did not come up');
    await sleep(LOOK_MS);
  }
}
