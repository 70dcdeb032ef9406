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

const LOOK_MS = 250;

/** Begins, of every video inside an element with `data-camera`; once per page. */
export async function recordFrames(page: Page): Promise<void> {
  await page.evaluate((lookMs) => {
    interface Times {
      readonly atMs: number[];
      readonly shown: number[];
      readonly mediaMs: number[];
    }
    const cameras: Record<string, Times> = {};
    const known = new WeakSet<HTMLVideoElement>();
    const follow = (): void => {
      for (const video of document.querySelectorAll('video')) {
        const camera = video.closest('[data-camera]')?.getAttribute('data-camera');
        if (camera === null || camera === undefined || known.has(video)) continue;
        known.add(video);
        let before: number | undefined;
        const onFrame = (
          _now: number,
          { expectedDisplayTime, mediaTime, presentedFrames }: VideoFrameCallbackMetadata,
        ): void => {
          video.requestVideoFrameCallback(onFrame);
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
    setInterval(follow, lookMs);
    const beganMs = performance.now();
    Object.assign(globalThis, {
      frameRecord: () => ({ beganMs, endedMs: performance.now(), cameras }),
    });
  }, LOOK_MS);
}

export async function readFrames(page: Page): Promise<FrameRecord> {
  return page.evaluate(() => (globalThis as unknown as { frameRecord: () => FrameRecord }).frameRecord());
}
