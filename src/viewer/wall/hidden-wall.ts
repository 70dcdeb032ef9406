/** How much a wall still asks for that nobody sees. Pure. */

export type Asks = 'all' | 'smallest' | 'nothing';

/** A glance at another tab costs no picture. */
const SMALLEST_AFTER_MS = 60_000;
/** Its cameras are still watched: by the background, over the control link. */
const NOTHING_AFTER_MS = 600_000;

export class HiddenWall {
  #sinceMs: number | undefined;

  /** @param nowMs monotonic; browsers let a hidden page look once a minute only */
  step(nowMs: number, hidden: boolean): Asks {
    if (!hidden) this.#sinceMs = undefined;
    else this.#sinceMs ??= nowMs;
    const forMs = this.#sinceMs === undefined ? 0 : nowMs - this.#sinceMs;
    if (forMs >= NOTHING_AFTER_MS) return 'nothing';
    return forMs >= SMALLEST_AFTER_MS ? 'smallest' : 'all';
  }
}
