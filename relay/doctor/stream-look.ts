/**
 * A look at one stream of a camera, by the ffmpeg that the relay would use: which codec, which size, how far apart its
 * keyframes are, and a small picture. What follows from that is streams.ts.
 */
import type { RtspStream } from '../config/streams.ts';
import { FIRST_OUTPUT } from '../process/child.ts';
import { describeEnding } from '../process/ending.ts';
import { runShort, type ShortRunDeps } from '../process/short-run.ts';
import { ffmpegInput, ONLY_VIDEO, QUIET } from '../source/ffmpeg-input.ts';
import type { Size } from '../source/sizes.ts';
import { StderrReader } from '../source/stderr.ts';

export interface StreamFacts {
  /** As ffmpeg calls it, as in `h264`. */
  readonly codec: string;
  readonly size: Size;
  /** Distance of its first two keyframes; `rare` when no second one came in time, undefined when none did. */
  readonly gopMs?: number | 'rare' | undefined;
  /** Its first keyframe as red, green and blue bytes in the size {@link STILL}; undefined when it did not come. */
  readonly still?: Uint8Array | undefined;
  /** The same as a JPEG for people, at most {@link PICTURE_WIDTH} wide; undefined when nobody asked for it, or it did not come. */
  readonly picture?: Uint8Array | undefined;
}

/** Enough to know a scene by, on a terminal too, and little work. */
export const STILL: Size = { width: 64, height: 36 };

const PICTURE_WIDTH = 640;

/** As ffmpeg describes a stream since 4.x: `Stream #0:0: Video: h264 (Main), yuv420p(progressive), 1920x1080 [SAR …]`. */
const STREAM = /Stream #0:\d+.*: Video: (\w+).*?, (\d+)x(\d+)/;
/** A camera that has to be asked for its first keyframe takes a few seconds. */
const LIMIT_MS = 10_000;

const KEYFRAMES = [
  ...['-vf', `scale=${STILL.width}:${STILL.height}:flags=area,format=rgb24,showinfo`],
  // The end comes from us: of a keyframe in slices some decoders make several pictures.
  ...['-fps_mode', 'passthrough', '-flush_packets', '1', '-f', 'rawvideo', 'pipe:1'],
];
const PICTURE = [
  ...['-vf', `scale=w='min(${PICTURE_WIDTH},iw)':h=-2:flags=area,format=yuvj420p`],
  // To keep a rate, or several threads busy, it would wait for more keyframes before it writes this one.
  ...['-fps_mode', 'passthrough', '-threads', '1', '-flush_packets', '1'],
  ...['-frames:v', '1', '-c:v', 'mjpeg', '-q:v', '6'],
  ...['-f', 'image2pipe', `pipe:${FIRST_OUTPUT}`],
];
const JPEG_END = Buffer.from([0xff, 0xd9]);
/** Far more than such a picture has. */
const MAX_PICTURE_BYTES = 256 * 1024;
/** Two pictures of one keyframe. */
const SAME_PICTURE_MS = 10;
/** As its filter showinfo writes: `n:   1 pts:  90000 pts_time:1 …`. */
const SHOWN = /\bn: *\d+ pts: *-?\d+ pts_time:(-?[\d.]+)\s/g;

/**
 * What the stream is, or why that cannot be told: half a sentence without secrets. Takes until its second keyframe.
 * Never throws for a camera's fault.
 */
export async function lookAtStream(
  deps: ShortRunDeps,
  ffmpeg: string,
  source: RtspStream,
  wantsPicture = false,
): Promise<StreamFacts | string> {
  const { args, stdin, where, secrets } = ffmpegInput({ id: 'look', source }, false);
  const stderr = new StderrReader({ source: 'rtsp', where, secrets });
  const enough = new AbortController();
  let said = '';
  const pictures: Uint8Array[] = [];
  let jpeg = Buffer.alloc(0);
  const picture = (): Uint8Array | undefined =>
    jpeg.length <= MAX_PICTURE_BYTES && jpeg.subarray(-2).equals(JPEG_END) ? jpeg : undefined;
  // What it says of a picture may come before the picture.
  const look = (): void => {
    const all = firstOf(pictures) !== undefined && (!wantsPicture || picture() !== undefined);
    if (distanceMs(said) !== undefined && all) enough.abort();
  };
  const { ending, late } = await runShort(deps, {
    spec: {
      program: ffmpeg,
      args: [
        ...[...QUIET, '-loglevel', 'level+info', '-skip_frame', 'nokey', ...args],
        ...['-map', '0:v:0', ...ONLY_VIDEO],
        ...KEYFRAMES,
        ...(wantsPicture ? ['-map', '0:v:0', ...ONLY_VIDEO, ...PICTURE] : []),
      ],
      outputs: wantsPicture ? 1 : 0,
      ...(stdin === undefined ? {} : { stdin }),
    },
    limitMs: LIMIT_MS,
    signal: enough.signal,
    onStdout: (chunk) => {
      pictures.push(chunk);
      look();
    },
    onOutput: (_fd, chunk) => {
      if (jpeg.length <= MAX_PICTURE_BYTES) jpeg = Buffer.concat([jpeg, chunk]);
      look();
    },
    onStderr: (text) => {
      stderr.push(text);
      said += text;
      look();
    },
  });
  const [, codec, width, height] = STREAM.exec(said) ?? [];
  if (codec !== undefined) {
    const size = { width: Number(width), height: Number(height) };
    const still = firstOf(pictures);
    return {
      codec,
      size,
      still,
      picture: picture(),
      gopMs: distanceMs(said) ?? (late && still ? 'rare' : undefined),
    };
  }
  if (late) return `sends no picture within ${LIMIT_MS / 1000} s`;
  return stderr.reason ?? describeEnding(ending, 'ffmpeg');
}

/** From the first keyframe to the next; undefined while there is no next. */
function distanceMs(said: string): number | undefined {
  const [first, ...others] = [...said.matchAll(SHOWN)].map(([, seconds]) => Number(seconds) * 1000);
  if (first === undefined) return undefined;
  const second = others.find((ms) => ms - first > SAME_PICTURE_MS);
  return second === undefined ? undefined : Math.round(second - first);
}

function firstOf(pictures: readonly Uint8Array[]): Uint8Array | undefined {
  const bytes = Buffer.concat(pictures);
  const length = 3 * STILL.width * STILL.height;
  return bytes.length < length ? undefined : bytes.subarray(0, length);
}
