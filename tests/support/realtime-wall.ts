/** What the tests of real-time tiles do to a wall, and see of it. */
import type { Page } from 'playwright-core';
import type { RigBrowser } from '../../rig/browser.ts';
import { realtimeTiles } from '../../rig/wall-run.ts';
import { eventually } from './eventually.ts';

/** Switches real-time on, as a user does. */
export async function switchOn(browser: RigBrowser): Promise<void> {
  const page = await browser.context.newPage();
  await page.goto(browser.url('options.html'));
  await page.getByLabel('Real-time in Ultra-Low').check();
  await page.close();
}

export const allRealtime = (wall: Page, tiles: number, withinMs = 15_000): Promise<number> =>
  eventually(
    'all tiles are real-time',
    () => realtimeTiles(wall),
    (count) => count === tiles,
    withinMs,
  );

/**
 * What one tile shows for `ms`: the longest time between two pictures on the screen, how often there was none, and the
 * longest time in which the browser drew nothing at all on the page.
 */
export const watchPicture = (wall: Page, camera: string, ms: number) =>
  wall.evaluate(
    async ([id, forMs]) => {
      const video = document.querySelector<HTMLVideoElement>(`[data-camera="${id}"] video`);
      if (video === null) throw new Error(`no tile of ${id}`);
      const endMs = performance.now() + forMs;
      const seen = { longestMs: 0, blank: 0, heldUpMs: 0 };
      let drawnMs = performance.now();
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
        seen.heldUpMs = Math.max(seen.heldUpMs, performance.now() - drawnMs);
        drawnMs = performance.now();
      }
      seen.longestMs = Math.max(seen.longestMs, endMs - lastMs);
      return seen;
    },
    [camera, ms] as const,
  );
