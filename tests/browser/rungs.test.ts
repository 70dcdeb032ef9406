/** Tiles that change their rung with their size, in a real Chromium: without a gap, in step afterwards. */
import { expect, onTestFinished, test } from 'vitest';
import { launchBrowser, openWall, pair, readMeter, resetMeter } from '../../rig/browser.ts';
import { cameraConfig, syntheticCameras } from '../../rig/cameras.ts';
import { startRelay } from '../../rig/relay.ts';
import { switchRungs } from '../../rig/rung-switch.ts';
import { chooseMode } from '../../rig/wall-run.ts';
import { eventually } from '../support/eventually.ts';

const CAMERAS = syntheticCameras(3).map((camera) => ({ ...camera, rungs: ['640x360', '320x180'] }));
/** Measured by `npm run bench -- rungs`: 83 ms. Here it only has to be no black moment and no reload. */
const GAP_MS = 500;

test('a tile plays the rung of its size, and exchanges it without a gap', async () => {
  const relay = await startRelay({ mediamtx: { enabled: false }, cameras: CAMERAS.map(cameraConfig) });
  onTestFinished(() => relay.stop());
  const browser = await launchBrowser({ headless: true });
  onTestFinished(() => browser.close());
  await pair(browser, relay.url, await relay.pairingCode());
  await chooseMode(browser, 'ultra-low');
  const wall = await openWall(browser, CAMERAS.length);
  await eventually(
    'large pictures in large tiles',
    () => wall.evaluate(() => [...document.querySelectorAll('video')].map((video) => video.videoWidth)),
    (widths) => widths.every((width) => width === 640),
    15_000,
  );
  await wall.waitForTimeout(3_000); // The rung of a tile is changed every three seconds at most.

  const [down, up] = [await switchRungs(wall, 'small'), await switchRungs(wall, 'large')];
  expect(down.map(({ fromWidth, toWidth }) => [fromWidth, toWidth])).toEqual(CAMERAS.map(() => [640, 320]));
  expect(up.map(({ fromWidth, toWidth }) => [fromWidth, toWidth])).toEqual(CAMERAS.map(() => [320, 640]));
  for (const { gapMs } of [...down, ...up]) expect(gapMs).toBeLessThan(GAP_MS);

  await resetMeter(wall);
  const report = await eventually(
    'tiles in step again',
    () => readMeter(wall),
    ({ skewMs }) => (skewMs?.n ?? 0) > 20,
  );
  expect(report.skewMs?.p50).toBeLessThan(250);
});
