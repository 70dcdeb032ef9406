/** Decides from the answers of a polled server when it hangs. Pure. */

/** Calls are made this often. */
export const POLL_MS = 1_000;
/** Each call is given up after this: below the period, so that calls never overlap. */
export const ANSWER_TIMEOUT_MS = 900;
/** With the two values above a server that stops is known to hang after 3 to 4 s. */
const MISSES = 3;
/**
 * A call that ends this long after the one before it was held up by ourselves (suspended host, blocked event
 * loop), and says nothing about the server.
 */
const HELD_UP_MS = 2 * POLL_MS + ANSWER_TIMEOUT_MS;

export class AnswerWatch {
  #misses = 0;
  #lastMs: number;

  /** @param nowMs monotonic, here as below */
  constructor(nowMs: number) {
    this.#lastMs = nowMs;
  }

  answered(nowMs: number): void {
    this.#lastMs = nowMs;
    this.#misses = 0;
  }

  /** Tells whether the server must be taken for hung. */
  missed(nowMs: number): boolean {
    const heldUp = nowMs - this.#lastMs > HELD_UP_MS;
    this.#lastMs = nowMs;
    if (!heldUp) this.#misses += 1;
    return this.#misses >= MISSES;
  }
}
