/**
 * What latency the wall needs by how late its parts come, and which tiles it goes on without: the wall's latency is what
 * most tiles need, never what one of them needs alone. Pure.
 */
import type { ArrivalSigns } from '../push/arrival-delay.ts';

export interface TileSigns {
  readonly camera: string;
  /** Stalls since the last look that late parts caused. */
  readonly lateStalls: number;
  /** Undefined before there is media of some seconds. */
  readonly arrival: ArrivalSigns | undefined;
  /** How long nothing has come; undefined before the first part, and while the relay says that the camera sends nothing. */
  readonly waitMs: number | undefined;
  /**
   * It tells of the link. Not one that the relay makes, where there are others: a transcoder on a full host is late by
   * itself. Nor one of a picture every other second.
   */
  readonly tells: boolean;
}

/** One frame of play, and what appending and decoding a part takes. */
const PLAY_MS = 33 + 25;
/** A tile is let go when the wall gains so much by it. */
const OUTLIER_FACTOR = 1.5;
const OUTLIER_MS = 200;

/** Latency at which a tile whose parts come like this has its picture in time, one frame spare. */
export function needMs({ lateMs, partMs }: ArrivalSigns): number {
  return lateMs + partMs + PLAY_MS;
}

/** How many of so many tiles the wall may go on without. */
export function spareTiles(tiles: number): number {
  return Math.floor(tiles / 3);
}

/** Whether holding `ownMs` instead of `wallMs` would cost the wall too much for one tile. */
export function outlies(ownMs: number, wallMs: number): boolean {
  return ownMs > wallMs * OUTLIER_FACTOR + OUTLIER_MS;
}

/**
 * @param needsMs of the tiles that tell of the link
 * @returns what most of them need: the largest need that is no outlier; undefined without any
 */
export function wallNeedMs(needsMs: readonly number[]): number | undefined {
  const sorted = needsMs.toSorted((a, b) => a - b);
  for (let i = sorted.length - 1 - spareTiles(sorted.length); i < sorted.length - 1; i += 1) {
    const [own = 0, next = 0] = sorted.slice(i, i + 2);
    if (outlies(next, own)) return own;
  }
  return sorted.at(-1);
}
