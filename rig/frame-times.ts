/** Writes down when the pictures of each tile came, from inside the page and without looking at a pixel. */
import type { Page } from 'playwright-core';

/** Of one camera, in the order of its pictures. */
export interface FrameTimes {
  /** Each picture that was noticed: when it is on the screen, by the page's clock, in ms … */
  readonly atMs: readonly number[];
  /** … how many pictures were shown since the one before: 1, or more when the page was too busy to notice each … */
  readonly shown: readonly number[];
  /** … and its place in the media, in ms. */
  readonly mediaMs: readonly number[];
}

export interface FrameRecord {
  readonly beganMs: number;
  readonly endedMs: number;
  /** Camera → its pictures; a camera without one is not there. */
  readonly cameras: Readonly<Record<string, FrameTimes>>;
}

/**
 * Begins, of the video that is, or that is seen inside, each element with `data-camera` (while a tile changes its rung there may be
 * another one under it, or over it); once per page.
 */
export async function recordFrames(page: Page): Promise<void> {
  await page.evaluate(() => {
    interface Times {
      readonly atMs: number[];
      readonly shown: number[];
      readonly mediaMs: number[];
    }
    const cameras: Record<string, Times> = {};
    const known = new WeakSet<HTMLVideoElement>();
    const follow = (): void => {
      for (const video of document.querySelectorAll('video')) {
        const tile = video.closest('[data-camera]');
        const camera = tile?.getAttribute('data-camera');
        if (camera === null || camera === undefined || known.has(video)) continue;
        known.add(video);
        // A peer's video is its own tile.
        const seen = (): boolean =>
          tile === video || [...(tile?.querySelectorAll('video:not(.waiting)') ?? [])].at(-1) === video;
        let before: number | undefined;
        const onFrame = (
          _now: number,
          { expectedDisplayTime, mediaTime, presentedFrames }: VideoFrameCallbackMetadata,
        ): void => {
          video.requestVideoFrameCallback(onFrame);
          if (!seen()) {
            before = undefined;
            return;
          }
          const times = cameras[camera] ?? { atMs: [], shown: [], mediaMs: [] };
          cameras[camera] = times;
          times.atMs.push(expectedDisplayTime);
          times.shown.push(before === undefined ? 1 : Math.max(1, presentedFrames - before));
          times.mediaMs.push(mediaTime * 1000);
          before = presentedFrames;
        };
        video.requestVideoFrameCallback(onFrame);
      }
    };
    follow();
    // A tile may come back in another element.
    new MutationObserver(follow).observe(document, { childList: true, subtree: true });
    const beganMs = performance.now();
    Object.assign(globalThis, {
      frameRecord: () => ({ beganMs, endedMs: performance.now(), cameras }),
    });
  });
}

export async function readFrames(page: Page): Promise<FrameRecord> {
  return page.evaluate(() => (globalThis as unknown as { frameRecord: () => FrameRecord }).frameRecord());
}
