/** What a transcoder's process writes becomes parts with the dates and media times of their source. Pure. */
import { type Frame, FrameReader, type StreamInit } from '../media/frame-reader.ts';
import { PartGrouper } from '../media/part-grouper.ts';
import { KeyframePictures } from './keyframe-pictures.ts';
import type { MadePart } from './rung-output.ts';
import { type DatedPart, SourceDates } from './source-dates.ts';

export interface MadeMediaOptions {
  /** Shortest part, in ms. */
  readonly partMs: number;
  /** Of each group of pictures only the first one comes. */
  readonly keyframesOnly: boolean;
}

export class MadeMedia {
  /** Added to the times that are written, in ms. */
  originMs = 0;
  readonly #keyframesOnly: boolean;
  readonly #dates = new SourceDates();
  readonly #reader = new FrameReader();
  readonly #grouper: PartGrouper;
  readonly #keyframes = new KeyframePictures();
  #init: StreamInit | undefined;
  #endMs: number | undefined;
  #frames = 0;

  constructor({ partMs, keyframesOnly }: MadeMediaOptions) {
    this.#grouper = new PartGrouper(partMs);
    this.#keyframesOnly = keyframesOnly;
  }

  /** Pictures so far. */
  get frames(): number {
    return this.#frames;
  }

  /** End of the newest picture, in the media time of the source; undefined before the first. */
  get endMs(): number | undefined {
    return this.#endMs;
  }

  /** The process was given this part of its source. */
  fed(part: DatedPart): void {
    this.#dates.add(part);
  }

  /**
   * Takes what the process wrote next; returns the parts that it completed.
   * @throws BoxError or RangeError when it cannot be read any further
   */
  push(chunk: Uint8Array): MadePart[] {
    return this.#reader.push(chunk).flatMap((item) => {
      if (item.kind === 'frame') return this.#frame({ ...item, startMs: item.startMs + this.originMs });
      this.#init = item;
      return [];
    });
  }

  #frame(frame: Frame): MadePart[] {
    this.#frames += 1;
    this.#endMs = frame.startMs + frame.durationMs;
    const shown = this.#keyframesOnly ? this.#keyframes.show(frame) : frame;
    const groups = shown === undefined ? [] : this.#grouper.push(shown);
    return groups.flatMap((group) => {
      const date = this.#dates.at(group.startMs);
      return this.#init === undefined || date === undefined ? [] : [{ init: this.#init, group, date }];
    });
  }
}
