/**
 * Which rungs a camera has, best first: its streams as they come, and what can be made of them while somebody asks
 * for it. Pure.
 */
import type { EncodeConfig } from '../config/schema.ts';
import { declaredRungs, SMALL } from '../ingest/stream-plan.ts';
import { bitrateAt, evenSize, parseSize, pixels, type Size, shrinkTo } from '../source/sizes.ts';
import { h264Codecs } from './h264-codecs.ts';

/** A stream as it is seen to come, or as it is known to come when somebody asks for it. */
export interface SeenStream {
  readonly id: string;
  /** RFC 6381. */
  readonly codecs: string;
  readonly size: Size;
  readonly fps: number;
  readonly bitrateKbps: number;
  /** It is a rung as it is. */
  readonly offered: boolean;
}

export interface PlannedRung {
  readonly id: string;
  readonly size: Size;
  readonly fps: number;
  readonly bitrateKbps: number;
  /** As it is likely to be, where it is not made yet. */
  readonly codecs: string;
  /** The stream that it is, or is made from. */
  readonly from: string;
  readonly made: 'camera' | 'transcode';
}

/** What is made of a larger stream: for many tiles, for one tile, for slow links (Apple's authoring table, thinned out). */
const ROWS: readonly { readonly id: string; readonly size: Size; readonly maxFps: number }[] = [
  { id: '1080', size: { width: 1920, height: 1080 }, maxFps: 60 },
  { id: '720', size: { width: 1280, height: 720 }, maxFps: 60 },
  { id: '360', size: { width: 640, height: 360 }, maxFps: 60 },
  { id: '180', size: { width: 320, height: 180 }, maxFps: 5 },
];
/** A row this close to what there is in H.264 already is of no use beside it. */
const SMALLER_BY = 0.7;
/** H.264 of a stream that browsers may not play is made up to this size; above, the rows are there. */
const MAX_SAME_SIZE: Size = { width: 1920, height: 1088 };
/** The rate was measured over a second or two. */
const FPS_TOLERANCE = 1.1;
/** H.264 that every browser decodes: baseline, main and high profile. */
const PLAIN_H264 = /^avc1\.(42|4d|64)/i;

/**
 * @param streams best first; at least the one that is always on
 * @param playing made ones that somebody watches: a stream that comes late may make one needless, but never ends it
 */
export function planRungs(
  encode: EncodeConfig,
  streams: readonly SeenStream[],
  playing: readonly PlannedRung[] = [],
): readonly PlannedRung[] {
  const planned = wantedRungs(encode, streams);
  const stay = playing.filter(
    ({ id, from, size }) =>
      planned.every((rung) => rung.id !== id) &&
      streams.some((stream) => stream.id === from && pixels(size) <= pixels(stream.size)),
  );
  return [...planned, ...stay].sort(byQuality);
}

function wantedRungs(encode: EncodeConfig, streams: readonly SeenStream[]): readonly PlannedRung[] {
  const [main] = streams;
  if (main === undefined) return [];
  const passed = streams.filter(({ offered }) => offered).map(asItIs);
  if (encode.rungs !== 'auto') return [...passed, ...declared(encode, streams)];
  const whole = main.offered ? [] : [wholePicture(main, encode)];
  const plain = main.offered && !PLAIN_H264.test(main.codecs) ? sameInH264(main, encode) : [];
  const there = [...passed.filter(({ codecs }) => PLAIN_H264.test(codecs)), ...whole, ...plain];
  const best = whole[0]?.size ?? main.size;
  const rows = pixels(main.size) > pixels(SMALL) ? smaller(best, there, streams, encode) : [];
  return [...passed, ...whole, ...plain, ...rows];
}

const asItIs = ({ id, size, fps, bitrateKbps, codecs }: SeenStream): PlannedRung => ({
  ...{ id, size, fps, bitrateKbps, codecs },
  from: id,
  made: 'camera',
});

/** In place of a stream that is not offered itself. */
function wholePicture(main: SeenStream, encode: EncodeConfig): PlannedRung {
  const size = encode.size === undefined ? evenSize(main.size) : evenSize(parseSize(encode.size));
  const made = transcode(main.id, size, main, encode);
  return encode.bitrateKbps === undefined ? made : { ...made, bitrateKbps: encode.bitrateKbps };
}

function sameInH264(main: SeenStream, encode: EncodeConfig): PlannedRung[] {
  if (pixels(main.size) > pixels(MAX_SAME_SIZE)) return [];
  return [transcode(`${main.id}-h264`, evenSize(main.size), main, encode)];
}

function smaller(
  best: Size,
  there: readonly PlannedRung[],
  streams: readonly SeenStream[],
  encode: EncodeConfig,
): PlannedRung[] {
  return ROWS.flatMap(({ id, size: box, maxFps }) => {
    const size = shrinkTo(evenSize(best), box);
    if (there.some((other) => close(size, other.size))) return [];
    return [transcode(id, size, source(streams, size), encode, maxFps)];
  });
}

/** As good as the same: neither is of much use beside the other. */
const close = (a: Size, b: Size): boolean =>
  Math.min(pixels(a), pixels(b)) > SMALLER_BY * Math.max(pixels(a), pixels(b));

/** The smallest stream that has all the picture, else the largest. */
function source(streams: readonly SeenStream[], size: Size): SeenStream {
  const enough = streams.filter((stream) => pixels(stream.size) >= pixels(size));
  const [best, ...others] = enough.length > 0 ? enough : streams.slice(0, 1);
  if (best === undefined) throw new RangeError('a camera without streams');
  return others.reduce((least, stream) => (pixels(stream.size) < pixels(least.size) ? stream : least), best);
}

function transcode(
  id: string,
  size: Size,
  from: SeenStream,
  encode: EncodeConfig,
  maxFps = Number.POSITIVE_INFINITY,
): PlannedRung {
  const limit = Math.min(encode.fps, maxFps);
  const fps = from.fps > limit * FPS_TOLERANCE ? limit : from.fps;
  return {
    ...{ id, size, fps, bitrateKbps: bitrateAt(size, fps), codecs: h264Codecs(size, fps) },
    from: from.id,
    made: 'transcode',
  };
}

function declared(encode: EncodeConfig, streams: readonly SeenStream[]): PlannedRung[] {
  return declaredRungs(encode)
    .filter(({ id }) => !streams.some((stream) => stream.offered && stream.id === id))
    .map(({ id, expected, fps, bitrateKbps }) => ({
      ...transcode(id, expected, source(streams, expected), encode, fps),
      bitrateKbps,
    }));
}

function byQuality(a: PlannedRung, b: PlannedRung): number {
  return pixels(b.size) - pixels(a.size) || b.fps - a.fps || b.bitrateKbps - a.bitrateKbps;
}
