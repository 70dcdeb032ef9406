/**
 * Decides from how far a transcoder is behind its source when it is given nothing until the next keyframe, so that it is
 * with the source again. That it cannot keep up, and what it is to do less of, is relay/capacity: if it were spared more
 * here, it would look there as if it kept up. Pure.
 */

/** Behind by more than this, a wall that asks for its smallest latency has nothing to show. */
const LIMIT_MS = 500;
/** Whether it catches up is judged over this. */
const JUDGED_MS = 500;
/** One that will be there within this is left alone: a start with a backlog, a burst after a pause of the network. */
const CATCH_UP_MS = 1_500;

export class Lag {
  /** Behind by more is too much, in ms. */
  readonly limitMs: number;
  /** Since when it is behind, and how far it was then. */
  #since: { readonly atMs: number; readonly behindMs: number } | undefined;

  /** @param heldMs what it is always behind: pictures that its encoder and muxer hold back */
  constructor(heldMs: number) {
    this.limitMs = LIMIT_MS + heldMs;
  }

  /** Another process, or one that is given nothing now: how far it was behind says nothing any more. */
  reset(): void {
    this.#since = undefined;
  }

  /**
   * @param behindMs media time from what it delivered to what it was given
   * @param nowMs monotonic
   * @returns true when it is to be given nothing until the next keyframe
   */
  tooFar(behindMs: number, nowMs: number): boolean {
    if (behindMs <= this.limitMs) {
      this.#since = undefined;
      return false;
    }
    this.#since ??= { atMs: nowMs, behindMs };
    if (this.#catchesUp(this.#since, behindMs, nowMs)) return false;
    this.#since = undefined;
    return true;
  }

  #catchesUp(since: { atMs: number; behindMs: number }, behindMs: number, nowMs: number): boolean {
    const passedMs = nowMs - since.atMs;
    if (passedMs < JUDGED_MS) return true;
    const gained = (since.behindMs - behindMs) / passedMs;
    return gained > 0 && (behindMs - this.limitMs) / gained < CATCH_UP_MS;
  }
}
