/** When what was stepped down may be tried again: after a quiet time, twice as long after each relapse. Pure. */

const QUIET_MS = 60_000;
const MAX_QUIET_MS = 30 * 60_000;

export class Retry {
  #quietMs = QUIET_MS;
  #dueMs = Number.POSITIVE_INFINITY;
  #raisedMs = Number.NEGATIVE_INFINITY;

  /** @param nowMs monotonic; it does with less from now on */
  lowered(nowMs: number): void {
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

  /** It does more again, in full when `done`. */
  raised(nowMs: number, done: boolean): void {
    this.#raisedMs = nowMs;
    this.#dueMs = done ? Number.POSITIVE_INFINITY : nowMs + this.#quietMs;
  }
}
