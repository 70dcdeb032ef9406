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
  return watchSwitch(page, '[data-camera]', () => page.setViewportSize(WINDOWS[window]));
}

/**
 * Enlarges one tile by its button, as a click does.
 * @throws Error when its picture keeps its size
 */
export async function enlarge(page: Page, camera: string): Promise<SwitchedTile> {
  const tile = `[data-camera="${camera}"]`;
  const [switched] = await watchSwitch(page, tile, () =>
    page.evaluate((button) => document.querySelector<HTMLElement>(button)?.click(), `${tile} .tile-expand`),
  );
  if (switched === undefined) throw new Error(`${camera} has no tile`);
  return switched;
}

/** @param act makes these tiles change their size; its beginning is where the times are counted from */
async function watchSwitch(page: Page, tiles: string, act: () => Promise<unknown>): Promise<SwitchedTile[]> {
  const watched = page.evaluate(
    ({ tiles, withinMs, watchMs }) =>
      Promise.all(
        [...document.querySelectorAll<HTMLElement>(tiles)].map((tile) => {
          const camera = tile.dataset.camera ?? '';
          const videos = (which: string): HTMLVideoElement[] => [
            ...tile.querySelectorAll<HTMLVideoElement>(which),
          ];
          /** Under it, and then over it, there may be another one that is to show the new rung. */
          const seen = (): HTMLVideoElement | undefined => videos('video:not(.waiting)').at(-1);
          const beganMs = performance.now();
          const fromWidth = seen()?.videoWidth ?? 0;
          let lastMs = beganMs;
          let gapMs = 0;
          let switchedMs: number | undefined;
          return new Promise<SwitchedTile>((resolve, reject) => {
            const end = (): void => {
              clearTimeout(timer);
              others.disconnect();
            };
            const timer = setTimeout(() => {
              end();
              reject(new Error(`${camera} still shows pictures ${seen()?.videoWidth} wide`));
            }, withinMs);
            const known = new WeakSet<HTMLVideoElement>();
            const follow = (): void => {
              for (const video of videos('video')) {
                if (!known.has(video)) watch(video);
                known.add(video);
              }
            };
            const watch = (video: HTMLVideoElement): void => {
              video.requestVideoFrameCallback((nowMs, { width: toWidth }) => {
                if (video !== seen()) return watch(video);
                gapMs = Math.max(gapMs, nowMs - lastMs);
                lastMs = nowMs;
                if (toWidth !== fromWidth) switchedMs ??= nowMs - beganMs;
                if (switchedMs === undefined || nowMs - beganMs <= switchedMs + watchMs) return watch(video);
                end();
                resolve({ camera, fromWidth, toWidth, switchedMs, gapMs });
              });
            };
            const others = new MutationObserver(follow);
            others.observe(tile, { childList: true, subtree: true });
            follow();
          });
        }),
      ),
    { tiles, withinMs: WITHIN_MS, watchMs: WATCH_MS },
  );
  const [switched] = await Promise.all([watched, act()]);
  return switched;
}
