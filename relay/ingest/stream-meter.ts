/**
 * What a stream turns out to be while it comes: rate of its pictures and bits, distance of its keyframes. Pure.
 */
import { MediaMeter } from '../../src/wire/media-meter.ts';
import type { FedPart } from '../media/run-feed.ts';

export interface StreamFacts {
  readonly fps: number;
  /** Undefined until there is enough to tell. */
  readonly bitrateKbps: number | undefined;
  /** Distance of two keyframes, in ms; undefined before the second one. */
  readonly gopMs: number | undefined;
  /** Pictures are shown in another order than they come: there are B-frames. */
  readonly reordered: boolean;
}

/** With so many pictures the rate is known well enough to begin with: until then the camera has no rung to show. */
const ENOUGH = 4;
/** Parts: about four seconds. */
const REMEMBERED = 60;
/** A rate or distance this close to the one that was told is the same. */
const SAME = 0.1;

export class StreamMeter {
  readonly #media = new MediaMeter();
  /** Of the newest parts, oldest first. */
  #parts: Pick<FedPart, 'durationMs' | 'frames'>[] = [];
  #durationMs = 0;
  #frames = 0;
  #sinceKeyframeMs: number | undefined;
  #gopMs: number | undefined;
  #reordered = false;
  #fps: number | undefined;

  /** Undefined until there were enough pictures. */
  get facts(): StreamFacts | undefined {
    if (this.#fps === undefined) return undefined;
    return {
      fps: this.#fps,
      bitrateKbps: this.#media.figures?.bitrateKbps,
      gopMs: this.#gopMs,
      reordered: this.#reordered,
    };
  }

  /** Media time per time, over the last seconds; undefined until there is enough to tell. */
  get speed(): number | undefined {
    return this.#media.figures?.speed;
  }

  get bitrateKbps(): number {
    return this.#media.figures?.bitrateKbps ?? 0;
  }

  /** Another process or another stream: what came before says nothing. */
  reset(): void {
    this.#media.reset();
    this.#parts = [];
    this.#durationMs = 0;
    this.#frames = 0;
    this.#sinceKeyframeMs = undefined;
    this.#reordered = false;
  }

  /** @returns true when the facts are new or clearly others */
  part({ durationMs, frames, bytes, keyframe, reordered }: FedPart, nowMs: number): boolean {
    this.#media.add(durationMs, bytes, nowMs);
    const grouped = keyframe && this.#group();
    if (this.#sinceKeyframeMs !== undefined) this.#sinceKeyframeMs += durationMs;
    this.#parts.push({ durationMs, frames });
    this.#count(durationMs, frames);
    const oldest = this.#parts.length > REMEMBERED ? this.#parts.shift() : undefined;
    if (oldest !== undefined) this.#count(-oldest.durationMs, -oldest.frames);
    const turned = reordered && !this.#reordered;
    this.#reordered ||= reordered;
    return this.#rate() || grouped || turned;
  }

  #count(durationMs: number, frames: number): void {
    this.#durationMs += durationMs;
    this.#frames += frames;
  }

  #group(): boolean {
    const gopMs = this.#sinceKeyframeMs;
    this.#sinceKeyframeMs = 0;
    if (gopMs === undefined || same(gopMs, this.#gopMs)) return false;
    this.#gopMs = gopMs;
    return true;
  }

  #rate(): boolean {
    if (this.#frames < ENOUGH) return false;
    const fps = Math.round((10_000 * this.#frames) / this.#durationMs) / 10;
    if (same(fps, this.#fps)) return false;
    this.#fps = fps;
    return true;
  }
}

const same = (now: number, told: number | undefined): boolean =>
  told !== undefined && Math.abs(now - told) <= SAME * told;
