/**
 * Decides from how far a transcoder is behind its source what it is given: everything; nothing until the next keyframe,
 * so that it is with the source again; or, when that does not last, keyframes only, until a quiet time has passed. Pure.
 */

/** Behind by more than this, a wall that asks for its smallest latency has nothing to show. */
const LIMIT_MS = 500;
/** Whether it catches up is judged over this. */
const JUDGED_MS = 500;
/** One that will be there within this is left alone: a start with a backlog, a burst after a pause of the network. */
const CATCH_UP_MS = 1_500;
/** Falling behind so soon after a skip is the same trouble. */
const AGAIN_MS = 10_000;
/** So many times in a row, and it cannot keep up. */
const TRIES = 3;
/** Keyframes only for so long; twice as long each time that it did not help. */
const QUIET_MS = 30_000;
const MAX_QUIET_MS = 480_000;

export type LagAdvice =
  | 'go'
  /** Leave out all up to the next keyframe. */
  | 'skip'
  /** From now on keyframes only. */
  | 'keyframes'
  /** From now on everything again. */
  | 'all';

export class Lag {
  /** Behind by more is too much, in ms. */
  readonly limitMs: number;
  #keyframesUntilMs: number | undefined;
  #quietMs = QUIET_MS;
  #tries = 0;
  /** When it fell behind last. */
  #lastMs = Number.NEGATIVE_INFINITY;
  /** Since when it is behind, and how far it was then. */
  #since: { readonly atMs: number; readonly behindMs: number } | undefined;

  /**
   * @param heldMs what it is always behind: pictures that its encoder and muxer hold back
   * @param keyframesOnly it is to make these only, however quick it is
   */
  constructor(heldMs: number, keyframesOnly = false) {
    this.limitMs = LIMIT_MS + heldMs;
    if (keyframesOnly) this.#keyframesUntilMs = Number.POSITIVE_INFINITY;
  }

  get keyframesOnly(): boolean {
    return this.#keyframesUntilMs !== undefined;
  }

  /** Another process, or one that is given nothing now: how far it was behind says nothing any more. */
  reset(): void {
    this.#since = undefined;
  }

  /**
   * @param behindMs media time from what it delivered to what it was given
   * @param nowMs monotonic
   */
  sample(behindMs: number, nowMs: number): LagAdvice {
    if (this.#keyframesUntilMs !== undefined) {
      if (nowMs < this.#keyframesUntilMs) return 'go';
      this.#keyframesUntilMs = undefined;
      this.#since = undefined;
      // One more chance, not three.
      this.#tries = TRIES - 1;
      this.#lastMs = nowMs;
      return 'all';
    }
    if (nowMs - this.#lastMs > AGAIN_MS) this.#tries = 0;
    if (nowMs - this.#lastMs > 2 * QUIET_MS) this.#quietMs = QUIET_MS;
    if (behindMs <= this.limitMs) {
      this.#since = undefined;
      return 'go';
    }
    this.#since ??= { atMs: nowMs, behindMs };
    return this.#catchesUp(this.#since, behindMs, nowMs) ? 'go' : this.#behind(nowMs);
  }

  #catchesUp(since: { atMs: number; behindMs: number }, behindMs: number, nowMs: number): boolean {
    const passedMs = nowMs - since.atMs;
    if (passedMs < JUDGED_MS) return true;
    const gained = (since.behindMs - behindMs) / passedMs;
    return gained > 0 && (behindMs - this.limitMs) / gained < CATCH_UP_MS;
  }

  #behind(nowMs: number): LagAdvice {
    this.#since = undefined;
    this.#lastMs = nowMs;
    this.#tries += 1;
    if (this.#tries < TRIES) return 'skip';
    this.#keyframesUntilMs = nowMs + this.#quietMs;
    this.#quietMs = Math.min(2 * this.#quietMs, MAX_QUIET_MS);
    return 'keyframes';
  }
}
