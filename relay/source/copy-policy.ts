/**
 * Decides whether a camera's own stream goes to the wall as it is, without decoding and encoding it, and watches
 * that it stays fit for that. Pure. What is asked of a stream: H.264 that every browser decodes, pictures in the
 * order of their display (MediaMTX's WebRTC and low latency need it), and keyframes often enough to join at.
 */
import type { CameraConfig } from '../config/schema.ts';
import { evenSize, parseSize, type Size, sizeText } from './sizes.ts';

/** What a short look at a source found. */
export interface SourceFacts {
  /** ffmpeg's name, as in `h264` or `hevc`. */
  readonly codec: string;
  /** ffmpeg's name, as in `yuv420p`. */
  readonly pixelFormat: string;
  readonly interlaced: boolean;
  readonly size: Size;
  /** Undefined when it sent too few pictures to tell. */
  readonly fps: number | undefined;
  /** Pictures come in another order than they are shown: there are B-frames. */
  readonly reordered: boolean;
  /** Two packets carry one time: the sender cuts pictures apart (GStreamer's does, with sliced keyframes). */
  readonly pieces: boolean;
  /** Largest distance of keyframes that was seen; undefined when no two came in time. */
  readonly gopMs: number | undefined;
  readonly bitrateKbps: number | undefined;
}

export interface CopyVerdict {
  readonly copy: boolean;
  /** In words, to stand after "passed on as it is: " or "encoded here: ". */
  readonly reason: string;
}

export const MAX_COPY_GOP_MS = 2_000;
/** Rounding of a camera's clock. */
const JUDGED_TOLERANCE = 1.05;
/** While it runs, now and then a keyframe may be late. */
const WATCHED_TOLERANCE = 1.25;
/** The same pixels, with limited and with full range of brightness. */
const PIXEL_FORMATS = new Set(['yuv420p', 'yuvj420p']);

/** Why the configuration asks for encoding whatever the camera sends; undefined when it does not. */
export function copyExcluded({ source, encode }: CameraConfig): string | undefined {
  if (source.type !== 'rtsp') return 'only streams of RTSP cameras are passed on';
  if (encode.copy === 'never') return 'encode.copy is never';
  if (encode.backend !== 'ffmpeg') return `encode.backend is ${encode.backend}`;
  if (encode.profile === 'plan') return 'encode.profile is plan';
  if (encode.rungs !== 'auto') return 'encode.rungs lists its own rungs';
  if (encode.bitrateKbps !== undefined) return 'encode.bitrateKbps is set';
  return undefined;
}

export function judgeCopy(camera: CameraConfig, facts: SourceFacts): CopyVerdict {
  const no = (reason: string): CopyVerdict => ({ copy: false, reason });
  const excluded = copyExcluded(camera);
  if (excluded !== undefined) return no(excluded);
  const { codec, pixelFormat, interlaced, size, reordered, pieces, gopMs } = facts;
  const wanted = camera.encode.size === undefined ? undefined : evenSize(parseSize(camera.encode.size));
  if (codec !== 'h264') return no(`the camera sends ${codec.toUpperCase()}, not H.264`);
  if (!PIXEL_FORMATS.has(pixelFormat)) return no(`its colour format is ${pixelFormat}, not yuv420p`);
  if (interlaced) return no('its pictures are interlaced');
  if (reordered) return no('it uses B-frames');
  if (pieces) return no('it sends its pictures in pieces');
  if (wanted !== undefined && sizeText(wanted) !== sizeText(size)) {
    return no(`encode.size is ${sizeText(wanted)}, the camera sends ${sizeText(size)}`);
  }
  if (gopMs === undefined) return no(`its keyframes are more than ${MAX_COPY_GOP_MS / 1000} s apart`);
  if (gopMs > MAX_COPY_GOP_MS * JUDGED_TOLERANCE) return no(`its keyframes are ${seconds(gopMs)} apart`);
  return {
    copy: true,
    reason: `H.264 ${sizeText(size)} without B-frames, keyframes ${seconds(gopMs)} apart`,
  };
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

/** What there is to see of a fragment of the passed-on stream. */
export interface CopiedFragment {
  readonly durationMs: number;
  readonly keyframe: boolean;
  readonly reordered: boolean;
  /** The parameter sets in front of its first picture, when it carries any that differ from the header's. */
  readonly newParameters: boolean;
}

/** What is wrong: with the stream itself, or only that it became another one. */
export type CopyProblem =
  | { readonly kind: 'unfit'; readonly problem: string }
  | { readonly kind: 'changed'; readonly problem: string };

/** Watches a stream that is passed on, for the life of one process. */
export class CopyWatch {
  #sinceKeyframeMs = 0;

  observe({ durationMs, keyframe, reordered, newParameters }: CopiedFragment): CopyProblem | undefined {
    if (newParameters) return { kind: 'changed', problem: 'the camera changed its picture' };
    if (reordered) return { kind: 'unfit', problem: 'the camera uses B-frames now' };
    this.#sinceKeyframeMs = (keyframe ? 0 : this.#sinceKeyframeMs) + durationMs;
    if (this.#sinceKeyframeMs <= MAX_COPY_GOP_MS * WATCHED_TOLERANCE) return undefined;
    return {
      kind: 'unfit',
      problem: `the camera sends no keyframe for ${seconds(this.#sinceKeyframeMs)} now`,
    };
  }
}
