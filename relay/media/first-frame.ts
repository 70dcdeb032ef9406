/**
 * Gives a camera's first picture its length. ffmpeg reads it while it finds out what the stream is, before it knows how far
 * decoding runs ahead of showing, and dates the second one alike: one tick lies between them (seen with ffmpeg 5.1 over
 * RTSP, H.264 and HEVC). The first picture gets the length of the second, and all that follow are as much later: when they
 * were taken is told by their arrival (pdt-clock.ts). Pure.
 */
import type { Frame } from './frame-reader.ts';

/** No camera sends a thousand pictures in a second. */
const SHORTEST_MS = 1;

export class FirstFrame {
  #begun = false;
  #held: Frame | undefined;
  #shiftMs = 0;

  /** @param take gets what can be passed on: nothing while the first one waits for the second */
  push(frame: Frame, take: (frame: Frame) => void): void {
    const { durationMs } = frame;
    if (!this.#begun) {
      this.#begun = true;
      if (durationMs > 0 && durationMs < SHORTEST_MS) {
        this.#held = frame;
        return;
      }
    }
    const first = this.#held;
    if (first !== undefined) {
      this.#held = undefined;
      this.#shiftMs = durationMs - first.durationMs;
      take({ ...first, durationMs });
    }
    take(this.#shiftMs === 0 ? frame : { ...frame, startMs: frame.startMs + this.#shiftMs });
  }
}
