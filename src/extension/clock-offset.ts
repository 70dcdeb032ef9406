/**
 * How far the relay's media clock is ahead of our clock, from pings. Pure: sending them is left to relay-link.ts.
 *
 * A ping bounds the offset to ± half its round trip; the one with the smallest round trip of the last eight
 * bounds it best, so a burst of traffic that delays some pings changes nothing. A ping whose bound does not meet
 * the best one's shows that one of the hosts slept, or that our clock was set: then the old ones are forgotten.
 */

/** Two honest bounds overlap; by more than this apart, our clock was set or a host slept. */
const STEP_MS = 20;
/** Enough to bridge a busy half minute at one ping each 5 s, few enough to follow a drifting clock. */
const KEPT_SAMPLES = 8;

export interface PingSample {
  /** Our clock when the ping left, in ms. */
  readonly sentMs: number;
  /** Our clock when its answer came, in ms. */
  readonly receivedMs: number;
  /** The relay's media clock in the answer, ms since the Unix epoch. */
  readonly serverMs: number;
}

export class ClockOffset {
  #samples: { offsetMs: number; rttMs: number }[] = [];

  /** Relay's media clock minus our clock, in ms; 0 until the first answer. */
  get offsetMs(): number {
    return this.#best()?.offsetMs ?? 0;
  }

  /** Round trip of the ping behind {@link offsetMs}, in ms; undefined until the first answer. */
  get rttMs(): number | undefined {
    return this.#best()?.rttMs;
  }

  add({ sentMs, receivedMs, serverMs }: PingSample): void {
    const rttMs = receivedMs - sentMs;
    // Our clock was set back in between: the sample says nothing.
    if (rttMs < 0) return;
    const sample = { offsetMs: serverMs - (sentMs + receivedMs) / 2, rttMs };
    const best = this.#best();
    const stepped =
      best !== undefined && Math.abs(sample.offsetMs - best.offsetMs) > (rttMs + best.rttMs) / 2 + STEP_MS;
    this.#samples = stepped ? [sample] : [...this.#samples, sample].slice(-KEPT_SAMPLES);
  }

  /** Forgets all samples: another relay, or another start of it, perhaps after hours of sleep. */
  reset(): void {
    this.#samples = [];
  }

  #best(): { offsetMs: number; rttMs: number } | undefined {
    return this.#samples.reduce<{ offsetMs: number; rttMs: number } | undefined>(
      (best, sample) => (best === undefined || sample.rttMs <= best.rttMs ? sample : best),
      undefined,
    );
  }
}
