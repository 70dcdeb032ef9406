/** What the tiles of a wall tell their user, and what the wall knows of them. */
import type { Page } from 'playwright-core';

export interface TileWords {
  readonly camera: string;
  /** Name and state, what lies over the picture, and the panel of figures if it is open, in one line. */
  readonly says: string;
  readonly rung: string | undefined;
  readonly phase: string | undefined;
  readonly skippedParts: number | undefined;
  /** The relay's word on the camera, with the reason if it has one. */
  readonly relay: string;
}

export async function tileWords(wall: Page): Promise<TileWords[]> {
  return wall.evaluate(async () => {
    interface View {
      readonly tiles: readonly {
        readonly camera: string;
        readonly rung?: string;
        readonly phase: string;
        readonly skippedParts: number;
      }[];
    }
    interface Camera {
      readonly id: string;
      readonly state: string;
      readonly reason: string;
    }
    const { lockstepEngine, chrome } = globalThis as unknown as {
      lockstepEngine: { view(): View };
      chrome: { storage: { session: { get(key: string): Promise<{ relay?: { cameras: Camera[] } }> } } };
    };
    const views = lockstepEngine.view().tiles;
    const cameras = (await chrome.storage.session.get('relay')).relay?.cameras ?? [];
    return [...document.querySelectorAll<HTMLElement>('[data-camera]')].map((tile) => {
      const id = tile.dataset.camera ?? '';
      const view = views.find(({ camera }) => camera === id);
      const camera = cameras.find((candidate) => candidate.id === id);
      return {
        camera: id,
        says: [...tile.querySelectorAll('h2, p, dt, dd, .state, .tile-figures span')]
          .map(({ textContent }) => textContent.trim())
          .join(' '),
        rung: view?.rung,
        phase: view?.phase,
        skippedParts: view?.skippedParts,
        relay: [camera?.state ?? 'unknown', camera?.reason ?? ''].filter((text) => text !== '').join(': '),
      };
    });
  });
}
