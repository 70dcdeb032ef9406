/**
 * How often a muxer whose parts froze too long (relay/pull/pull-policy.ts) is made anew. Such a muxer costs latency, a
 * new one a gap of about two seconds: a source that always starts badly gets new ones less and less often. Pure.
 */

const FIRST_PAUSE_MS = 20_000;
const PAUSE_GROWTH = 4;
const LONGEST_PAUSE_MS = FIRST_PAUSE_MS * PAUSE_GROWTH ** 2;
/** The muxer that is on its way out still closes a segment or two. */
const SETTLE_MS = 5_000;

export type FreshStart =
  /** Make it anew. */
  | { readonly kind: 'now' }
  /** It froze again: not before `inMs`. Said once for each wait. */
  | { readonly kind: 'later'; readonly inMs: number }
  /** Nothing new. */
  | { readonly kind: 'known' };

export class FreshStarts {
  #lastMs = Number.NEGATIVE_INFINITY;
  #pauseMs = 0;
  #said = false;

  /**
   * The muxer's parts are too long.
   * @param nowMs monotonic
   */
  frozen(nowMs: number): FreshStart {
    const sinceMs = nowMs - this.#lastMs;
    if (sinceMs >= this.#pauseMs) {
      this.#pauseMs = this.#pauseMs === 0 ? FIRST_PAUSE_MS : this.#longer();
      this.#lastMs = nowMs;
      this.#said = false;
      return { kind: 'now' };
    }
    if (this.#said || sinceMs < SETTLE_MS) return { kind: 'known' };
    this.#said = true;
    return { kind: 'later', inMs: this.#pauseMs - sinceMs };
  }

  #longer(): number {
    return Math.min(LONGEST_PAUSE_MS, this.#pauseMs * PAUSE_GROWTH);
  }
}
