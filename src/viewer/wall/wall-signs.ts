/** Reads off the tiles what the latency policy and the link's quality are judged by. */
import type { ArrivalSigns } from '../push/arrival-delay.ts';
import type { CameraTile } from '../tile/camera-tile.ts';
import type { TileSigns } from './wall-need.ts';

const SKIPS_WITHIN_MS = 30_000;
/** What a wall did not ask for while nobody saw it is no fault of the link. */
const BACK_MS = 5_000;

/** What of a tile is read. */
export type ReadTile = Pick<CameraTile, 'stalls' | 'arrival' | 'rungs' | 'mirror' | 'camera'>;

export class WallSigns {
  #skipped = new Map<string, number>();
  #forgivenUntilMs = Number.NEGATIVE_INFINITY;
  #skips: { readonly atMs: number; readonly parts: number }[] = [];

  /** Call it a few times a second: stalls and skipped parts are taken, not only read. */
  read(tiles: ReadonlyMap<string, ReadTile>, nowMs: number): TileSigns[] {
    this.#countSkips(tiles, nowMs);
    // What the link does is told by what is only passed on, where there is any.
    const passedOn = [...tiles.values()].some(({ rungs }) => !rungs.made);
    return [...tiles].map(([camera, tile]) => ({
      camera,
      lateStalls: tile.stalls.takeLate(),
      arrival: tile.arrival.signs(nowMs),
      waitMs: sends(tile) ? tile.arrival.waitMs(nowMs) : undefined,
      tells: sends(tile) && !tile.rungs.pace.slow && !(passedOn && tile.rungs.made),
    }));
  }

  /** The wall is seen again. */
  shown(nowMs: number): void {
    this.#forgivenUntilMs = nowMs + BACK_MS;
  }

  /** Parts that were skipped in the last half minute, of all tiles. */
  get skippedParts(): number {
    return this.#skips.reduce((sum, { parts }) => sum + parts, 0);
  }

  #countSkips(tiles: ReadonlyMap<string, ReadTile>, nowMs: number): void {
    const skipped = new Map([...tiles].map(([camera, { mirror }]) => [camera, mirror.skippedParts]));
    let parts = 0;
    for (const [camera, total] of skipped) parts += Math.max(0, total - (this.#skipped.get(camera) ?? total));
    this.#skipped = skipped;
    if (parts > 0 && nowMs > this.#forgivenUntilMs) this.#skips.push({ atMs: nowMs, parts });
    this.#skips = this.#skips.filter(({ atMs }) => nowMs - atMs < SKIPS_WITHIN_MS);
  }
}

/** Those that tell of the link. */
export function tellingArrivals(signs: readonly TileSigns[]): ArrivalSigns[] {
  return signs.flatMap(({ tells, arrival }) => (tells && arrival !== undefined ? [arrival] : []));
}

/** The relay says that the camera is well: when nothing comes, it is the link. */
const sends = ({ camera: { state } }: ReadTile): boolean => state === 'live' || state === 'degraded';
