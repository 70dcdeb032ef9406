/** Decides from its progress whether an encoder falls behind, for long enough to do something about it. Pure. */

/** Below this the encoder falls behind; ffmpeg's own figures wobble by about 2 %. */
export const SLOW_SPEED = 0.97;
/** It must last: a busy moment passes. */
export const SLOW_MS = 10_000;
/** Ignored after a start: probing and the first keyframe. */
const WARM_UP_MS = 5_000;

export type SlownessVerdict =
  | 'fine'
  /** Falls behind, but not for long enough to act. */
  | 'watching'
  | 'slow';

export class Slowness {
  #startedMs: number | undefined;
  #sinceMs: number | undefined;

  /** A new process: its first seconds do not count. */
  started(nowMs: number): void {
    this.#startedMs = nowMs;
    this.#sinceMs = undefined;
  }

  /** Something was done about it: it gets its time again. */
  excuse(): void {
    this.#sinceMs = undefined;
  }

  /** @param speed media time per time, over the last seconds */
  sample(speed: number, nowMs: number): SlownessVerdict {
    if (nowMs - (this.#startedMs ?? nowMs) < WARM_UP_MS) return 'fine';
    if (speed >= SLOW_SPEED) {
      this.#sinceMs = undefined;
      return 'fine';
    }
    this.#sinceMs ??= nowMs;
    return nowMs - this.#sinceMs < SLOW_MS ? 'watching' : 'slow';
  }
}
