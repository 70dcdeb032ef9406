/** Which tiles ran out of pictures again and again: once is no pattern. Pure. */
import type { TileSigns } from './wall-need.ts';

const STALLS = 2;
const WITHIN_MS = 30_000;
/** Stalls this close together have one cause, and count once: a busy moment of this host is no pattern. */
const ONE_CAUSE_MS = 1_000;
/** An answer takes so long to be seen: all tiles run out of one cause. */
const ANSWERED_MS = 3_000;

export interface StallsFound {
  readonly cameras: readonly string[];
  /** Of the tile that had most. */
  readonly stalls: number;
  readonly withinMs: number;
}

export class StallPattern {
  readonly #stalledMs = new Map<string, number[]>();
  #answeredMs = Number.NEGATIVE_INFINITY;

  /** A pattern is told once; then it takes new stalls. */
  step(nowMs: number, tiles: readonly TileSigns[]): StallsFound | undefined {
    if (nowMs - this.#answeredMs < ANSWERED_MS) return undefined;
    for (const { camera, lateStalls } of tiles) {
      const times = (this.#stalledMs.get(camera) ?? []).filter((atMs) => nowMs - atMs < WITHIN_MS);
      const lastMs = times.at(-1) ?? Number.NEGATIVE_INFINITY;
      if (lateStalls > 0 && nowMs - lastMs >= ONE_CAUSE_MS) times.push(nowMs);
      this.#stalledMs.set(camera, times);
    }
    const found = [...this.#stalledMs].filter(([, times]) => times.length >= STALLS);
    if (found.length === 0) return undefined;
    this.answered(nowMs);
    return {
      cameras: found.map(([camera]) => camera),
      stalls: Math.max(...found.map(([, times]) => times.length)),
      withinMs: WITHIN_MS,
    };
  }

  /** The latency was raised, for whatever reason. */
  answered(nowMs: number): void {
    this.#stalledMs.clear();
    this.#answeredMs = nowMs;
  }

  reset(): void {
    this.#stalledMs.clear();
    this.#answeredMs = Number.NEGATIVE_INFINITY;
  }
}
