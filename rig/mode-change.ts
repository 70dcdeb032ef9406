/**
 * Changes the mode of a running wall, as the popup does, and watches from inside the page what that does to the tiles: how old
 * their pictures are by the meter, whether one goes black, is built anew or seeks, and for how long none comes.
 */
import type { ScriptedPage } from './browser.ts';

export interface ChangedTile {
  readonly camera: string;
  /** Times that it jumped in its media. */
  readonly seeks: number;
  /** Times that its element was emptied or loaded anew, or another element took its place. */
  readonly rebuilds: number;
  /** Looks that saw no picture, or one without a bright spot: all test pictures have one. */
  readonly blackLooks: number;
  readonly looks: number;
  /** Longest time between two pictures. */
  readonly gapMs: number;
  /** What the tile said of itself beside `playing`. */
  readonly phases: readonly string[];
}

export interface ModeChange {
  readonly tiles: readonly ChangedTile[];
  /** Each look of the meter: when, after the change, and the age of each picture; null where it could not be read. */
  readonly ages: readonly {
    readonly atMs: number;
    readonly byCamera: Readonly<Record<string, number | null>>;
  }[];
  /** How long it was watched. */
  readonly watchedMs: number;
}

/** @param watchMs how long the tiles are watched */
export function changeMode(page: ScriptedPage, mode: string, watchMs: number): Promise<ModeChange> {
  return page.evaluate(
    async ({ mode, watchMs }) => {
      // Often enough for a flash of a few pictures; the meter itself looks each 137 ms.
      const lookMs = 50;
      // Black is 16 of 255, white 235.
      const dark = 48;
      interface Globals {
        readonly lockstepMeter: {
          latest(): { readonly atMs: number; readonly ages: ReadonlyMap<string, number | undefined> };
        };
        readonly lockstepEngine: {
          view(): { readonly tiles: readonly { readonly camera: string; readonly phase: string }[] };
        };
        readonly chrome: { storage: { local: { set(items: object): Promise<void> } } };
      }
      const { lockstepMeter, lockstepEngine, chrome } = globalThis as unknown as Globals;
      const elements = [...document.querySelectorAll<HTMLElement>('[data-camera]')];
      // While a tile changes its rung there may be another element under it, or over it.
      const seenIn = (tile: HTMLElement): HTMLVideoElement | undefined =>
        [...tile.querySelectorAll<HTMLVideoElement>('video:not(.waiting)')].at(-1);
      const beganMs = performance.now();
      const tiles = elements.map((element) => ({
        element,
        camera: element.dataset.camera ?? '',
        video: seenIn(element),
        ...{ seeks: 0, rebuilds: 0, blackLooks: 0, looks: 0, gapMs: 0, lastMs: beganMs },
        phases: new Set<string>(),
      }));
      const tileOf = (event: Event) =>
        tiles.find(({ element }) => event.target instanceof Node && element.contains(event.target));
      const onSeek = (event: Event): void => {
        const tile = tileOf(event);
        if (tile !== undefined) tile.seeks += 1;
      };
      const onRebuild = (event: Event): void => {
        const tile = tileOf(event);
        if (tile !== undefined) tile.rebuilds += 1;
      };
      let ended = false;
      const follow = (tile: (typeof tiles)[number]): void => {
        const { video } = tile;
        video?.requestVideoFrameCallback((nowMs) => {
          if (ended || video !== tile.video) return;
          tile.gapMs = Math.max(tile.gapMs, nowMs - tile.lastMs);
          tile.lastMs = Math.max(nowMs, tile.lastMs);
          follow(tile);
        });
      };
      const context = new OffscreenCanvas(16, 9).getContext('2d', { willReadFrequently: true });
      const isBlack = (video: HTMLVideoElement | undefined): boolean => {
        if (video === undefined || video.videoWidth === 0 || context === null) return true;
        // While it seeks it cannot be drawn, and the last picture stays on the screen (HTML, "the video element represents").
        if (video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return false;
        context.drawImage(video, 0, 0, 16, 9);
        const { data } = context.getImageData(0, 0, 16, 9);
        return !data.some((value, index) => index % 4 !== 3 && value > dark);
      };
      const ages: { atMs: number; byCamera: Record<string, number | null> }[] = [];
      const look = (): void => {
        for (const tile of tiles) {
          const video = seenIn(tile.element);
          if (video !== tile.video) {
            tile.rebuilds += 1;
            tile.video = video;
            follow(tile);
          }
          tile.looks += 1;
          if (isBlack(video)) tile.blackLooks += 1;
          const view = lockstepEngine.view().tiles.find(({ camera }) => camera === tile.camera);
          if (view?.phase !== 'playing') tile.phases.add(view?.phase ?? 'gone');
        }
        const latest = lockstepMeter.latest();
        const atMs = latest.atMs - beganMs;
        if (atMs <= (ages.at(-1)?.atMs ?? 0)) return;
        ages.push({
          atMs,
          byCamera: Object.fromEntries(tiles.map(({ camera }) => [camera, latest.ages.get(camera) ?? null])),
        });
      };
      document.addEventListener('seeking', onSeek, true);
      document.addEventListener('emptied', onRebuild, true);
      document.addEventListener('loadstart', onRebuild, true);
      tiles.forEach(follow);
      const timer = setInterval(look, lookMs);
      await chrome.storage.local.set({ mode });
      await new Promise((resolve) => setTimeout(resolve, watchMs));
      clearInterval(timer);
      ended = true;
      document.removeEventListener('seeking', onSeek, true);
      document.removeEventListener('emptied', onRebuild, true);
      document.removeEventListener('loadstart', onRebuild, true);
      const watchedMs = performance.now() - beganMs;
      return {
        ages,
        watchedMs,
        tiles: tiles.map(({ camera, seeks, rebuilds, blackLooks, looks, gapMs, lastMs, phases }) => ({
          ...{ camera, seeks, rebuilds, blackLooks, looks },
          // A gap that is still open counts.
          gapMs: Math.max(gapMs, performance.now() - lastMs),
          phases: [...phases],
        })),
      };
    },
    { mode, watchMs },
  );
}
