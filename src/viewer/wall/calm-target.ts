/** The wall's target before this computer was full, to go back to when it no longer is. Pure. */

/** It is full for some seconds before that is known, and has raised the target meanwhile. */
export const FULL_KNOWN_MS = 5_000;

export class CalmTarget {
  #raisedMs = Number.NEGATIVE_INFINITY;
  #fromMs = 0;
  #beforeMs: number | undefined;

  /** This computer is full. */
  get waiting(): boolean {
    return this.#beforeMs !== undefined;
  }

  /** The target goes up, from this one. */
  raised(nowMs: number, fromMs: number): void {
    if (nowMs - this.#raisedMs >= FULL_KNOWN_MS) this.#fromMs = fromMs;
    this.#raisedMs = nowMs;
  }

  /**
   * @param targetMs the wall's
   * @returns what it was before, once, as soon as this computer is no longer full
   */
  step(full: boolean, nowMs: number, targetMs: number): number | undefined {
    if (full) {
      this.#beforeMs ??= nowMs - this.#raisedMs < FULL_KNOWN_MS ? this.#fromMs : targetMs;
      return undefined;
    }
    const beforeMs = this.#beforeMs;
    this.#beforeMs = undefined;
    return beforeMs;
  }
}
