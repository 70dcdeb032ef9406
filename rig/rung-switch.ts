/** Makes tiles of a running wall change their rungs, by changing their size, and watches what that does to the picture. */
import type { Page } from 'playwright-core';

/** Tiles of a wall of three are about 640 pixels wide in the large window, and 310 in the small one. */
export const WINDOWS = { small: { width: 640, height: 480 }, large: { width: 1280, height: 800 } } as const;

export interface SwitchedTile {
  readonly camera: string;
  /** Width of the picture before and after. */
  readonly fromWidth: number;
  readonly toWidth: number;
  /** From the change of the tile's size to the first picture of the new size. */
  readonly switchedMs: number;
  /** Longest time between two presented pictures, from the change of the tile's size until a second after the new picture size. */
  readonly gapMs: number;
}

const WITHIN_MS = 8_000;
/** How long pictures of the new size are watched. */
const WATCH_MS = 1_000;

/** @throws Error naming a tile whose picture kept its size */
export function switchRungs(page: Page, window: keyof typeof WINDOWS): Promise<SwitchedTile[]> {
  return watchSwitch(page, '[data-camera] video', () => page.setViewportSize(WINDOWS[window]));
}

/**
 * Enlarges one tile by its button, as a click does.
 * @throws Error when its picture keeps its size
 */
export async function enlarge(page: Page, camera: string): Promise<SwitchedTile> {
  const tile = `[data-camera="${camera}"]`;
  const [switched] = await watchSwitch(page, `${tile} video`, () =>
    page.evaluate((button) => document.querySelector<HTMLElement>(button)?.click(), `${tile} .tile-expand`),
  );
  if (switched === undefined) throw new Error(`${camera} has no tile`);
  return switched;
}

/** @param act makes these videos change their size; its beginning is where the times are counted from */
async function watchSwitch(page: Page, videos: string, act: () => Promise<unknown>): Promise<SwitchedTile[]> {
  const watched = page.evaluate(
    ({ videos, withinMs, watchMs }) =>
      Promise.all(
        [...document.querySelectorAll<HTMLVideoElement>(videos)].map((video) => {
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
    { videos, withinMs: WITHIN_MS, watchMs: WATCH_MS },
  );
  const [tiles] = await Promise.all([watched, act()]);
  return tiles;
}
