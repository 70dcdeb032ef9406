/** Makes the tiles of a running wall change their rungs, by changing their size, and watches what that does to the picture. */
import type { Page } from 'playwright-core';

/** Tiles of a wall of three are about 640 pixels wide in the large window, and 310 in the small one. */
export const WINDOWS = { small: { width: 640, height: 480 }, large: { width: 1280, height: 800 } } as const;

export interface SwitchedTile {
  readonly camera: string;
  /** Width of the picture before and after. */
  readonly fromWidth: number;
  readonly toWidth: number;
  /** From the change of the window to the first picture of the new size. */
  readonly switchedMs: number;
  /** Longest time between two presented pictures, from the change of the window until a second after the new size. */
  readonly gapMs: number;
}

const WITHIN_MS = 8_000;
/** How long pictures of the new size are watched. */
const WATCH_MS = 1_000;

/** @throws Error naming a tile whose picture kept its size */
export async function switchRungs(page: Page, window: keyof typeof WINDOWS): Promise<SwitchedTile[]> {
  const watched = page.evaluate(
    ({ withinMs, watchMs }) =>
      Promise.all(
        [...document.querySelectorAll<HTMLVideoElement>('[data-camera] video')].map((video) => {
          const camera = video.closest('[data-camera]')?.getAttribute('data-camera') ?? '';
          const beganMs = performance.now();
          const fromWidth = video.videoWidth;
          let lastMs = beganMs;
          let gapMs = 0;
          let switchedMs: number | undefined;
          return new Promise<SwitchedTile>((resolve, reject) => {
            const timer = setTimeout(
              () => reject(new Error(`${camera} still shows pictures ${video.videoWidth} wide`)),
              withinMs,
            );
            const onFrame = (nowMs: number, { width }: VideoFrameCallbackMetadata): void => {
              gapMs = Math.max(gapMs, nowMs - lastMs);
              lastMs = nowMs;
              if (width !== fromWidth) switchedMs ??= nowMs - beganMs;
              if (switchedMs !== undefined && nowMs - beganMs > switchedMs + watchMs) {
                clearTimeout(timer);
                resolve({ camera, fromWidth, toWidth: width, switchedMs, gapMs });
              } else video.requestVideoFrameCallback(onFrame);
            };
            video.requestVideoFrameCallback(onFrame);
          });
        }),
      ),
    { withinMs: WITHIN_MS, watchMs: WATCH_MS },
  );
  const [tiles] = await Promise.all([watched, page.setViewportSize(WINDOWS[window])]);
  return tiles;
}
