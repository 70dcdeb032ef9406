/**
 * A rung of which only keyframes are made: each is shown until the next one is due. That it stays is said when it comes,
 * not when it is over: a player would else stand at its end, waiting for the length of the picture that it shows. Pure.
 */
import type { Frame } from '../media/frame-reader.ts';

/** Before two keyframes were seen. */
const USUAL_MS = 2_000;

export class KeyframePictures {
  #lastMs: number | undefined;
  #distanceMs = USUAL_MS;

  /** @returns the frame as it is to be shown; undefined for one that is not */
  show(frame: Frame): Frame | undefined {
    if (!frame.keyframe) return undefined;
    if (this.#lastMs !== undefined) this.#distanceMs = frame.startMs - this.#lastMs;
    this.#lastMs = frame.startMs;
    return { ...frame, durationMs: this.#distanceMs };
  }
}
