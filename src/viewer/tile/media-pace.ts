/**
 * How often pictures of a tile's rung come and with how many bits, learnt from its parts, and whether they have stopped. Pure.
 *
 * Cameras of one picture in ten seconds and rungs of keyframes only are as they are meant to be: what waits for a picture
 * waits longer there.
 */
import { type MediaFigures, MediaMeter } from '../../wire/media-meter.ts';

/** Parts hold at least one picture each, so the longest of these is the longest time between two. */
const PARTS = 8;
/** Slower than this is said to the user, and is no stall. Nobody takes three pictures a second for a stutter. */
export const SLOW_MS = 400;
/** Times a part's usual length. */
const STRETCHED = 3;
/** The encoder of a rung is dead or hung when nothing came for this long, and for this many times its own pace. */
const SILENT_MS = 1_000;
const SILENT_PARTS = 2.5;

export class MediaPace {
  #durationsMs: number[] = [];
  #heardMs: number | undefined;
  readonly #meter = new MediaMeter();

  /**
   * A part of this length came; `nowMs` is monotonic.
   * @param bytes of a part that came as it was made; undefined of history, which comes at once
   */
  heard(nowMs: number, durationMs: number, bytes?: number): void {
    this.#heardMs = nowMs;
    if (bytes !== undefined) this.#meter.add(durationMs, bytes, nowMs);
    this.#durationsMs.push(durationMs);
    if (this.#durationsMs.length > PARTS) this.#durationsMs.shift();
  }

  /** Another rung plays. */
  begin(): void {
    this.#durationsMs = [];
    this.#meter.reset();
  }

  /** What came over the last seconds; undefined until there is enough to tell. */
  get figures(): MediaFigures | undefined {
    return this.#meter.figures;
  }

  /** The socket was opened anew: nothing can have come while it was away. */
  opened(nowMs: number): void {
    if (this.#heardMs !== undefined) this.#heardMs = nowMs;
  }

  /** The longest time between two pictures lately, at most; 0 before the first. */
  get pictureMs(): number {
    return Math.max(0, ...this.#durationsMs);
  }

  /** So long that its last picture stands for others that were left out. */
  stretched(durationMs: number): boolean {
    const usualMs = this.#durationsMs.toSorted((a, b) => a - b)[this.#durationsMs.length >> 1];
    return usualMs !== undefined && durationMs > STRETCHED * usualMs;
  }

  get slow(): boolean {
    return this.pictureMs > SLOW_MS;
  }

  /** Nothing has come for longer than this rung ever takes; never before its first part. */
  silent(nowMs: number): boolean {
    if (this.#heardMs === undefined) return false;
    return nowMs - this.#heardMs > SILENT_MS + SILENT_PARTS * this.pictureMs;
  }
}
