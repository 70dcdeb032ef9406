/** Two walls in one browser, in a real Chromium: the popup tells of the one in front, and of the other when that closes. */
import type { Page } from 'playwright-core';
import { onTestFinished, test } from 'vitest';
import { openWall } from '../../rig/browser.ts';
import { cameraConfig, syntheticCameras } from '../../rig/cameras.ts';
import { chooseMode } from '../../rig/wall-run.ts';
import { eventually } from '../support/eventually.ts';
import { startPaired } from '../support/paired.ts';

const CAMERAS = syntheticCameras(1, 320, 180, 15);

const verdict = (popup: Page, words: string) =>
  eventually(
    `the popup says "${words}"`,
    () => popup.locator('.verdict').textContent(),
    (text) => text?.includes(words) === true,
  );

test('closing one of two walls leaves the other in the popup, closing both none', async () => {
  const paired = await startPaired({ cameras: CAMERAS.map(cameraConfig) }, { mode: 'stable' });
  onTestFinished(() => paired.stop());
  const { browser } = paired;
  const first = await openWall(browser, CAMERAS.length);
  const second = await openWall(browser, CAMERAS.length);
  const popup = await browser.context.newPage();
  await popup.goto(browser.url('popup.html'));
  await verdict(popup, '6.0 s behind');
  await second.close();
  // The mode is news for the wall that is left: what the popup says is its word.
  await chooseMode(browser, 'balanced');
  await first.bringToFront();
  await verdict(popup, '3.0 s behind');
  await first.close();
  await verdict(popup, 'No wall is open');
});
