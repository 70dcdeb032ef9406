/**
 * Counts stalls of a picture by the times of its frames, and how long it stood: a gap is a stall when it is longer
 * than three mean distances and than the mean plus 150 ms (the W3C definition of a freeze, webrtc-stats `freezeCount`
 * and `totalFreezesDuration`). A gap counts while it lasts: a picture that never comes back is one long stall. Pure.
 */

/** Share of a new distance in the mean. */
const GAIN = 0.05;
/** Distances before the mean means something. */
const MIN_SAMPLES = 10;
/** Longest distance between two frames of a camera whose pace is not known yet: one picture a second is no freeze. */
const UNKNOWN_PACE_MS = 1_000;

export interface GapCount {
  readonly stalls: number;
  /** Sum of all gaps that are stalls. */
  readonly frozenMs: number;
}

export class FrameGaps {
  #lastMs: number | undefined;
  #meanMs = 0;
  #samples = 0;
  #stalls = 0;
  #frozenMs = 0;

  /** Counts from 0; frames are expected from now on, at the pace that is known already. Any clock in ms. */
  begin(nowMs: number): void {
    this.#lastMs = nowMs;
    this.#stalls = 0;
    this.#frozenMs = 0;
  }

  /** A frame was shown at this time. */
  frame(atMs: number): void {
    const lastMs = this.#lastMs;
    this.#lastMs = Math.max(atMs, lastMs ?? atMs);
    if (lastMs === undefined || atMs <= lastMs) return;
    const gapMs = atMs - lastMs;
    if (gapMs > this.#limitMs()) {
      this.#stalls += 1;
      this.#frozenMs += gapMs;
      return;
    }
    this.#samples += 1;
    this.#meanMs += (gapMs - this.#meanMs) * Math.max(GAIN, 1 / this.#samples);
  }

  /** No frames are expected (page hidden) until {@link resume} or the next one. A gap until now counts. */
  pause(nowMs: number): void {
    const { stalls, frozenMs } = this.count(nowMs);
    this.#lastMs = undefined;
    this.#stalls = stalls;
    this.#frozenMs = frozenMs;
  }

  /** Frames are expected again. */
  resume(nowMs: number): void {
    this.#lastMs ??= nowMs;
  }

  /** The gap that is still open included. */
  count(nowMs: number): GapCount {
    const openMs = nowMs - (this.#lastMs ?? nowMs);
    return openMs > this.#limitMs()
      ? { stalls: this.#stalls + 1, frozenMs: this.#frozenMs + openMs }
      : { stalls: this.#stalls, frozenMs: this.#frozenMs };
  }

  #limitMs(): number {
    if (this.#samples < MIN_SAMPLES) return UNKNOWN_PACE_MS;
    return Math.max(3 * this.#meanMs, this.#meanMs + 150);
  }
}
