/**
 * Times in which the link brought nothing at all to most tiles. One is over when the wall has jumped to what is new; when
 * they come back again and again, a latency that covers them is worth having. Pure.
 */
import type { TileSigns } from './wall-need.ts';

/** Shorter ones are told by how late parts come. */
const OUTAGE_MS = 1_000;
/** Beyond the largest latency there is: nothing covers it. */
const LONGEST_MS = 8_500;
const REPEATED = 2;
const WITHIN_MS = 150_000;

export interface OutagePattern {
  readonly times: number;
  readonly longestMs: number;
}

export class Outages {
  #past: { readonly atMs: number; readonly forMs: number }[] = [];
  #runningMs: number | undefined;

  /** @param full this computer is: nothing that does not come then is the link's doing */
  step(nowMs: number, tiles: readonly TileSigns[], full = false): void {
    if (full) {
      this.#runningMs = undefined;
      return;
    }
    const waits = tiles.flatMap(({ waitMs }) => waitMs ?? []).toSorted((a, b) => a - b);
    // The median: half of the tiles have waited for so long.
    const waitMs = waits[Math.floor((waits.length - 1) / 2)] ?? 0;
    if (waitMs > OUTAGE_MS) this.#runningMs = waitMs;
    else if (this.#runningMs !== undefined) {
      if (this.#runningMs <= LONGEST_MS) this.#past.push({ atMs: nowMs, forMs: this.#runningMs });
      this.#runningMs = undefined;
    }
    this.#past = this.#past.filter(({ atMs }) => nowMs - atMs < WITHIN_MS);
  }

  /** Nothing comes now. */
  get running(): boolean {
    return this.#runningMs !== undefined;
  }

  get lately(): number {
    return this.#past.length;
  }

  /** Undefined while there were fewer than two lately. */
  get pattern(): OutagePattern | undefined {
    if (this.#past.length < REPEATED) return undefined;
    return { times: this.#past.length, longestMs: Math.max(...this.#past.map(({ forMs }) => forMs)) };
  }

  /** The page was hidden, or the network is another one. */
  reset(): void {
    this.#past = [];
    this.#runningMs = undefined;
  }
}
