/**
 * Tells whether a periodic check was itself held up: suspended host, stopped process, blocked event loop. What it
 * would judge may then be waiting in our own pipes, so one pass is to be skipped. Pure.
 */
export class TickGuard {
  readonly #periodMs: number;
  #lastMs: number;
  #graceUntilMs = Number.NEGATIVE_INFINITY;

  /** @param nowMs monotonic; the first tick is due a period later */
  constructor(periodMs: number, nowMs: number) {
    this.#periodMs = periodMs;
    this.#lastMs = nowMs;
  }

  /**
   * Call once per tick.
   * @param nowMs monotonic
   * @returns true when this tick came more than two periods late, and for a period after that
   */
  late(nowMs: number): boolean {
    const gapMs = nowMs - this.#lastMs;
    this.#lastMs = nowMs;
    if (gapMs > 3 * this.#periodMs) this.#graceUntilMs = nowMs + this.#periodMs;
    return nowMs < this.#graceUntilMs;
  }
}
