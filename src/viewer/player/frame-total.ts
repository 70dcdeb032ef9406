/** Counts the frames of an element over all the sources that play in it; the element itself begins again with each. */
import type { FrameCount } from './tile-port.ts';

const NONE: FrameCount = { total: 0, dropped: 0 };

export class FrameTotal {
  readonly #video: HTMLVideoElement;
  #before = NONE;
  #last = NONE;

  constructor(video: HTMLVideoElement) {
    this.#video = video;
  }

  read(): FrameCount {
    const { totalVideoFrames, droppedVideoFrames } = this.#video.getVideoPlaybackQuality();
    if (totalVideoFrames < this.#last.total) this.#before = sum(this.#before, this.#last);
    this.#last = { total: totalVideoFrames, dropped: droppedVideoFrames };
    return sum(this.#before, this.#last);
  }

  /** Call it just before the source is replaced, which {@link read} notices only when few frames follow. */
  newSource(): void {
    this.#before = this.read();
    this.#last = NONE;
  }
}

function sum(a: FrameCount, b: FrameCount): FrameCount {
  return { total: a.total + b.total, dropped: a.dropped + b.dropped };
}
