/**
 * One video element played by hls.js from a mirror, as a {@link TilePort}. The only file that runs hls.js.
 *
 * It plays, maps and reports; it decides nothing: rate and seeks come from the sync controller, reload and
 * rebuild from the recovery ladder. hls.js is dead after a fatal error (facts/player.md §1.6), so a fatal error
 * is handed up and answered with a rebuild.
 */
import Hls, {
  type BufferAppendedData,
  type ErrorData,
  type FragmentLoaderContext,
  type PlaylistLoaderContext,
} from 'hls.js/light';
import type { EffectiveMode } from '../../wire/modes.ts';
import type { Clock } from '../../wire/ports.ts';
import type { Timeline } from '../../wire/timeline.ts';
import { FrameTotal } from '../player/frame-total.ts';
import { lastPicture } from '../player/last-picture.ts';
import type { FrameCount, Located, TilePort } from '../player/tile-port.ts';
import { mirrorLoader } from './loaders.ts';
import { MirrorFeed, PLAYLIST_URL } from './mirror-feed.ts';
import { PdtMap } from './pdt-map.ts';
import { pieceMs, playerSettings, startBehindMs } from './profiles.ts';

/** Ranges that touch within this are one to the eye: cameras round their timestamps. */
const RANGE_SLACK_SEC = 0.05;
/** A seek by less than half a picture is not worth what it costs. */
const THERE_SEC = 0.01;

export interface HlsTileDeps {
  readonly video: HTMLVideoElement;
  /** The mirror's: what there is to play. */
  readonly timeline: Timeline;
  readonly mode: EffectiveMode;
  readonly targetMs: number;
  readonly workerUrl: string;
  /** The page's performance.now(). */
  readonly clock: Clock;
  /** Programme time with which it begins, in ms since the Unix epoch; absent: near the target. */
  readonly startMs?: number;
  readonly onFatal: (reason: string) => void;
  readonly log: (message: string, fields?: Record<string, unknown>) => void;
}

export class HlsTile implements TilePort {
  readonly #deps: HlsTileDeps;
  readonly #map = new PdtMap();
  readonly #frames: FrameTotal;
  #hls: Hls | undefined;
  #mode: EffectiveMode;
  #targetMs: number;
  /** The player was sent to what is due. */
  #begun = false;
  /** What was handed over before this was still asked for by loaders that are gone. */
  #loadingSinceMs = Number.NEGATIVE_INFINITY;
  #rate = 1;

  constructor(deps: HlsTileDeps) {
    this.#deps = deps;
    this.#mode = deps.mode;
    this.#targetMs = deps.targetMs;
    this.#frames = new FrameTotal(deps.video);
  }

  start(): void {
    if (this.#hls !== undefined) return;
    const { video } = this.#deps;
    video.muted = true;
    video.playsInline = true;
    video.disableRemotePlayback = true;
    // Chromium's pitch correction costs sync even for a silent track (facts/player.md §0.4).
    video.preservesPitch = false;
    this.#build();
  }

  stop(): void {
    this.#hls?.destroy();
    this.#hls = undefined;
    this.#map.clear();
    this.#deps.video.removeAttribute('poster');
  }

  setMode(mode: EffectiveMode, targetMs: number): void {
    this.#mode = mode;
    this.#targetMs = targetMs;
  }

  /**
   * Restarts hls.js's loaders where the playhead is; the picture and the buffer stay. Then it begins anew at what is due:
   * the segment under the playhead is appended again, and Chromium shows nothing more of such a one until it was sought.
   */
  reload(): void {
    this.#hls?.stopLoad();
    this.#begun = false;
    this.#loadingSinceMs = this.#deps.clock.now();
    this.#hls?.startLoad(this.positionSec(), true);
    this.play();
  }

  /** A new player in the same element. The last picture stays as the poster until the new one plays. */
  rebuild(): void {
    const picture = lastPicture(this.#deps.video, this.#deps.log);
    if (picture !== undefined) this.#deps.video.poster = picture;
    this.#frames.newSource();
    this.#hls?.destroy();
    this.#map.clear();
    this.#build();
  }

  play(): void {
    const { video, log } = this.#deps;
    if (!video.paused) return;
    video.play().catch((error: unknown) => {
      // AbortError: a new source replaced the one that was about to play, and that one is played in its turn.
      if (!(error instanceof DOMException && error.name === 'AbortError')) {
        log('video does not play', { error: String(error) });
      }
    });
  }

  ready(): boolean {
    const { video } = this.#deps;
    return this.#begun && video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA && !video.seeking;
  }

  positionSec(): number {
    return this.#deps.video.currentTime;
  }

  /** @param positionSec default: the playhead's */
  programMs(positionSec = this.positionSec()): number | undefined {
    return this.#map.programMs(positionSec);
  }

  locate(programMs: number): Located | undefined {
    return this.#map.locate(programMs);
  }

  /** Position by the playlist, for media that is not buffered; hls.js's estimate, good to about a part. */
  estimate(programMs: number): number | undefined {
    const details = this.#hls?.latestLevelDetails;
    const segment = this.#deps.timeline.segments.findLast(({ pdtMs }) => pdtMs <= programMs);
    if (details === undefined || details === null || segment === undefined) return undefined;
    const fragment = details.fragments[segment.msn - details.startSN];
    return fragment === undefined ? undefined : fragment.start + (programMs - segment.pdtMs) / 1000;
  }

  bufferAheadMs(): number {
    const range = this.#range();
    return range === undefined ? 0 : (range.endSec - this.positionSec()) * 1000;
  }

  bufferBehindMs(): number {
    const range = this.#range();
    return range === undefined ? 0 : (this.positionSec() - range.startSec) * 1000;
  }

  rate(): number {
    return this.#rate;
  }

  setRate(rate: number): void {
    this.#rate = rate;
    this.#deps.video.playbackRate = rate;
  }

  seek(positionSec: number): void {
    this.#deps.video.currentTime = positionSec;
  }

  /** Size of the picture, 0 × 0 before the first. */
  size(): { width: number; height: number } {
    const { videoWidth: width, videoHeight: height } = this.#deps.video;
    return { width, height };
  }

  frames(): FrameCount {
    return this.#frames.read();
  }

  #build(): void {
    const { timeline, workerUrl, clock, video } = this.#deps;
    const feed = new MirrorFeed(timeline, () => startBehindMs(this.#targetMs));
    const source = { feed, clock, pieceMs: () => pieceMs(this.#mode) };
    const hls = new Hls({
      ...playerSettings(workerUrl),
      pLoader: mirrorLoader<PlaylistLoaderContext>(source),
      fLoader: mirrorLoader<FragmentLoaderContext>(source),
    });
    this.#hls = hls;
    this.#begun = false;
    hls.on(Hls.Events.BUFFER_APPENDED, (_event, data) => this.#appended(data));
    hls.on(Hls.Events.BUFFER_FLUSHED, (_event, { end }) => this.#map.dropBefore(end));
    hls.on(Hls.Events.ERROR, (_event, data) => this.#failed(data));
    hls.loadSource(PLAYLIST_URL);
    hls.attachMedia(video);
    this.#rate = 1;
    video.playbackRate = 1;
  }

  #appended({ frag, chunkMeta }: BufferAppendedData): void {
    const { type, sn } = frag;
    if (type !== 'main' || typeof sn !== 'number') return;
    const segment = this.#deps.timeline.segment(sn);
    const stream = frag.elementaryStreams.video;
    if (segment === undefined || stream === null) return;
    this.#map.observe(segment, stream.startDTS);
    if (!this.#begun && chunkMeta.transmuxing.start >= this.#loadingSinceMs) this.#begin(stream.endPTS);
  }

  /**
   * Plays what is due, once the segment with it is appended: the player's first one began up to a GOP earlier.
   * @param endSec where the media end that were just handed over; what is buffered after it is of before a reload, and
   *   will be appended again
   */
  #begin(endSec: number): void {
    const { timeline, video, startMs } = this.#deps;
    const located = this.locate(startMs ?? (timeline.edgePdtMs ?? 0) - startBehindMs(this.#targetMs));
    const { buffered } = video;
    if (located === undefined || buffered.length === 0) return;
    if (located.positionSec > Math.min(endSec, buffered.end(buffered.length - 1))) return;
    this.#begun = true;
    const positionSec = Math.max(located.positionSec, buffered.start(0));
    // After a reload it is sought also where it stands; not where it was sent before there were media.
    const thereSec = startMs === undefined ? 0 : THERE_SEC;
    if (Math.abs(positionSec - video.currentTime) > thereSec) this.seek(positionSec);
    this.play();
  }

  #failed(data: ErrorData): void {
    const fields = { details: data.details, fatal: data.fatal, error: data.error?.message };
    this.#deps.log('player error', fields);
    if (data.fatal) this.#deps.onFatal(data.details);
  }

  /** The contiguous range around the playhead. */
  #range(): { startSec: number; endSec: number } | undefined {
    const { buffered } = this.#deps.video;
    const positionSec = this.positionSec();
    let range: { startSec: number; endSec: number } | undefined;
    for (let i = 0; i < buffered.length; i += 1) {
      const startSec = buffered.start(i);
      const endSec = buffered.end(i);
      if (range !== undefined && startSec - range.endSec <= RANGE_SLACK_SEC) range.endSec = endSec;
      else if (startSec - RANGE_SLACK_SEC <= positionSec) range = { startSec, endSec };
    }
    return range !== undefined && range.endSec + RANGE_SLACK_SEC >= positionSec ? range : undefined;
  }
}
