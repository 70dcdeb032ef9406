/**
 * How late the parts of one tile arrive (relay's clock at arrival minus PDT of the part's end), and how much media comes.
 * Keeps the worst of each second for two minutes, and not the samples. Pure.
 */

const BUCKET_MS = 1_000;
const KEPT = 120;
/** A second counts half as much after this long. */
const HALF_LIFE_MS = 40_000;
/**
 * What may be later than {@link ArrivalSigns.lateMs}, in seconds that are new: one hiccup is no pattern, two within a
 * quarter of a minute are, and so is one in each minute. About the 98th percentile of the seconds.
 */
const SPARED = 1.3;
/** Less says nothing: while everything starts at once, parts are late for a second or two. */
const MIN_BUCKETS = 5;
const CARRIED_MS = 6_000;
/** Media that come slower than they play pile up on the way, and faster while the pile goes. */
const STEADY_LEAST = 0.9;
const STEADY_MOST = 1.1;
/** So many seconds on end, and it is no jitter. */
const UNSTEADY_SECONDS = 3;
/** Nothing for so long is an outage: what it delayed says how long it was, and not how the link is otherwise. */
const OUTAGE_MS = 1_000;
const AFTER_OUTAGE_MS = 3_000;
/** A maker that jumps more often than this does not catch up by it. */
const SELDOM_MS = 10_000;

export interface ArrivalSigns {
  /** How late parts come, but for single hiccups. */
  readonly lateMs: number;
  /** The promptest part that is remembered: what the way takes anyway. */
  readonly leastMs: number;
  /** The longest part of late. */
  readonly partMs: number;
  /** Media that came in the last six seconds against their time: below 1 they pile up. 1 while that is not known. */
  readonly carried: number;
  /** They do not pile up, nor catch up: how late they come is the link's jitter. */
  readonly steady: boolean;
}

interface Bucket {
  readonly startMs: number;
  worstMs: number;
  leastMs: number;
  partMs: number;
  mediaMs: number;
}

export class ArrivalDelay {
  #buckets: Bucket[] = [];
  #lastMs: number | undefined;
  #lastDelayMs = 0;
  #lastPartMs = 0;
  #ignoreUntilMs = Number.NEGATIVE_INFINITY;
  /** Seconds on end of the other kind than {@link ArrivalDelay.#steady}. */
  #other = 0;
  #steady = true;
  #jumpedMs = Number.NEGATIVE_INFINITY;

  add(nowMs: number, delayMs: number, partMs: number): void {
    const waitedMs = nowMs - (this.#lastMs ?? nowMs);
    this.#lastMs = nowMs;
    this.#lastDelayMs = delayMs;
    this.#lastPartMs = partMs;
    if (waitedMs > OUTAGE_MS + partMs) this.#ignoreUntilMs = nowMs + AFTER_OUTAGE_MS;
    if (nowMs < this.#ignoreUntilMs) return;
    const last = this.#buckets.at(-1);
    if (last !== undefined && nowMs - last.startMs < BUCKET_MS) {
      last.worstMs = Math.max(last.worstMs, delayMs);
      last.leastMs = Math.min(last.leastMs, delayMs);
      last.partMs = Math.max(last.partMs, partMs);
      last.mediaMs += partMs;
      return;
    }
    this.#judge(nowMs);
    this.#buckets.push({ startMs: nowMs, worstMs: delayMs, leastMs: delayMs, partMs, mediaMs: partMs });
    if (this.#buckets.length > KEPT) this.#buckets.shift();
  }

  /** The way is another one, or nobody looked: what was measured says nothing any more. */
  reset(): void {
    this.#buckets = [];
    this.#lastMs = undefined;
    this.#ignoreUntilMs = Number.NEGATIVE_INFINITY;
    this.#other = 0;
    this.#steady = true;
  }

  /** Who makes the media left out what it was behind by, as after a start amid a long group of pictures. */
  jumped(nowMs: number): void {
    if (nowMs - this.#jumpedMs >= SELDOM_MS) this.reset();
    this.#jumpedMs = nowMs;
    this.#lastMs = nowMs;
  }

  /** What was late between these times was not late by the way. */
  forgive(sinceMs: number, untilMs: number): void {
    this.#buckets = this.#buckets.filter(
      ({ startMs }) => startMs + BUCKET_MS <= sinceMs || startMs >= untilMs,
    );
    this.#other = 0;
    this.#steady = true;
  }

  /** How much later the newest part was than the promptest that is remembered, or the next one is by now. */
  lagMs(nowMs: number): number | undefined {
    if (this.#lastMs === undefined) return undefined;
    const leastMs = Math.min(this.#lastDelayMs, ...this.#buckets.map((bucket) => bucket.leastMs));
    const overdueMs = Math.max(0, nowMs - this.#lastMs - this.#lastPartMs);
    return this.#lastDelayMs - leastMs + overdueMs;
  }

  /** Since when nothing came; undefined before the first part. */
  waitMs(nowMs: number): number | undefined {
    return this.#lastMs === undefined ? undefined : nowMs - this.#lastMs;
  }

  /** Undefined before there is media of five seconds. */
  signs(nowMs: number): ArrivalSigns | undefined {
    const known = this.#buckets.filter(({ startMs }) => nowMs - startMs < KEPT * BUCKET_MS);
    if (known.length < MIN_BUCKETS) return undefined;
    return {
      lateMs: lateOf(known, nowMs),
      leastMs: Math.min(...known.map(({ leastMs }) => leastMs)),
      partMs: Math.max(...known.slice(-MIN_BUCKETS).map(({ partMs }) => partMs)),
      carried: this.#carried(nowMs),
      steady: this.#steady,
    };
  }

  /** A second is full. After a pile-up what was late for it is forgotten: more delay would not have helped. */
  #judge(nowMs: number): void {
    const carried = this.#carried(nowMs);
    const steady = carried >= STEADY_LEAST && (this.#steady || carried <= STEADY_MOST);
    this.#other = steady === this.#steady ? 0 : this.#other + 1;
    if (this.#other < UNSTEADY_SECONDS) return;
    this.#steady = steady;
    this.#other = 0;
    if (steady) this.#buckets = this.#buckets.slice(-UNSTEADY_SECONDS);
  }

  #carried(nowMs: number): number {
    if (nowMs < this.#ignoreUntilMs + CARRIED_MS) return 1;
    const recent = this.#buckets.filter(({ startMs }) => nowMs - startMs < CARRIED_MS + BUCKET_MS);
    const first = recent[0];
    const last = recent.at(-1);
    if (first === undefined || last === undefined || recent.length < MIN_BUCKETS - 1) return 1;
    const mediaMs = recent.slice(0, -1).reduce((sum, bucket) => sum + bucket.mediaMs, 0);
    return mediaMs / (last.startMs - first.startMs);
  }
}

function lateOf(known: readonly Bucket[], nowMs: number): number {
  let above = 0;
  const sorted = known.toSorted((a, b) => b.worstMs - a.worstMs);
  for (const { startMs, worstMs } of sorted) {
    above += 2 ** ((startMs - nowMs) / HALF_LIFE_MS);
    if (above > SPARED) return worstMs;
  }
  return sorted.at(-1)?.worstMs ?? 0;
}
