/**
 * Whether this computer keeps up with decoding what a tile plays, and whether it can be quicker than that. Pure.
 *
 * Judged by what comes out, since a decoder that is behind does not always count what it leaves out: pictures shown against
 * pictures that arrived. A link that is too slow brings few and is no fault of the decoder.
 */
import type { FrameCount } from '../player/tile-port.ts';

/** A rung that has just begun is shown when the wall has come to it, and may be sought a moment later. */
const SETTLE_MS = 2_000;
const WINDOW_MS = 4_000;
/**
 * Of the pictures that arrived. Two cores showed 18 to 20 of 25 of a 4K stream while the meter read them back: that is
 * left alone, since making less of it costs a core, on the same host as a rule.
 */
const KEEPS_UP = 0.5;

/**
 * Of what comes each second: a third of what a core of 2.5 GHz decodes, which is 35 pictures of 4K. With 4K at 25 pictures a
 * second, which takes two thirds, a decoder gained so little on what comes that it was never there in time, not even from
 * a keyframe three pictures ago.
 */
const SOFTWARE_PIXELS_PER_SEC = 100_000_000;

export interface Decoding {
  readonly hardware: boolean;
  /** Pictures per second of the stream. */
  readonly fps: number;
}

/** Decoding is hardly faster than the pictures come: who is late by a second is late by about that a second later. */
export function gainsTooLittle(
  { hardware, fps }: Decoding,
  { width, height }: { readonly width: number; readonly height: number },
): boolean {
  return !hardware && fps * width * height > SOFTWARE_PIXELS_PER_SEC;
}

export class DecodePace {
  #settleMs = SETTLE_MS;
  #beganMs: number | undefined;
  #shownBefore = 0;
  #arrived = 0;

  /**
   * Another rung has come, or the picture was kept on purpose.
   * @param latencyMs of the wall
   */
  begin(latencyMs: number): void {
    this.#settleMs = SETTLE_MS + latencyMs;
    this.#beganMs = undefined;
  }

  /** A part came that holds so many pictures. */
  arrived(pictures: number): void {
    this.#arrived += pictures;
  }

  /** True when over the last seconds far fewer pictures were shown than came. `nowMs` is monotonic. */
  behind(nowMs: number, { total, dropped }: FrameCount): boolean {
    const shown = total - dropped;
    if (this.#beganMs === undefined) this.#next(nowMs + this.#settleMs, shown);
    const beganMs = this.#beganMs ?? nowMs;
    if (nowMs <= beganMs) this.#next(beganMs, shown);
    if (nowMs < beganMs + WINDOW_MS) return false;
    const behind = shown - this.#shownBefore < this.#arrived * KEEPS_UP;
    this.#next(nowMs, shown);
    return behind;
  }

  #next(beganMs: number, shown: number): void {
    this.#beganMs = beganMs;
    this.#shownBefore = shown;
    this.#arrived = 0;
  }
}
