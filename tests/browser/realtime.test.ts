/** Real-time tiles in a real Chromium with a real MediaMTX: switched on in the settings, measured, lost, and impossible. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
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
import { chooseMode, realtimeTiles } from '../../rig/wall-run.ts';
import { eventually } from '../support/eventually.ts';
import { mediamtxOnPath } from '../support/mediamtx-rig.ts';

const CAMERAS = syntheticCameras(2, 320, 180, 15);
const program = await mediamtxOnPath();

/** Switches real-time on, as a user does. */
async function switchOn(browser: RigBrowser): Promise<void> {
  const page = await browser.context.newPage();
  await page.goto(browser.url('options.html'));
  await page.getByLabel('Real-time in Ultra-Low').check();
  await page.close();
}

const allRealtime = (wall: Page, tiles = CAMERAS.length, withinMs = 15_000) =>
  eventually(
    'all tiles are real-time',
    () => realtimeTiles(wall),
    (count) => count === tiles,
    withinMs,
  );

/** What one tile shows for `ms`: the longest time between two pictures on the screen, and how often there was none. */
const watchPicture = (wall: Page, camera: string, ms: number) =>
  wall.evaluate(
    async ([id, forMs]) => {
      const video = document.querySelector<HTMLVideoElement>(`[data-camera="${id}"] video`);
      if (video === null) throw new Error(`no tile of ${id}`);
      const endMs = performance.now() + forMs;
      const seen = { longestMs: 0, blank: 0 };
      let lastMs = performance.now();
      const presented = (nowMs: number): void => {
        seen.longestMs = Math.max(seen.longestMs, nowMs - lastMs);
        lastMs = nowMs;
        video.requestVideoFrameCallback(presented);
      };
      video.requestVideoFrameCallback(presented);
      while (performance.now() < endMs) {
        if (video.readyState < 2 && !video.poster) seen.blank += 1;
        await new Promise(requestAnimationFrame);
      }
      seen.longestMs = Math.max(seen.longestMs, endMs - lastMs);
      return seen;
    },
    [camera, ms] as const,
  );

/** The WebRTC sessions by which MediaMTX sends this path, by what it logged. */
function sendingSessions(log: string, path: string): string[] {
  const opened = [...log.matchAll(/\[WebRTC\] \[session (\w+)\] is reading from path '([^']+)'/g)];
  return opened.flatMap(([, id = '', of]) => (of === path && !log.includes(`${id}] closed`) ? [id] : []));
}

describe.skipIf(program === undefined)('real-time tiles (need mediamtx on PATH)', () => {
  let relay: RunningRelay;
  beforeAll(async () => {
    relay = await startRelay({
      mediamtx: { enabled: true, webrtc: { enabled: true } },
      cameras: CAMERAS.map(cameraConfig),
    });
  });
  afterAll(() => relay?.stop());

  async function start(): Promise<RigBrowser> {
    const browser = await launchBrowser({ headless: true });
    onTestFinished(() => browser.close());
    await pair(browser, relay.url, await relay.pairingCode());
    await chooseMode(browser, 'ultra-low');
    return browser;
  }

  test('play at a fraction of push’s latency, and say so', async () => {
    const browser = await start();
    const wall = await openWall(browser, CAMERAS.length);
    expect(await realtimeTiles(wall)).toBe(0);
    await switchOn(browser);
    await allRealtime(wall);
    await wall.waitForTimeout(1_000);
    await resetMeter(wall);
    await wall.waitForTimeout(4_000);
    const { tiles } = await readMeter(wall);
    expect(tiles).toHaveLength(CAMERAS.length);
    for (const { glassToGlassMs } of tiles) expect(glassToGlassMs?.p95).toBeLessThan(250);
    await wall.getByRole('banner').getByText('Real-time').waitFor();
  });

  test('go back to push when the session ends, without a black moment, and come back', async () => {
    const browser = await start();
    await switchOn(browser);
    const sessions: string[] = [];
    const wall = await browser.context.newPage();
    wall.on('response', async (response) => {
      if (response.request().method() !== 'POST' || response.status() !== 201) return;
      sessions.push(new URL((await response.allHeaders()).location ?? '', response.url()).href);
    });
    await openWall(browser, CAMERAS.length, wall);
    await allRealtime(wall);
    const [session = ''] = sessions;
    const watching = CAMERAS.map(({ id }) => watchPicture(wall, id, 2_500));
    const token: string = await browser.worker.evaluate(
      'chrome.storage.local.get("relay").then(({ relay }) => relay.token)',
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
    await allRealtime(wall);
  });

  test.each(['SIGKILL', 'SIGSTOP'] as const)(
    'are push within 1.5 s when MediaMTX gets a %s, and real-time again by themselves',
    async (signal) => {
      const browser = await start();
      await switchOn(browser);
      const wall = await openWall(browser, CAMERAS.length);
      await allRealtime(wall);
      await wall.waitForTimeout(1_000);
      const mediamtx = relay.children().find(({ label }) => label === 'MediaMTX');
      const watching = CAMERAS.map(({ id }) => watchPicture(wall, id, 5_000));
      process.kill(mediamtx?.pid ?? expect.fail('no MediaMTX runs'), signal);
      await eventually(
        'all tiles are back to push',
        () => realtimeTiles(wall),
        (count) => count === 0,
        3_000,
      );
      const seen = await Promise.all(watching);
      console.log(
        `${signal}: longest time between two pictures ${seen.map(({ longestMs }) => Math.round(longestMs))} ms`,
      );
      for (const { longestMs } of seen) expect(longestMs).toBeLessThan(1_500);
      await allRealtime(wall, CAMERAS.length, 25_000);
    },
    60_000,
  );

  test('are push in the end where the network lets no UDP through', async () => {
    const browser = await start();
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

  test('play a larger rung when the tile is enlarged, without a gap, and end the session of the smaller', async () => {
    const rungs = [
      { id: 'large', size: '640x360' },
      { id: 'small', size: '320x180' },
    ];
    const cameras = syntheticCameras(2, 640, 360).map((camera) => ({
      ...cameraConfig(camera),
      encode: { fps: camera.fps, rungs },
    }));
    const ladder = await startRelay({
      logLevel: 'debug',
      mediamtx: { enabled: true, webrtc: { enabled: true } },
      cameras,
    });
    onTestFinished(() => ladder.stop());
    // Half as wide as this, a tile is 180 pixels high.
    const browser = await launchBrowser({ headless: true, width: 640, height: 400 });
    onTestFinished(() => browser.close());
    await pair(browser, ladder.url, await ladder.pairingCode());
    await chooseMode(browser, 'ultra-low');
    await switchOn(browser);
    const wall = await openWall(browser, cameras.length);
    await allRealtime(wall, cameras.length);
    const widths = (): Promise<number[]> =>
      wall.evaluate(() => [...document.querySelectorAll('video')].map(({ videoWidth }) => videoWidth));
    // The small rung is made once push has asked for it; until then there is only the large one.
    await eventually('small pictures', widths, (sizes) => sizes.join() === '320,320', 10_000);
    const watching = watchPicture(wall, 'cam1', 4_000);
    await wall
      .locator('[data-camera="cam1"]')
      .getByRole('button', { name: /Enlarge/ })
      .click({ force: true });
    await eventually('the picture is larger', widths, ([width]) => width === 640, 3_500);
    const { longestMs, blank } = await watching;
    expect(blank).toBe(0);
    expect(longestMs).toBeLessThan(500);
    expect(await widths()).toEqual([640, 320]);
    expect(await realtimeTiles(wall)).toBe(cameras.length);
    await eventually(
      'MediaMTX sends each tile one rung',
      () =>
        ['cam1/small', 'cam1/large', 'cam2/small'].map((path) => sendingSessions(ladder.log(), path).length),
      (counts) => counts.join() === '0,1,1',
    );
  });
});
