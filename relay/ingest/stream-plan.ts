/**
 * Which streams a camera has: each is opened once, whatever looks at it. Pure.
 *
 * A camera on the network may have several of its own: the main stream and smaller ones. A large test picture is
 * taken for one with a substream: nobody draws 3840x2160 until somebody looks at it in that size.
 */
import { rungId } from '../config/rung-id.ts';
import type { CameraConfig, EncodeConfig } from '../config/schema.ts';
import { streamsOf } from '../config/streams.ts';
import type { CameraSource } from '../source/ffmpeg-input.ts';
import {
  ASSUMED_SIZE,
  bitrateAt,
  defaultBitrateKbps,
  evenSize,
  parseSize,
  pixels,
  type Size,
  shrinkTo,
  sizeText,
} from '../source/sizes.ts';
import type { RungPlan } from '../transcode/rung.ts';

export const MAIN_STREAM = 'main';
/** A source of at most this size needs no smaller stream: below, one is small enough for any wall. */
export const SMALL: Size = { width: 1280, height: 720 };
/** A substream as cameras have it. */
const SUBSTREAM: Size = { width: 640, height: 360 };

export interface StreamPlan {
  /** `main`, or `sub1` and so on; also the name of its rung. */
  readonly id: string;
  /** Where it is read, under the camera's name. */
  readonly camera: CameraSource;
  /** The camera's own, which is passed on; else it is encoded here. */
  readonly own: boolean;
  /** Runs also while nobody watches it. */
  readonly always: boolean;
  /** What is encoded where it cannot be passed on. */
  readonly picture: RungPlan;
}

/** Best first; at least one is always on. */
export function planStreams(config: CameraConfig): readonly StreamPlan[] {
  const { source, encode } = config;
  const picture = rawPicture(config);
  const main = { id: picture.id, camera: config, own: false, always: true, picture };
  switch (source.type) {
    case 'rtsp':
      return streamsOf(source).map((stream, n) => ({
        ...main,
        id: n === 0 ? MAIN_STREAM : `sub${n}`,
        camera: { ...config, source: stream },
        own: true,
      }));
    case 'test': {
      const size = parseSize(source.size);
      if (encode.rungs !== 'auto' || encode.size !== undefined || pixels(size) <= pixels(SMALL))
        return [main];
      const drawn = (box: Size, n: number, always: boolean): StreamPlan => {
        const camera = { ...config, source: { ...source, size: sizeText(shrinkTo(size, box)) } };
        return { ...main, id: `sub${n}`, camera, always, picture: rawPicture(camera) };
      };
      // Each is drawn for itself: from a larger one it would have to be decoded first.
      return [{ ...main, always: false }, drawn(SMALL, 1, false), drawn(SUBSTREAM, 2, true)];
    }
    case 'v4l2':
    case 'file':
      return [main];
  }
}

/** Whether a stream goes to the wall as it comes; otherwise rungs are made of it. */
export function offersStream({ encode }: CameraConfig, stream: StreamPlan, size: Size | undefined): boolean {
  if (!stream.own) return true;
  const { copy, backend, profile, rungs, bitrateKbps } = encode;
  if (copy === 'never' || backend !== 'ffmpeg' || profile === 'plan') return false;
  if (rungs !== 'auto' || (bitrateKbps !== undefined && stream.id === MAIN_STREAM)) return false;
  if (encode.size === undefined || size === undefined || stream.id !== MAIN_STREAM) return true;
  return sizeText(evenSize(parseSize(encode.size))) === sizeText(size);
}

/** The picture that a source is encoded to: the best that the configuration declares. */
function rawPicture({ source, encode }: CameraConfig): RungPlan {
  const [best] = source.type === 'rtsp' ? [] : declaredRungs(encode);
  if (best !== undefined) return best;
  const own = 'size' in source && source.size !== undefined ? source.size : undefined;
  const size = encode.size === undefined ? undefined : evenSize(parseSize(encode.size));
  const known = size ?? (own === undefined ? undefined : evenSize(parseSize(own)));
  return {
    id: MAIN_STREAM,
    size,
    expected: known ?? ASSUMED_SIZE,
    fps: source.type === 'test' ? Math.min(source.fps, encode.fps) : encode.fps,
    bitrateKbps: encode.bitrateKbps ?? defaultBitrateKbps(known ?? ASSUMED_SIZE),
    constantQuality: known === undefined && encode.bitrateKbps === undefined,
  };
}

/** The rungs that the configuration lists, best first. */
export function declaredRungs(encode: EncodeConfig): readonly RungPlan[] {
  if (encode.rungs === 'auto') return [];
  return encode.rungs
    .map((rung) => {
      const size = evenSize(parseSize(rung.size));
      const fps = Math.min(rung.fps ?? encode.fps, encode.fps);
      const bitrateKbps = rung.bitrateKbps ?? bitrateAt(size, fps);
      return { id: rungId(rung), size, expected: size, fps, bitrateKbps, constantQuality: false };
    })
    .sort((a, b) => pixels(b.size) - pixels(a.size) || b.fps - a.fps || b.bitrateKbps - a.bitrateKbps);
}
