/**
 * Mends the time stamps of a camera that has none to go by, so that its frames can be passed on: we write the times of our
 * parts ourselves. Pure. Two ways:
 *
 * - One step, back or ahead, while the pictures come as before (a camera whose clock was set): what follows is shifted, and
 *   goes on where the media was.
 * - Time stamps that run at another rate than the pictures come, or stand still (ffmpeg gives those one tick each): from
 *   then on, for the life of the process, frames are timed by their arrival, smoothed to their usual distance.
 *
 * A stall of the source is neither: the pictures stay away as long as the time stamps say. It leaves a hole, of which the
 * feed makes a new epoch. Nor are bursts, as when a link delivers what it held back: they bring media no further than it
 * would have been without.
 */
import type { Frame } from './frame-reader.ts';
import { MAX_GAP_MS } from './part-grouper.ts';
import { type ClockFault, RateWatch } from './rate-watch.ts';

/**
 * A frame this much longer than twice the usual one is no picture that is shown for so long: its source stood still or
 * its clock was set. As media it would make every segment's promised length a lie.
 */
const LONG_MS = 1000;
/** An odd number of frames, to know the usual one by. */
const USUAL_OF = 9;
/** Share of the distance from the arrival by which a frame is made longer or shorter. */
const PULL = 0.05;
/** Bounds of a frame's length, as shares of the usual one. */
const SHORTEST = 0.5;
const LONGEST = 1.5;

export type Retimed =
  /** One step of the clock, which was made good. */
  | { readonly kind: 'step'; readonly byMs: number }
  /** Frames are timed by their arrival from now on: what comes does not continue what came. */
  | { readonly kind: 'by-arrival'; readonly fault: ClockFault };

export class Retimer {
  readonly #onRetimed: (what: Retimed) => void;
  readonly #camera: boolean;
  readonly #watch = new RateWatch();
  /** Lengths of the newest frames, oldest first. */
  readonly #lengths: number[] = [];
  /** Where the next frame begins by the stream's own times. */
  #ownEndMs: number | undefined;
  /** What is added to the stream's own times. */
  #shiftMs = 0;
  #endMs = 0;
  #arrivalMs: number | undefined;
  /** Arrival of a frame less the end that it has then; undefined while the stream's own times hold. */
  #anchorMs: number | undefined;

  /**
   * @param camera the time stamps are those of a camera. Ours run at the right rate: where they seem not to, it is the
   *   encoder that is too slow
   */
  constructor(onRetimed: (what: Retimed) => void, { camera }: { readonly camera: boolean }) {
    this.#onRetimed = onRetimed;
    this.#camera = camera;
  }

  /** @param arrivalMs by a clock that never goes back */
  push(frame: Frame, arrivalMs: number): Frame {
    const sinceMs = arrivalMs - (this.#arrivalMs ?? arrivalMs);
    this.#arrivalMs = arrivalMs;
    if (this.#anchorMs === undefined) {
      const fault = this.#camera ? this.#watch.observe(frame.durationMs, arrivalMs) : undefined;
      if (fault === undefined) return this.#byItself(frame, sinceMs);
      this.#anchorMs = arrivalMs - this.#endMs - this.#watch.frameMs;
      this.#onRetimed({ kind: 'by-arrival', fault });
    } else this.#watch.arrived(arrivalMs);
    return this.#byArrival(frame, arrivalMs, this.#anchorMs);
  }

  #byItself(frame: Frame, sinceMs: number): Frame {
    const stepMs = frame.startMs - (this.#ownEndMs ?? frame.startMs);
    this.#ownEndMs = frame.startMs + frame.durationMs;
    // Back, or further ahead than the pictures stayed away.
    if (stepMs < -MAX_GAP_MS || stepMs > sinceMs + LONG_MS) this.#step(stepMs);
    let durationMs = frame.durationMs;
    const startMs = frame.startMs + this.#shiftMs;
    const usualMs = durationMs > LONG_MS ? this.#usualMs() : undefined;
    this.#lengths.push(durationMs);
    if (this.#lengths.length > USUAL_OF) this.#lengths.shift();
    if (usualMs !== undefined && durationMs > 2 * usualMs + LONG_MS) {
      // Its length is when the next one came. Did that stay away for so long?
      if (durationMs > sinceMs + LONG_MS) this.#step(durationMs - usualMs);
      durationMs = usualMs;
    }
    this.#endMs = startMs + durationMs;
    const asItCame = startMs === frame.startMs && durationMs === frame.durationMs;
    return asItCame ? frame : { ...frame, startMs, durationMs };
  }

  #step(byMs: number): void {
    this.#shiftMs -= byMs;
    this.#onRetimed({ kind: 'step', byMs });
  }

  /** Of the frames before this one: a camera that sends a picture each 2 s does so on purpose. */
  #usualMs(): number | undefined {
    return this.#lengths.toSorted((a, b) => a - b)[this.#lengths.length >> 1];
  }

  #byArrival(frame: Frame, arrivalMs: number, anchorMs: number): Frame {
    const usualMs = this.#watch.frameMs;
    const lateMs = arrivalMs - anchorMs - (this.#endMs + usualMs);
    // It stood still: a hole, as in a stream with times of its own.
    const holeMs = lateMs > 2 * usualMs + LONG_MS ? lateMs : 0;
    const startMs = this.#endMs + holeMs;
    const pulledMs = usualMs + PULL * (lateMs - holeMs);
    const durationMs = Math.min(LONGEST * usualMs, Math.max(SHORTEST * usualMs, pulledMs));
    this.#endMs = startMs + durationMs;
    return { ...frame, startMs, durationMs, compositionMs: stretched(frame, durationMs) };
  }
}

/** The order of the pictures is kept where their own times still tell it. */
function stretched({ compositionMs, durationMs: ownMs }: Frame, durationMs: number): number {
  const factor = ownMs > 0 ? durationMs / ownMs : 0;
  return factor > 0.1 && factor < 10 ? compositionMs * factor : 0;
}
