/** Waiting times between attempts. Pure: whoever retries owns the timer and counts the attempts. */

export interface Backoff {
  /** Upper bound of the first wait, in ms. */
  readonly baseMs: number;
  /** Upper bound of every wait, in ms. */
  readonly capMs: number;
}

/**
 * Exponential back-off with full jitter: uniform in 0 … min(cap, base · 2^attempt), so that clients which lost
 * the same relay at the same moment do not come back together.
 * @param attempt failed attempts so far, from 0
 * @param random uniform in [0, 1), as Math.random
 * @returns wait in ms
 */
export function fullJitterMs({ baseMs, capMs }: Backoff, attempt: number, random: () => number): number {
  // 2^31 times any base is above any cap: keeps the product finite after days of retrying.
  return random() * Math.min(capMs, baseMs * 2 ** Math.min(attempt, 31));
}
