/**
 * Where the wall's target stands inside the range of its mode. It rises by itself when parts keep coming too late
 * and falls back step by step after clean minutes; a target that the user set stays. Pure.
 */
import { type EffectiveMode, MODE_TABLE } from '../../wire/modes.ts';

export interface LatencySigns {
  /** Monotonic. */
  readonly nowMs: number;
  /** Stalls since the last call that late parts caused; not those of a camera that restarted. */
  readonly lateStalls: number;
}

/** This many stalls within this time are a pattern. */
const STALLS = 2;
const STALLS_WITHIN_MS = 30_000;
/** Stalls of several tiles this close together have one cause, and count once: a busy moment of this host is no pattern. */
const ONE_CAUSE_MS = 1_000;
const CLEAN_MS = 60_000;
/** One step: quick enough to end the stalls after one or two, and few steps from 0.3 to 1.0 s. */
const STEP = 1.5;

export class WallLatency {
  #mode: EffectiveMode = 'ultra-low';
  #targetMs = MODE_TABLE['ultra-low'].startMs;
  #baseMs = MODE_TABLE['ultra-low'].startMs;
  #manual = false;
  #stalledMs: number[] = [];
  #cleanSinceMs: number | undefined;

  get mode(): EffectiveMode {
    return this.#mode;
  }

  get targetMs(): number {
    return this.#targetMs;
  }

  /** At the top of the mode's range, or not allowed to move: only another mode can help. */
  get exhausted(): boolean {
    return this.#manual || this.#targetMs >= MODE_TABLE[this.#mode].maxMs;
  }

  get raised(): boolean {
    return this.#targetMs > this.#baseMs;
  }

  /** Enters a mode. `targetMs` is clamped to its range and then kept; without it the mode starts at its own. */
  enter(mode: EffectiveMode, targetMs?: number): void {
    const { minMs, maxMs, startMs } = MODE_TABLE[mode];
    this.#mode = mode;
    this.#manual = targetMs !== undefined;
    this.#baseMs = Math.min(maxMs, Math.max(minMs, targetMs ?? startMs));
    this.#targetMs = this.#baseMs;
    this.#stalledMs = [];
    this.#cleanSinceMs = undefined;
  }

  /** True when the target moved. */
  step({ nowMs, lateStalls }: LatencySigns): boolean {
    this.#cleanSinceMs ??= nowMs;
    if (this.#manual) return false;
    const lastMs = this.#stalledMs.at(-1) ?? Number.NEGATIVE_INFINITY;
    if (lateStalls > 0 && nowMs - lastMs >= ONE_CAUSE_MS) this.#stalledMs.push(nowMs);
    this.#stalledMs = this.#stalledMs.filter((atMs) => nowMs - atMs < STALLS_WITHIN_MS);
    if (lateStalls > 0) this.#cleanSinceMs = nowMs;
    if (this.#stalledMs.length >= STALLS) return this.#move(this.#targetMs * STEP);
    if (this.raised && nowMs - this.#cleanSinceMs >= CLEAN_MS) {
      this.#cleanSinceMs = nowMs;
      return this.#move(this.#targetMs / STEP);
    }
    return false;
  }

  #move(wantedMs: number): boolean {
    const targetMs = Math.round(Math.min(MODE_TABLE[this.#mode].maxMs, Math.max(this.#baseMs, wantedMs)));
    if (targetMs === this.#targetMs) return false;
    this.#targetMs = targetMs;
    this.#stalledMs = [];
    return true;
  }
}
