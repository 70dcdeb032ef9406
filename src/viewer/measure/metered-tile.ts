/** What the meter knows of one camera, through all the elements that show it one after the other. */
import { FrameTotal } from '../player/frame-total.ts';
import type { FrameCount } from '../player/tile-port.ts';
import { FrameGaps } from './frame-gaps.ts';
import { type Histogram, Samples, type Summary } from './samples.ts';

export interface TileReport {
  readonly camera: string;
  /** Age of the picture on the screen, by timer; undefined when no strip could be read. */
  readonly glassToGlassMs: Summary | undefined;
  readonly ages: Histogram;
  /** Looks that saw no age: no readable strip, no element, or a page too busy to look. */
  readonly unreadable: number;
  readonly stalls: number;
  /** Time in stalls, one that still lasts included. */
  readonly frozenMs: number;
  readonly frames: FrameCount;
  /** Of the picture, as in 640x360; undefined before the first one. */
  readonly size: string | undefined;
}

const NO_FRAMES: FrameCount = { total: 0, dropped: 0 };

export class MeteredTile {
  readonly #ages = new Samples();
  readonly #gaps = new FrameGaps();
  #unreadable = 0;
  #video: HTMLVideoElement | undefined;
  #total: FrameTotal | undefined;
  #handle = 0;
  /** When the newest frame is on the screen, the page's clock. */
  #displayMs = 0;
  /** Frames of earlier elements, less those before the measurement began. */
  #earlier = NO_FRAMES;

  /** @param nowMs the page's clock: frames are expected from now on */
  constructor(nowMs: number) {
    this.#gaps.begin(nowMs);
  }

  get video(): HTMLVideoElement | undefined {
    return this.#video;
  }

  attach(video: HTMLVideoElement): void {
    this.detach();
    this.#video = video;
    this.#total = new FrameTotal(video);
    this.#earlier = difference(this.#earlier, this.#total.read());
    this.#next(video);
  }

  /** The element went; until another one comes the tile shows nothing. */
  detach(): void {
    if (this.#video === undefined) return;
    this.#video.cancelVideoFrameCallback(this.#handle);
    this.#earlier = this.#frames();
    this.#video = undefined;
    this.#total = undefined;
  }

  /** Forgets all figures: the measurement begins now. */
  reset(nowMs: number): void {
    this.#ages.reset();
    this.#gaps.begin(nowMs);
    this.#unreadable = 0;
    this.#earlier = difference(NO_FRAMES, this.#total?.read() ?? NO_FRAMES);
  }

  /** Nobody can see the page. */
  pause(nowMs: number): void {
    this.#gaps.pause(nowMs);
  }

  /** It can be seen again. */
  resume(nowMs: number): void {
    this.#gaps.resume(nowMs);
  }

  /**
   * @param ageMs of the picture that the element holds now; undefined when it could not be read
   * @param missed looks before this one that did not happen
   */
  look(nowMs: number, ageMs: number | undefined, missed: number): void {
    this.#unreadable += missed;
    this.#total?.read();
    if (ageMs === undefined) this.#unreadable += 1;
    // A frame may be handed over before it is on the screen; it is as old as it is by then.
    else this.#ages.add(ageMs + Math.max(0, this.#displayMs - nowMs));
  }

  report(camera: string, nowMs: number, missed: number): TileReport {
    const { videoWidth = 0, videoHeight = 0 } = this.#video ?? {};
    return {
      camera,
      glassToGlassMs: this.#ages.summary(),
      ages: this.#ages.histogram(),
      unreadable: this.#unreadable + missed,
      ...this.#gaps.count(nowMs),
      frames: this.#frames(),
      size: videoWidth === 0 ? undefined : `${videoWidth}x${videoHeight}`,
    };
  }

  #next(video: HTMLVideoElement): void {
    this.#handle = video.requestVideoFrameCallback((_now, { expectedDisplayTime }) => {
      this.#next(video);
      this.#displayMs = expectedDisplayTime;
      this.#gaps.frame(expectedDisplayTime);
    });
  }

  #frames(): FrameCount {
    const { total, dropped } = this.#total?.read() ?? NO_FRAMES;
    return { total: this.#earlier.total + total, dropped: this.#earlier.dropped + dropped };
  }
}

function difference(a: FrameCount, b: FrameCount): FrameCount {
  return { total: a.total - b.total, dropped: a.dropped - b.dropped };
}

/** A report as the JSON of the commands has it: without the raw ages, which only pooling needs. */
export function tileFigures({ ages: _ages, frozenMs, ...figures }: TileReport) {
  return { ...figures, frozenMs: Math.round(frozenMs) };
}
