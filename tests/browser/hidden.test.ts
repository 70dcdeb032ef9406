/** A wall that lay behind another tab comes back to its instant, in a real Chromium and a real Firefox. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { moving, openWall, pair, type ScriptedPage } from '../../rig/browser.ts';
import { cameraConfig, syntheticCameras } from '../../rig/cameras.ts';
import { firefoxPath, launchFirefox, pairFirefox } from '../../rig/firefox.ts';
import { launchHidingBrowser } from '../../rig/hiding-browser.ts';
import { type RunningRelay, startRelay } from '../../rig/relay.ts';
import { inProject } from '../../rig/root.ts';
import { writeSettings } from '../../rig/wall-browser.ts';
import { type ReturnedWall, readReturn, watchReturn } from '../../rig/wall-return.ts';

const CAMERAS = syntheticCameras(3, 640, 360, 25);
const SETTLE_MS = 5_000;
const HIDDEN_MS = 6_000;
const WATCH_MS = 4_000;
const RETURNS = 3;
const binary = firefoxPath();

let relay: RunningRelay;

beforeAll(async () => {
  relay = await startRelay({ mediamtx: { enabled: false }, cameras: CAMERAS.map(cameraConfig) });
});

afterAll(() => relay?.stop());

/** @param show brings the wall to the front, or another tab */
async function comesBack(wall: ScriptedPage, show: (what: 'wall' | 'another tab') => Promise<void>) {
  const returns: ReturnedWall[] = [];
  await sleep(SETTLE_MS);
  for (let n = 0; n < RETURNS; n += 1) {
    await watchReturn(wall, WATCH_MS);
    await show('another tab');
    await sleep(HIDDEN_MS);
    expect(await wall.evaluate(() => document.hidden)).toBe(true);
    await show('wall');
    returns.push(await readReturn(wall));
  }
  const told = JSON.stringify(returns);
  for (const { phases, emptied } of returns) {
    // One that waits for media says so; none is called frozen or stuck, and none is built anew.
    expect(
      phases.filter((phase) => phase !== 'hidden' && phase !== 'buffering'),
      told,
    ).toEqual([]);
    expect(emptied, told).toBe(0);
  }
  // A moment that the machine took for something else is not the wall's.
  const [, medianMs] = returns
    .map(({ inStepMs }) => inStepMs ?? Number.POSITIVE_INFINITY)
    .toSorted((a, b) => a - b);
  expect(medianMs, told).toBeLessThanOrEqual(2_000);
}

test('a wall that is shown again is at its instant within two seconds, and called frozen at no time', async () => {
  const browser = await launchHidingBrowser();
  onTestFinished(() => browser.close());
  await pair(browser, relay.url, await relay.pairingCode());
  await browser.worker.evaluate(writeSettings, { mode: 'ultra-low' });
  const wall = await openWall(browser, CAMERAS.length);
  const other = await browser.context.newPage();
  await wall.bringToFront();
  await comesBack(wall, (what) => (what === 'wall' ? wall : other).bringToFront());
});

test.skipIf(binary === undefined)('so is one in Firefox', async () => {
  const firefox = await launchFirefox(binary ?? '', inProject('dist/firefox-measure'));
  onTestFinished(() => firefox.close());
  await pairFirefox(firefox, relay.url, await relay.pairingCode());
  await firefox.evaluate(writeSettings, { mode: 'ultra-low' });
  await firefox.open('wall.html');
  await moving({ evaluate: firefox.evaluate, waitForTimeout: sleep }, CAMERAS.length);
  await firefox.evaluate(`Promise.all([browser.tabs.getCurrent(), browser.tabs.query({ active: false })]).then(
    ([wall, [other]]) => { globalThis.tabs = { wall: wall.id, 'another tab': other.id }; })`);
  await comesBack(firefox, async (what) => {
    await firefox.evaluate(`browser.tabs.update(tabs['${what}'], { active: true }).then(() => '')`);
  });
});
