/** One wall of three relays whose hosts have different clocks, and cameras of the same ids. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  launchBrowser,
  moving,
  openWall,
  pair,
  type RigBrowser,
  readMeter,
  resetMeter,
} from '../../rig/browser.ts';
import { cameraConfig, syntheticCameras } from '../../rig/cameras.ts';
import { type RunningRelay, startRelay } from '../../rig/relay.ts';
import { chooseMode } from '../../rig/wall-run.ts';
import { eventually } from '../support/eventually.ts';

const CAMERAS = syntheticCameras(1, 320, 180, 30);
const STEP_MS = 5_000;
const CLOCKS_MS = [-STEP_MS, 0, STEP_MS];
/** In the order of the pairings. */
const TILES = ['cam1', '2:cam1', '3:cam1'];
const LATENCY_MS = 1_500;
/** As for the cameras of one relay. */
const SKEW_P95_MS = 60;
const MEASURE_MS = 15_000;

let relays: RunningRelay[] = [];
let browser: RigBrowser;
let wall: Page;

beforeAll(async () => {
  const config = { mediamtx: { enabled: false }, cameras: CAMERAS.map(cameraConfig) };
  [browser, ...relays] = await Promise.all([
    launchBrowser({ headless: true }),
    ...CLOCKS_MS.map((aheadMs) => startRelay(config, { clock: { aheadMs, stepMs: STEP_MS } })),
  ]);
  for (const [place, relay] of relays.entries()) {
    await pair(browser, relay.url, await relay.pairingCode(), { another: place > 0 });
  }
  await chooseMode(browser, 'balanced', LATENCY_MS);
  wall = await openWall(browser, TILES.length);
});

afterAll(async () => {
  await browser?.close();
  await Promise.all(relays.map((relay) => relay.stop()));
});

/** Ages and skew by the strip, which shows the true clock. */
async function inStep(): Promise<void> {
  await resetMeter(wall);
  await wall.waitForTimeout(MEASURE_MS);
  const { tiles, skewMs } = await readMeter(wall);
  const ages = tiles.map(({ camera, glassToGlassMs }) => [camera, glassToGlassMs?.p50] as const);
  expect(ages.map(([camera]) => camera)).toEqual(TILES);
  for (const [, ageMs] of ages) expect(Math.abs((ageMs ?? Infinity) - LATENCY_MS)).toBeLessThan(150);
  expect(skewMs?.n).toBeGreaterThan(50);
  expect(skewMs?.p95).toBeLessThanOrEqual(SKEW_P95_MS);
}

const state = (tile: string): Promise<string | null> =>
  wall.locator(`[data-camera="${tile}"]`).getAttribute('data-state');

test('hosts whose clocks are five seconds off show one instant, and still do when one of them is set', async () => {
  // As at every start: the tiles may still be finding their place.
  await wall.waitForTimeout(5_000);
  await inStep();
  relays[2]?.setClock();
  await wall.waitForTimeout(2_000);
  await inStep();
});

test('a relay that dies takes its own tiles only, is named, and comes back by itself', async () => {
  const [first] = relays;
  if (first === undefined) throw new Error('no relay');
  await resetMeter(wall);
  process.kill(first.pid, 'SIGKILL');
  await first.restart(async () => {
    await eventually(
      'its tile says so',
      () => state('cam1'),
      (now) => now === 'stale',
    );
    await wall.locator('.warning-bar').getByText('Cannot reach the relay').waitFor();
    const popup = await browser.context.newPage();
    await popup.goto(browser.url('popup.html'));
    await popup.locator('.relay-name.bad').getByText('Relay unreachable').waitFor();
    await popup.close();
    await wall.waitForTimeout(3_000);
    const { tiles } = await readMeter(wall);
    const others = tiles.filter(({ camera }) => camera !== 'cam1');
    expect(others.map(({ stalls, frozenMs }) => [stalls, frozenMs])).toEqual([
      [0, 0],
      [0, 0],
    ]);
    expect([await state('2:cam1'), await state('3:cam1')]).toEqual(['moving', 'moving']);
  });
  await moving(wall, TILES.length);
  await wall.locator('.warning-bar').waitFor({ state: 'detached' });
  await wall.waitForTimeout(5_000);
  await inStep();
});

test('a relay can be renamed and ended in the list, and its tiles go with it', async () => {
  const options = await browser.context.newPage();
  await options.goto(browser.url('options.html'));
  const rows = options.locator('.relays li');
  await eventually(
    'three relays are listed',
    () => rows.count(),
    (count) => count === TILES.length,
  );
  await rows
    .nth(1)
    .getByRole('button', { name: /^Rename/ })
    .click();
  await rows.nth(1).getByRole('textbox').fill('Barn');
  await options.keyboard.press('Enter');
  await wall.locator('[data-camera="2:cam1"] .tile-origin').getByText('Barn', { exact: true }).waitFor();
  await rows.nth(1).getByRole('button', { name: 'Unpair Barn' }).click();
  await wall.locator('[data-camera="2:cam1"]').waitFor({ state: 'detached' });
  expect([await state('cam1'), await state('3:cam1')]).toEqual(['moving', 'moving']);
  await options.close();
});
