/**
 * Whether an encoder of a raw source keeps up, by what it tells and by its media; and when it does not for long enough
 * to do something about it. Pure.
 */
import type { CameraConfig } from '../config/schema.ts';
import type { EncoderFigures } from '../transcode/progress.ts';
import { Slowness, type SlownessVerdict } from '../transcode/slowness.ts';

export class RawPace {
  readonly #slowness = new Slowness();
  readonly #source: CameraConfig['source'];
  readonly #fps: number;
  #speed: number | undefined;

  /** @param fps of the encoded picture */
  constructor(source: CameraConfig['source'], fps: number) {
    this.#source = source;
    this.#fps = fps;
  }

  /** Pictures in time, 1 for all; undefined before the first figures. */
  get speed(): number | undefined {
    return this.#speed;
  }

  /** A new process. */
  started(nowMs: number): void {
    this.#slowness.started(nowMs);
    this.#speed = undefined;
  }

  measured(figures: EncoderFigures, nowMs: number): SlownessVerdict {
    this.#speed = Math.min(figures.speed, this.#shownShare(figures));
    return this.#slowness.sample(this.#speed, nowMs);
  }

  /** The synthetic source is made by the same process: when that is too slow, frames are left out or repeated. */
  #shownShare({ fps, duplicatedRatio }: EncoderFigures): number {
    if (this.#source.type !== 'test') return Number.POSITIVE_INFINITY;
    return (fps * (1 - Math.min(1, duplicatedRatio))) / Math.min(this.#source.fps, this.#fps);
  }
}
