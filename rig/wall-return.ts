/** Watches from inside its page how a wall that was hidden comes back. */
import type { ScriptedPage } from './browser.ts';

export interface ReturnedWall {
  /** After the return: from then on every tile was within a picture of the wall's instant for half a second; null: never. */
  readonly inStepMs: number | null;
  /** What tiles said of themselves beside `playing`. */
  readonly phases: readonly string[];
  /** Times that an element was emptied: its picture was black, or built anew. */
  readonly emptied: number;
  /** The farthest tile from the wall's instant at each look, in ms; null while one could not tell. */
  readonly looks: readonly (readonly [atMs: number, worstMs: number | null])[];
}

/** Call it before the wall is hidden: watches it for so long after its return, for {@link readReturn}. */
export function watchReturn(page: ScriptedPage, watchMs: number): Promise<void> {
  return page.evaluate((forMs) => {
    interface Tile {
      readonly phase: string;
      readonly offsetMs?: number;
    }
    const { lockstepEngine } = globalThis as unknown as {
      readonly lockstepEngine: { view(): { readonly tiles: readonly Tile[] } };
    };
    const pictureMs = 40;
    const heldMs = 500;
    const returned = new Promise((resolve) => {
      const changed = (): void => {
        if (document.hidden) return;
        document.removeEventListener('visibilitychange', changed);
        const beganMs = performance.now();
        const looks: [number, number | null][] = [];
        const phases = new Set<string>();
        let inStepMs: number | null = null;
        let sinceMs: number | undefined;
        let emptied = 0;
        const onEmptied = (): void => {
          emptied += 1;
        };
        document.addEventListener('emptied', onEmptied, true);
        const timer = setInterval(() => {
          const atMs = Math.round(performance.now() - beganMs);
          const { tiles } = lockstepEngine.view();
          for (const { phase } of tiles) if (phase !== 'playing') phases.add(phase);
          const worstMs = Math.max(...tiles.map(({ offsetMs = Number.NaN }) => Math.abs(offsetMs)));
          looks.push([atMs, Number.isNaN(worstMs) ? null : Math.round(worstMs)]);
          sinceMs = worstMs <= pictureMs ? (sinceMs ?? atMs) : undefined;
          if (sinceMs !== undefined && atMs - sinceMs >= heldMs) inStepMs ??= sinceMs;
          if (atMs < forMs) return;
          clearInterval(timer);
          document.removeEventListener('emptied', onEmptied, true);
          resolve({ inStepMs, phases: [...phases], emptied, looks });
        }, 50);
      };
      document.addEventListener('visibilitychange', changed);
    });
    Object.assign(globalThis, { returned });
  }, watchMs);
}

export function readReturn(page: ScriptedPage): Promise<ReturnedWall> {
  return page.evaluate(() => (globalThis as unknown as { returned: Promise<ReturnedWall> }).returned);
}
