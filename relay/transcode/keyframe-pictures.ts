/**
 * A rung of which only keyframes are made: each is shown until the next one is due. That it stays is said when it comes,
 * not when it is over: a player would else stand at its end, waiting for the length of the picture that it shows. Pure.
 */
import type { Frame } from '../media/frame-reader.ts';

/** Of a distance that is not known yet. */
const USUAL_MS = 2_000;
/**
 * The shortest of so many counts. Where keyframes were left out, as on a host that let this process wait for 14 s, the next
 * one would otherwise be promised to stay for as long, and those that come meanwhile would find their time taken.
 */
const DISTANCES = 3;

export class KeyframePictures {
  #lastMs: number | undefined;
  #distancesMs: readonly number[] = Array.from({ length: DISTANCES }, () => USUAL_MS);

  /** @returns the frame as it is to be shown; undefined for one that is not */
  show(frame: Frame): Frame | undefined {
    if (!frame.keyframe) return undefined;
    if (this.#lastMs !== undefined)
      this.#distancesMs = [...this.#distancesMs, frame.startMs - this.#lastMs].slice(-DISTANCES);
    this.#lastMs = frame.startMs;
    return { ...frame, durationMs: Math.min(...this.#distancesMs) };
  }
}
