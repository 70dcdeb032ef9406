/**
 * Counts stalls of a picture by the times of its frames: a frame is a stall when it comes later than three mean
 * distances, or 150 ms more than the mean (the W3C definition of a freeze, webrtc-stats `freezeCount`). Pure.
 */

/** Share of a new distance in the mean. */
const GAIN = 0.05;
/** Distances before the mean means something. */
const MIN_SAMPLES = 10;

export class FrameGaps {
  #lastMs: number | undefined;
  #meanMs = 0;
  #samples = 0;
  #stalls = 0;

  get stalls(): number {
    return this.#stalls;
  }

  /** A frame was shown at this time; any clock in ms. */
  frame(atMs: number): void {
    const lastMs = this.#lastMs;
    this.#lastMs = atMs;
    if (lastMs === undefined || atMs <= lastMs) return;
    const gapMs = atMs - lastMs;
    if (this.#samples >= MIN_SAMPLES && gapMs > Math.max(3 * this.#meanMs, this.#meanMs + 150)) {
      this.#stalls += 1;
      return;
    }
    this.#samples += 1;
    this.#meanMs += (gapMs - this.#meanMs) * Math.max(GAIN, 1 / this.#samples);
  }

  /** No frames are expected (page hidden): the next one starts anew. */
  pause(): void {
    this.#lastMs = undefined;
  }

  reset(): void {
    this.#lastMs = undefined;
    this.#stalls = 0;
  }
}
