/** When what was stepped down may be tried again: after a quiet time, twice as long after each relapse. Pure. */

const QUIET_MS = 60_000;
const MAX_QUIET_MS = 30 * 60_000;

export class Retry {
  #quietMs = QUIET_MS;
  #dueMs = Number.POSITIVE_INFINITY;
  #raisedMs = Number.NEGATIVE_INFINITY;
  #forOthers = false;

  /**
   * @param nowMs monotonic; it does with less from now on
   * @param forOthers because others took the host, and not for what it is itself
   */
  lowered(nowMs: number, forOthers: boolean): void {
    this.#forOthers = forOthers;
    // Soon after it was raised: that was too early.
    const relapse = nowMs - this.#raisedMs < this.#quietMs;
    this.#quietMs = relapse ? Math.min(MAX_QUIET_MS, this.#quietMs * 2) : QUIET_MS;
    this.#dueMs = nowMs + this.#quietMs;
  }

  /** Something fell behind: the quiet time begins anew. */
  disturbed(nowMs: number): void {
    if (this.#dueMs !== Number.POSITIVE_INFINITY) this.#dueMs = nowMs + this.#quietMs;
  }

  due(nowMs: number): boolean {
    return nowMs >= this.#dueMs;
  }

  /** It may be tried again as soon as the others are gone: it was lowered for them, and that has not failed yet. */
  get soon(): boolean {
    return this.#forOthers && this.#quietMs === QUIET_MS && this.#dueMs !== Number.POSITIVE_INFINITY;
  }

  /** It does more again, in full when `done`. */
  raised(nowMs: number, done: boolean): void {
    this.#raisedMs = nowMs;
    this.#dueMs = done ? Number.POSITIVE_INFINITY : nowMs + this.#quietMs;
  }
}
