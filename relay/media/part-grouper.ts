/**
 * Makes parts of frames: whole frames, as many as come nearest to the wanted length, and never across a keyframe or a hole.
 * Pure. A part is complete with its last frame: where the keyframes come regularly, the one in front of the next keyframe
 * is known too, and nothing is waited for.
 */
import type { Frame } from './frame-reader.ts';

export interface FrameGroup {
  /** At least one, in the order of decoding. */
  readonly frames: readonly Frame[];
  /** Decode time of the first frame. */
  readonly startMs: number;
  /** From there to the end of the last one. */
  readonly durationMs: number;
  /** The first frame is a keyframe; no other one is. */
  readonly independent: boolean;
}

/** Rounding of media times stays far below this; more is missing media. */
export const MAX_GAP_MS = 20;
/** An odd number of frames, to know the usual length by. */
const USUAL_OF = 9;
/** A camera's clock trembles; only another frame rate changes how many frames make a part. */
const OTHER_RATE = 1.2;

export class PartGrouper {
  readonly #partMs: number;
  #frames: Frame[] = [];
  #startMs = 0;
  #endMs = 0;
  /** Lengths of the newest frames, oldest first. */
  #lengths: number[] = [];
  /** Frame length by which {@link #count} was decided. */
  #usualMs = 0;
  /** Frames of a part. */
  #count = 1;
  readonly #gop = new Gop();

  /** @param partMs wanted length; a part has the number of frames that comes nearest to it */
  constructor(partMs: number) {
    this.#partMs = partMs;
  }

  /** Takes the next frame; returns the parts that it completed: the one before it, its own, or both. */
  push(frame: Frame): FrameGroup[] {
    const done: FrameGroup[] = [];
    const offMs = frame.startMs - this.#endMs;
    if (frame.keyframe || Math.abs(offMs) > MAX_GAP_MS) done.push(...this.flush());
    if (this.#frames.length === 0) this.#startMs = frame.startMs;
    this.#frames.push(frame);
    this.#endMs = frame.startMs + frame.durationMs;
    const last = this.#gop.endsWith(frame);
    this.#learn(frame.durationMs);
    const enough = this.#endMs - this.#startMs > (this.#count - 0.5) * this.#usualMs;
    if (last || enough) done.push(...this.flush());
    return done;
  }

  /** What is left, as at the end of a stream. */
  flush(): FrameGroup[] {
    const [first] = this.#frames;
    if (first === undefined) return [];
    const group = {
      frames: this.#frames,
      startMs: this.#startMs,
      durationMs: this.#endMs - this.#startMs,
      independent: first.keyframe,
    };
    this.#frames = [];
    return [group];
  }

  #learn(durationMs: number): void {
    this.#lengths.push(durationMs);
    if (this.#lengths.length > USUAL_OF) this.#lengths.shift();
    // Within a part nothing changes: its frames are then counted alike.
    if (this.#frames.length > 1) return;
    const median = this.#lengths.toSorted((a, b) => a - b)[this.#lengths.length >> 1] ?? durationMs;
    if (median <= this.#usualMs * OTHER_RATE && median >= this.#usualMs / OTHER_RATE) return;
    this.#usualMs = median;
    this.#count = Math.max(1, Math.round(this.#partMs / median));
  }
}

/** Knows the last frame of a group of pictures by the two groups before it, which had as many. */
class Gop {
  #counts: readonly number[] = [];
  #count = 0;

  endsWith({ keyframe }: Frame): boolean {
    if (keyframe) {
      this.#counts = [...this.#counts, this.#count].slice(-2);
      this.#count = 0;
    }
    this.#count += 1;
    const [older, newer] = this.#counts;
    return older === newer && this.#count === newer;
  }
}
