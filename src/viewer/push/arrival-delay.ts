/**
 * How late parts arrive: relay's clock at arrival minus PDT of the part's end. Keeps nearly the worst of the last
 * seconds, without keeping the samples. Pure.
 */

const BUCKET_MS = 1_000;
const BUCKETS = 10;
/** Less says nothing: while everything starts at once, parts are late for a second or two. */
const MIN_BUCKETS = 5;

interface Bucket {
  readonly startMs: number;
  worstMs: number;
}

export class ArrivalDelay {
  #buckets: Bucket[] = [];

  add(nowMs: number, delayMs: number): void {
    const last = this.#buckets.at(-1);
    if (last !== undefined && nowMs - last.startMs < BUCKET_MS) {
      last.worstMs = Math.max(last.worstMs, delayMs);
      return;
    }
    this.#buckets.push({ startMs: nowMs, worstMs: delayMs });
    if (this.#buckets.length > BUCKETS) this.#buckets.shift();
  }

  /** Second worst second of the last ten (one hiccup is no pattern); undefined with media in less than half of them. */
  worstMs(nowMs: number): number | undefined {
    const recent = this.#buckets
      .filter((bucket) => nowMs - bucket.startMs < BUCKETS * BUCKET_MS)
      .map((bucket) => bucket.worstMs)
      .sort((a, b) => b - a);
    return recent.length < MIN_BUCKETS ? undefined : recent[1];
  }
}
