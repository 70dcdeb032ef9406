/** Which tiles ran out of pictures again and again: once is no pattern. Pure. */
import type { TileSigns } from './wall-need.ts';

const STALLS = 2;
const WITHIN_MS = 30_000;
/** Stalls this close together have one cause, and count once: a busy moment of this host is no pattern. */
const ONE_CAUSE_MS = 1_000;

export interface StallsFound {
  readonly cameras: readonly string[];
  /** Of the tile that had most. */
  readonly stalls: number;
  readonly withinMs: number;
}

export class StallPattern {
  readonly #stalledMs = new Map<string, number[]>();

  /** A pattern is told once; then it takes new stalls. */
  step(nowMs: number, tiles: readonly TileSigns[]): StallsFound | undefined {
    for (const { camera, lateStalls } of tiles) {
      const times = (this.#stalledMs.get(camera) ?? []).filter((atMs) => nowMs - atMs < WITHIN_MS);
      const lastMs = times.at(-1) ?? Number.NEGATIVE_INFINITY;
      if (lateStalls > 0 && nowMs - lastMs >= ONE_CAUSE_MS) times.push(nowMs);
      this.#stalledMs.set(camera, times);
    }
    const found = [...this.#stalledMs].filter(([, times]) => times.length >= STALLS);
    if (found.length === 0) return undefined;
    for (const [camera] of found) this.#stalledMs.delete(camera);
    return {
      cameras: found.map(([camera]) => camera),
      stalls: Math.max(...found.map(([, times]) => times.length)),
      withinMs: WITHIN_MS,
    };
  }

  reset(): void {
    this.#stalledMs.clear();
  }
}
