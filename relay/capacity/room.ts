/** What of the host's cores transcoders are not to take: a part for a wall that runs here, and what else does. Pure. */
import type { HostRoom } from './budget.ts';

/**
 * Kept for a wall of three on this host, which takes 1.1 cores of browser with two streams of 1080p; on a small host no
 * more than a part of it, or there would be nothing to show.
 */
const VIEWER_CORES = 1;
const VIEWER_SHARE = 0.5;
/** What else runs here counts by its mean over so many samples: a page that loads takes all cores for a moment. */
const SAMPLES = 60;
/** What ran beside for as long as this is over, and not between two of its steps. */
const LATELY_SAMPLES = 10;
/** Others cannot take the cameras more than this. */
const ELSE_SHARE = 0.5;

export class RoomMeter {
  readonly #cores: number;
  readonly #viewerHere: () => boolean;
  #elseCores = 0;
  #lately: readonly number[] = [];

  /** @param viewerHere whether a wall runs on this very host */
  constructor(cores: number, viewerHere: () => boolean) {
    this.#cores = cores;
    this.#viewerHere = viewerHere;
  }

  get room(): HostRoom {
    const cores = this.#cores;
    const viewer = this.#viewerHere() ? Math.min(VIEWER_CORES, cores * VIEWER_SHARE) : 0;
    return { cores, kept: Math.max(viewer, Math.min(this.#elseCores, cores * ELSE_SHARE)) };
  }

  /** What was there all the time over the last seconds; undefined while it is too early to say. */
  get lately(): HostRoom | undefined {
    return this.#lately.length < LATELY_SAMPLES
      ? undefined
      : { cores: this.#cores, kept: Math.max(...this.#lately) };
  }

  /**
   * Once a second.
   * @param idle share of all cores, 0 to 1
   * @param ours cores that transcoders take
   */
  sample(idle: number, ours: number): void {
    const now = Math.max(0, this.#cores * (1 - idle) - ours);
    this.#elseCores += (now - this.#elseCores) / SAMPLES;
    this.#lately = [...this.#lately, now].slice(-LATELY_SAMPLES);
  }
}
