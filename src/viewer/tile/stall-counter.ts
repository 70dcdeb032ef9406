/**
 * Counts the times a tile stood still while it should have played, and tells those that late parts caused (which more
 * latency would have prevented) from restarts of the camera, from outages, and from a decoder that is behind. Pure.
 */

/** After a start, a seek or a rebuild the player runs dry by nature. */
const SETTLE_MS = 2_000;
/** Running dry for longer is an outage: no target of the mode would have covered it. */
const OUTAGE_MS = 1_000;
/**
 * A player that stands with so much buffered waits for its decoder, as Chromium's does for a moment right after a
 * seek (seen: 330 ms buffered, over within the same millisecond). A part that came since counts for less.
 */
export const BUFFERED_MS = 100;

export class StallCounter {
  #total = 0;
  #late = 0;
  #dryMs: number | undefined;
  #dryEpoch = 0;
  #fed = false;
  #disturbedMs = 0;

  get total(): number {
    return this.#total;
  }

  /** Stalls by late parts that ended since the last call. */
  takeLate(): number {
    const late = this.#late;
    this.#late = 0;
    return late;
  }

  /** The player was started, rebuilt, sought or shown again. */
  disturbed(nowMs: number): void {
    this.#disturbedMs = nowMs;
    this.#dryMs = undefined;
  }

  /** The player ran dry; `epoch` is the mirror's, `bufferAheadMs` what it has to play nevertheless. */
  dry(nowMs: number, epoch: number, bufferAheadMs: number): void {
    if (this.#dryMs !== undefined || nowMs - this.#disturbedMs < SETTLE_MS) return;
    this.#total += 1;
    this.#dryMs = nowMs;
    this.#dryEpoch = epoch;
    this.#fed = bufferAheadMs >= BUFFERED_MS;
  }

  /** The player goes on. */
  playing(nowMs: number, epoch: number): void {
    if (this.#dryMs === undefined) return;
    if (!this.#fed && epoch === this.#dryEpoch && nowMs - this.#dryMs < OUTAGE_MS) this.#late += 1;
    this.#dryMs = undefined;
  }
}
