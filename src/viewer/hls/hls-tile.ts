/**
 * One video element played by hls.js from a mirror, as a {@link TilePort}. The only file that runs hls.js.
 *
 * It plays, maps, trims and reports; it decides nothing: rate and seeks come from the sync controller, reload and
 * rebuild from the recovery ladder. hls.js is dead after a fatal error (facts/player.md §1.6), so a fatal error
 * is handed up and answered with a rebuild.
 */
import Hls, {
  type ErrorData,
  type FragBufferedData,
  type FragmentLoaderContext,
  type PlaylistLoaderContext,
} from 'hls.js/light';
import type { EffectiveMode } from '../../wire/modes.ts';
import type { Clock, Timers } from '../../wire/ports.ts';
import type { Timeline } from '../../wire/timeline.ts';
import { FrameTotal } from '../player/frame-total.ts';
import { lastPicture } from '../player/last-picture.ts';
import type { FrameCount, Located, TilePort } from '../player/tile-port.ts';
import { AppendGate } from './append-gate.ts';
import { endsSegment, trimEndSec } from './back-buffer.ts';
import { mirrorLoader, PLAYLIST_URL } from './loaders.ts';
import { PdtMap } from './pdt-map.ts';
import { fixedSettings, liveSettings } from './profiles.ts';

/** Ranges that touch within this are one to the eye: cameras round their timestamps. */
const RANGE_SLACK_SEC = 0.05;

export interface HlsTileDeps {
  readonly video: HTMLVideoElement;
  /** The mirror's: what there is to play. */
  readonly timeline: Timeline;
  readonly mode: EffectiveMode;
  readonly targetMs: number;
  readonly workerUrl: string;
  /** The page's performance.now(). */
  readonly clock: Clock;
  readonly timers: Timers;
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
    const hls = this.#hls;
    if (hls === undefined) return;
    const { lowLatencyMode, liveSyncDuration, ...limits } = liveSettings(mode, targetMs);
    Object.assign(hls.config, limits);
    hls.targetLatency = liveSyncDuration;
    if (hls.lowLatencyMode === lowLatencyMode) return;
    hls.lowLatencyMode = lowLatencyMode;
    // The playlist request under way waits for a whole segment; only a new one gets the parts now.
    if (lowLatencyMode) this.reload();
  }

  /** Restarts hls.js's loaders where the playhead is; the picture and the buffer stay. */
  reload(): void {
    this.#hls?.stopLoad();
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
    return video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA && !video.seeking;
  }

  positionSec(): number {
    return this.#deps.video.currentTime;
  }

  programMs(): number | undefined {
    return this.#map.programMs(this.positionSec());
  }

  locate(programMs: number): Located | undefined {
    return this.#map.locate(programMs);
  }

  /** Position by the playlist, for media that is not buffered; hls.js's estimate, good to about a part. */
  estimate(programMs: number): number | undefined {
    const details = this.#hls?.latestLevelDetails;
    const segment = this.#deps.timeline.segments.findLast(({ pdtMs }) => pdtMs <= programMs);
    if (details === undefined || details === null || segment === undefined) return undefined;
    const { fragments, fragmentHint, startSN } = details;
    const listed = fragments[segment.msn - startSN];
    const fragment = listed ?? (fragmentHint?.sn === segment.msn ? fragmentHint : undefined);
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
    const { timeline, workerUrl, clock, timers, video } = this.#deps;
    const gate = new AppendGate(timeline, timers);
    const source = { timeline, clock, timers, gate };
    const hls = new Hls({
      ...fixedSettings(workerUrl),
      ...liveSettings(this.#mode, this.#targetMs),
      pLoader: mirrorLoader<PlaylistLoaderContext>(source),
      fLoader: mirrorLoader<FragmentLoaderContext>(source),
    });
    this.#hls = hls;
    hls.on(Hls.Events.FRAG_BUFFERED, (_event, data) => {
      const { frag, part } = data;
      if (typeof frag.sn === 'number' && part !== null) gate.done({ msn: frag.sn, index: part.index });
      this.#buffered(hls, data);
    });
    hls.on(Hls.Events.ERROR, (_event, data) => this.#failed(data));
    hls.on(Hls.Events.MANIFEST_PARSED, () => this.play());
    hls.loadSource(PLAYLIST_URL);
    hls.attachMedia(video);
    this.#rate = 1;
    video.playbackRate = 1;
  }

  #buffered(hls: Hls, { frag, part }: FragBufferedData): void {
    if (frag.type !== 'main' || typeof frag.sn !== 'number') return;
    const { timeline } = this.#deps;
    const segment = timeline.segment(frag.sn);
    const index = part?.index ?? 0;
    const first = segment?.parts[index];
    const stream = (part ?? frag).elementaryStreams.video;
    if (segment === undefined || first === undefined || stream === null || stream === undefined) return;
    this.#map.observe({
      epoch: segment.epoch,
      startSec: stream.startPTS,
      endSec: stream.endPTS,
      pdtMs: first.pdtMs,
    });
    if (part === null || endsSegment(segment, index, timeline.segment(frag.sn - 1))) this.#trim(hls);
  }

  #trim(hls: Hls): void {
    const { buffered } = this.#deps.video;
    if (buffered.length === 0) return;
    const endOffset = trimEndSec(this.positionSec(), buffered.start(0));
    if (endOffset === undefined) return;
    hls.trigger(Hls.Events.BUFFER_FLUSHING, { startOffset: 0, endOffset, type: 'video' });
    this.#map.dropBefore(endOffset);
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
