/**
 * Measures what people see, from any video elements whose picture carries the clock strip: glass-to-glass latency,
 * the difference between tiles at one instant, stalls and lost frames. Only in measure builds; it knows nothing
 * of the engine, so that other players can be measured by the same ruler.
 *
 * Reading pixels back costs more than playing, so only every so many frames are read.
 */
import type { Cancel, Clock } from '../../wire/ports.ts';
import { unwrapStripMs } from '../../wire/strip.ts';
import { FrameGaps } from './frame-gaps.ts';
import { Samples, type Summary } from './samples.ts';

export interface TileReport {
  readonly camera: string;
  /** Undefined when no strip could be read. */
  readonly glassToGlassMs: Summary | undefined;
  readonly stalls: number;
  readonly frames: { readonly total: number; readonly dropped: number };
}

export interface MeterReport {
  readonly tiles: readonly TileReport[];
  readonly skewMs: Summary | undefined;
  /** Strips read. */
  readonly samples: number;
}

export interface MeterDeps {
  /** Camera → element; asked again and again, so tiles may come and go. */
  readonly videos: () => ReadonlyMap<string, HTMLVideoElement>;
  /** The page's performance.now(). */
  readonly clock: Clock;
  /** Ms since the Unix epoch. */
  readonly wallClock: Clock;
  readonly hidden: () => boolean;
  readonly readStrip: (video: HTMLVideoElement) => number | undefined;
  readonly requestFrame: (run: () => void) => Cancel;
  /** Read every so many frames of each tile. Default: about {@link LATENCY_READS_PER_SEC} a second in all. */
  readonly everyFrames?: number;
}

/** For latency and as many again for skew: about 12 a second. */
const LATENCY_READS_PER_SEC = 6;
const SKEW_READS_PER_SEC = 6;
const USUAL_FPS = 30;
const MIN_SKEW_PERIOD_MS = 250;

class MeteredTile {
  readonly video: HTMLVideoElement;
  readonly latency = new Samples();
  readonly gaps = new FrameGaps();
  readonly #onFrame: (tile: MeteredTile, meta: VideoFrameCallbackMetadata) => void;
  /** Counters when the measurement began. */
  #before = { total: 0, dropped: 0 };
  #handle = 0;
  frame = 0;

  constructor(
    video: HTMLVideoElement,
    onFrame: (tile: MeteredTile, meta: VideoFrameCallbackMetadata) => void,
  ) {
    this.video = video;
    this.#onFrame = onFrame;
    this.reset();
  }

  start(): void {
    this.#handle = this.video.requestVideoFrameCallback((_now, meta) => {
      this.start();
      this.#onFrame(this, meta);
    });
  }

  stop(): void {
    this.video.cancelVideoFrameCallback(this.#handle);
  }

  reset(): void {
    this.latency.reset();
    this.gaps.reset();
    this.#before = this.#count();
  }

  frames(): { total: number; dropped: number } {
    const now = this.#count();
    // A rebuilt player counts from 0 again.
    if (now.total < this.#before.total) return now;
    return { total: now.total - this.#before.total, dropped: now.dropped - this.#before.dropped };
  }

  #count(): { total: number; dropped: number } {
    const { totalVideoFrames: total, droppedVideoFrames: dropped } = this.video.getVideoPlaybackQuality();
    return { total, dropped };
  }
}

export class Meter {
  readonly #deps: MeterDeps;
  readonly #tiles = new Map<string, MeteredTile>();
  readonly #skew = new Samples();
  #samples = 0;
  #lastSkewMs = 0;
  #cancel: Cancel | undefined;

  constructor(deps: MeterDeps) {
    this.#deps = deps;
  }

  start(): void {
    if (this.#cancel !== undefined) return;
    this.#follow();
    this.#nextFrame();
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    for (const tile of this.#tiles.values()) tile.stop();
    this.#tiles.clear();
  }

  /** Forgets all figures: the measurement begins now. */
  reset(): void {
    this.#samples = 0;
    this.#skew.reset();
    for (const tile of this.#tiles.values()) tile.reset();
  }

  report(): MeterReport {
    return {
      tiles: [...this.#tiles].map(([camera, tile]) => ({
        camera,
        glassToGlassMs: tile.latency.summary(),
        stalls: tile.gaps.stalls,
        frames: tile.frames(),
      })),
      skewMs: this.#skew.summary(),
      samples: this.#samples,
    };
  }

  #nextFrame(): void {
    this.#cancel = this.#deps.requestFrame(() => {
      this.#nextFrame();
      this.#measureSkew();
    });
  }

  /** Takes up new elements and lets go of removed ones. */
  #follow(): void {
    const videos = this.#deps.videos();
    for (const [camera, tile] of this.#tiles) {
      if (videos.get(camera) === tile.video) continue;
      tile.stop();
      this.#tiles.delete(camera);
    }
    for (const [camera, video] of videos) {
      if (this.#tiles.has(camera)) continue;
      const tile = new MeteredTile(video, (metered, meta) => this.#frame(metered, meta));
      this.#tiles.set(camera, tile);
      tile.start();
    }
  }

  #frame(tile: MeteredTile, meta: VideoFrameCallbackMetadata): void {
    const { clock, wallClock, hidden, readStrip, everyFrames } = this.#deps;
    if (hidden()) {
      tile.gaps.pause();
      return;
    }
    tile.gaps.frame(meta.expectedDisplayTime);
    tile.frame += 1;
    const every = everyFrames ?? Math.ceil((this.#tiles.size * USUAL_FPS) / LATENCY_READS_PER_SEC);
    if (tile.frame % every !== 0) return;
    const value = readStrip(tile.video);
    if (value === undefined) return;
    this.#samples += 1;
    const shownMs = wallClock.now() + (meta.expectedDisplayTime - clock.now());
    tile.latency.add(shownMs - unwrapStripMs(value, shownMs));
  }

  /** Reads all tiles inside one animation frame: what one glance at the wall sees. */
  #measureSkew(): void {
    const { clock, wallClock, hidden, readStrip } = this.#deps;
    const nowMs = clock.now();
    const periodMs = Math.max(MIN_SKEW_PERIOD_MS, (this.#tiles.size * 1000) / SKEW_READS_PER_SEC);
    if (nowMs - this.#lastSkewMs < periodMs || hidden()) return;
    this.#lastSkewMs = nowMs;
    this.#follow();
    const nearMs = wallClock.now();
    const times = [...this.#tiles.values()].flatMap(({ video }) => {
      const value = readStrip(video);
      return value === undefined ? [] : [unwrapStripMs(value, nearMs)];
    });
    this.#samples += times.length;
    if (times.length > 1) this.#skew.add(Math.max(...times) - Math.min(...times));
  }
}
