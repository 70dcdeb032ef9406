/** A relay that comes back with other picture sizes, as after a change of its configuration: no tile stays with a lost one. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { onTestFinished, test } from 'vitest';
import { launchBrowser, openWall, pair } from '../../rig/browser.ts';
import { cameraConfig, syntheticCameras } from '../../rig/cameras.ts';
import { startRelay } from '../../rig/relay.ts';
import { chooseMode } from '../../rig/wall-run.ts';
import { eventually } from '../support/eventually.ts';

const CAMERAS = syntheticCameras(3, 640, 360, 15);
const cameras = (...rungs: string[]) => CAMERAS.map((camera) => cameraConfig({ ...camera, rungs }));

const widths = (wall: Page, width: number) =>
  eventually(
    `pictures ${width} wide in all tiles`,
    () => wall.evaluate(() => [...document.querySelectorAll('video')].map((video) => video.videoWidth)),
    (seen) => seen.length === CAMERAS.length && seen.every((each) => each === width),
    20_000,
  );

test('tiles whose rung is gone play what there is now, with several rungs left and with one', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-ladder-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const first = await startRelay({ cameras: cameras('640x360', '320x180') }, { folder });
  onTestFinished(() => first.stop());
  const browser = await launchBrowser({ headless: true });
  onTestFinished(() => browser.close());
  await pair(browser, first.url, await first.pairingCode());
  await chooseMode(browser, 'ultra-low');
  const wall = await openWall(browser, CAMERAS.length);
  await widths(wall, 640);

  const server = { port: Number(new URL(first.url).port) };
  await first.stop();
  const second = await startRelay({ server, cameras: cameras('480x270', '320x180') }, { folder });
  onTestFinished(() => second.stop());
  await widths(wall, 480);

  await second.stop();
  const third = await startRelay({ server, cameras: cameras('160x90') }, { folder });
  onTestFinished(() => third.stop());
  await widths(wall, 160);
});
