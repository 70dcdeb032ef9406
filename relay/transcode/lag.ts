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
/** Behind by more than this, its tile is not in step with others that are passed on. */
const IN_STEP_MS = 150;
/** It stays that far behind for so long: what it began with is not going to be caught up. */
const STAYS_MS = 1_000;
/** What is left out for the sake of step is left out this seldom. */
const SELDOM_MS = 10_000;

export class Lag {
  /** Behind by more is too much, in ms. */
  readonly limitMs: number;
  /** Since when it is behind, and how far it was then. */
  #since: { readonly atMs: number; readonly behindMs: number } | undefined;
  readonly #inStepMs: number;
  /** Since when it is too late to be in step. */
  #lateSinceMs: number | undefined;
  #caughtUpAtMs = Number.NEGATIVE_INFINITY;

  /** @param heldMs what it is always behind: pictures that its encoder and muxer hold back */
  constructor(heldMs: number) {
    this.limitMs = LIMIT_MS + heldMs;
    this.#inStepMs = IN_STEP_MS + heldMs;
  }

  /** Another process, or one that is given nothing now: how far it was behind says nothing any more. */
  reset(): void {
    this.#since = undefined;
    this.#lateSinceMs = undefined;
  }

  /**
   * Asked when a keyframe comes. What a transcoder of a large picture began with, up to a whole group, it may carry along
   * for ever, as it is hardly faster than its source: what it has not read by now is left out, once in a while. That is a
   * jump by as much, and no picture stands.
   * @param behindMs as in {@link tooFar}; undefined before its first picture, when nobody sees a jump
   * @param waitingMs media time that it has not been given yet
   * @returns true when it is to go on with that keyframe
   */
  goesOnHere(behindMs: number | undefined, waitingMs: number, nowMs: number): boolean {
    if (waitingMs <= IN_STEP_MS) return false;
    if (behindMs === undefined) return true;
    const stays = this.#lateSinceMs !== undefined && nowMs - this.#lateSinceMs >= STAYS_MS;
    if (!stays || nowMs - this.#caughtUpAtMs < SELDOM_MS) return false;
    this.reset();
    this.#caughtUpAtMs = nowMs;
    return true;
  }

  /**
   * @param behindMs media time from what it delivered to what it was given
   * @param nowMs monotonic
   * @returns true when it is to be given nothing until the next keyframe
   */
  tooFar(behindMs: number, nowMs: number): boolean {
    if (behindMs <= this.#inStepMs) this.#lateSinceMs = undefined;
    else this.#lateSinceMs ??= nowMs;
    if (behindMs <= this.limitMs) {
      this.#since = undefined;
      return false;
    }
    this.#since ??= { atMs: nowMs, behindMs };
    if (this.#catchesUp(this.#since, behindMs, nowMs)) return false;
    this.reset();
    return true;
  }

  #catchesUp(since: { atMs: number; behindMs: number }, behindMs: number, nowMs: number): boolean {
    const passedMs = nowMs - since.atMs;
    if (passedMs < JUDGED_MS) return true;
    const gained = (since.behindMs - behindMs) / passedMs;
    return gained > 0 && (behindMs - this.limitMs) / gained < CATCH_UP_MS;
  }
}
