/** Whether an encoder of a raw source keeps up, by what it tells, for long enough to do something about it. Pure. */
import { Judgement } from '../capacity/verdict.ts';
import type { CameraConfig } from '../config/schema.ts';
import type { EncoderFigures } from '../transcode/progress.ts';

export class RawPace {
  readonly #source: CameraConfig['source'];
  readonly #fps: number;
  #judgement: Judgement | undefined;
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

  /** A new process, or another chance for this one. */
  started(nowMs: number): void {
    this.#judgement = new Judgement(nowMs);
    this.#speed = undefined;
  }

  /** @returns whether it falls behind, and has for long */
  measured(figures: EncoderFigures, nowMs: number): boolean {
    const speed = Math.min(figures.speed, this.#shownShare(figures));
    this.#speed = speed;
    // Its source is a device or itself, and always in time.
    const reading = { arrival: 1, speed, cores: undefined, busiest: undefined, idle: 1 };
    const finding = this.#judgement?.sample(reading, nowMs)?.finding ?? 'fine';
    return finding !== 'fine';
  }

  /** The synthetic source is made by the same process: when that is too slow, frames are left out or repeated. */
  #shownShare({ fps, duplicatedRatio }: EncoderFigures): number {
    if (this.#source.type !== 'test') return Number.POSITIVE_INFINITY;
    return (fps * (1 - Math.min(1, duplicatedRatio))) / Math.min(this.#source.fps, this.#fps);
  }
}
