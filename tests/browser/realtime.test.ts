/** Real-time tiles in a real Chromium with a real MediaMTX: switched on in the settings, lost, and impossible. */
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { moving, openWall, type RigBrowser, readMeter, resetMeter } from '../../rig/browser.ts';
import { cameraConfig, syntheticCameras } from '../../rig/cameras.ts';
import type { RunningRelay } from '../../rig/relay.ts';
import { chooseMode, realtimeTiles } from '../../rig/wall-run.ts';
import { eventually } from '../support/eventually.ts';
import { mediamtxOnPath } from '../support/mediamtx-rig.ts';
import { type Paired, startPaired } from '../support/paired.ts';
import { allRealtime, switchOn, watchPicture } from '../support/realtime-wall.ts';

const CAMERAS = syntheticCameras(2, 320, 180, 15);
const program = await mediamtxOnPath();

describe.skipIf(program === undefined)('real-time tiles (need mediamtx on PATH)', () => {
  let paired: Paired;
  let relay: RunningRelay;
  let browser: RigBrowser;

  beforeAll(async () => {
    const config = {
      mediamtx: { enabled: true, webrtc: { enabled: true } },
      cameras: CAMERAS.map(cameraConfig),
    };
    paired = await startPaired(config);
    ({ relay, browser } = paired);
  });

  afterAll(() => paired?.stop());

  beforeEach(async () => {
    await browser.worker.evaluate('chrome.storage.local.remove("realtime")');
    await chooseMode(browser, 'ultra-low');
  });

  afterEach(async () => {
    for (const page of browser.context.pages()) if (!page.url().startsWith('about:')) await page.close();
  });

  /** A wall of the test's own; all of its tiles are real-time. */
  async function openRealtime(wall?: Page): Promise<Page> {
    await switchOn(browser);
    const opened = await openWall(browser, CAMERAS.length, wall);
    await allRealtime(opened, CAMERAS.length);
    return opened;
  }

  test('play at a fraction of push’s latency, and say so', async () => {
    const wall = await openWall(browser, CAMERAS.length);
    expect(await realtimeTiles(wall)).toBe(0);
    await switchOn(browser);
    await allRealtime(wall, CAMERAS.length);
    await resetMeter(wall);
    // Half of all looks: what a busy host does to the others is bench's to measure.
    await eventually(
      'twenty looks at pictures that are younger than push can have them',
      async () => (await readMeter(wall)).tiles.map(({ glassToGlassMs }) => glassToGlassMs),
      (ages) =>
        ages.length === CAMERAS.length && ages.every((age) => (age?.n ?? 0) >= 20 && (age?.p50 ?? 999) < 250),
    );
    await wall.getByRole('banner').getByText('Real-time').waitFor();
  });

  test('go back to push when the session ends, without a black moment', async () => {
    const sessions: string[] = [];
    const wall = await browser.context.newPage();
    wall.on('response', async (response) => {
      if (response.request().method() !== 'POST' || response.status() !== 201) return;
      sessions.push(new URL((await response.allHeaders()).location ?? '', response.url()).href);
    });
    await openRealtime(wall);
    const [session = ''] = sessions;
    const watching = CAMERAS.map(({ id }) => watchPicture(wall, id, 2_500));
    const token: string = await browser.worker.evaluate(
      'chrome.storage.local.get("relays").then(({ relays }) => relays[0].token)',
    );
    const ended = await wall.evaluate(
      async ([url = '', bearer = '']) =>
        (await fetch(url, { method: 'DELETE', headers: { Authorization: `Bearer ${bearer}` } })).status,
      [session, token],
    );
    expect(ended).toBe(200);
    await eventually(
      'one tile is back to push',
      () => realtimeTiles(wall),
      (count) => count === CAMERAS.length - 1,
      3_000,
    );
    for (const { blank } of await Promise.all(watching)) expect(blank).toBe(0);
    await moving(wall, CAMERAS.length, 5_000);
  });

  /**
   * Does this to MediaMTX, and tells the longest time without a picture of each tile, less what the page was held up.
   * The test ends with another MediaMTX.
   */
  async function disturb(wall: Page, signal: 'SIGKILL' | 'SIGSTOP'): Promise<number[]> {
    const mediamtx = relay.children().find(({ label }) => label === 'MediaMTX');
    const ready = (): number => relay.log().split('MediaMTX ready').length;
    const before = ready();
    onTestFinished(async () => {
      await eventually('MediaMTX is ready again', ready, (times) => times > before, 15_000);
    });
    const watching = CAMERAS.map(({ id }) => watchPicture(wall, id, 4_000));
    process.kill(mediamtx?.pid ?? expect.fail('no MediaMTX runs'), signal);
    await eventually(
      'all tiles are back to push',
      () => realtimeTiles(wall),
      (count) => count === 0,
      3_000,
    );
    const longestMs = (await Promise.all(watching)).map((seen) => Math.round(seen.longestMs - seen.heldUpMs));
    console.log(`${signal}: longest time without a picture ${longestMs} ms`);
    return longestMs;
  }

  test('are push within 1.5 s when MediaMTX is killed, and real-time again by themselves', async () => {
    const wall = await openRealtime();
    for (const longestMs of await disturb(wall, 'SIGKILL')) expect(longestMs).toBeLessThan(1_500);
    await allRealtime(wall, CAMERAS.length, 25_000);
  });

  test('are push within 1.5 s when MediaMTX hangs', async () => {
    const wall = await openRealtime();
    for (const longestMs of await disturb(wall, 'SIGSTOP')) expect(longestMs).toBeLessThan(1_500);
  });

  test('are push in the end where the network lets no UDP through', async () => {
    await switchOn(browser);
    const wall = await browser.context.newPage();
    // Nobody listens at the port that the answer names: to the browser, the same as a firewall.
    await wall.route('**/whep/**', async (route) => {
      const response = await route.fetch();
      const body = (await response.text()).replaceAll(/ \d+ typ host/g, ' 9 typ host');
      await route.fulfill({ response, body });
    });
    const hungUp = wall.waitForRequest((request) => request.method() === 'DELETE', { timeout: 15_000 });
    await openWall(browser, CAMERAS.length, wall);
    await hungUp;
    expect(await realtimeTiles(wall)).toBe(0);
    await moving(wall, CAMERAS.length, 5_000);
    await wall.locator('.tile').getByText('Live').first().waitFor();
  });
});
