/** Token bucket: lets `burst` through at once and `perSecond` in the long run. Pure. */
import type { Clock } from '../../src/wire/ports.ts';

export interface RateLimit {
  readonly burst: number;
  readonly perSecond: number;
}

export class RateBucket {
  readonly #limit: RateLimit;
  readonly #clock: Clock;
  #left: number;
  #atMs: number;

  /** `clock` is monotonic. */
  constructor({ limit, clock }: { readonly limit: RateLimit; readonly clock: Clock }) {
    this.#limit = limit;
    this.#clock = clock;
    this.#left = limit.burst;
    this.#atMs = clock.now();
  }

  /** Takes one; false when none is left. */
  take(): boolean {
    const nowMs = this.#clock.now();
    const { burst, perSecond } = this.#limit;
    this.#left = Math.min(burst, this.#left + ((nowMs - this.#atMs) / 1000) * perSecond);
    this.#atMs = nowMs;
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }
}
