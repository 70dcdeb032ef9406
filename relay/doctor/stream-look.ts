/**
 * A look at one stream of a camera, by the ffmpeg that the relay would use: which codec, which size, and where streams
 * are to be compared, a small grey picture. What follows from that is streams.ts.
 */
import type { RtspStream } from '../config/streams.ts';
import { describeEnding } from '../process/ending.ts';
import { runShort, type ShortRunDeps } from '../process/short-run.ts';
import { ffmpegInput, ONLY_VIDEO, QUIET } from '../source/ffmpeg-input.ts';
import type { Size } from '../source/sizes.ts';
import { StderrReader } from '../source/stderr.ts';
import { LOOK } from './likeness.ts';

export interface StreamFacts {
  /** As ffmpeg calls it, as in `h264`. */
  readonly codec: string;
  readonly size: Size;
  /** Its first keyframe as grey values in the size LOOK; undefined when it was not asked for, or did not come. */
  readonly picture?: Uint8Array | undefined;
}

/** As ffmpeg describes a stream since 4.x: `Stream #0:0: Video: h264 (Main), yuv420p(progressive), 1920x1080 [SAR …]`. */
const STREAM = /Stream #0:\d+.*: Video: (\w+).*?, (\d+)x(\d+)/;
/** A camera that has to be asked for its first keyframe takes a few seconds. */
const LIMIT_MS = 10_000;

/** It is described at once; nothing is decoded. */
const DESCRIBED = ['-c', 'copy', '-frames:v', '1', '-f', 'null', '-'];
const SMALL_AND_GREY = [
  ...['-vf', `scale=${LOOK.width}:${LOOK.height}:flags=area,format=gray`],
  ...['-frames:v', '1', '-f', 'rawvideo', 'pipe:1'],
];

/**
 * What the stream is, or why that cannot be told: half a sentence without secrets. Never throws for a camera's fault.
 * @param picture also how it looks, for which its next keyframe is waited for and decoded
 */
export async function lookAtStream(
  deps: ShortRunDeps,
  ffmpeg: string,
  source: RtspStream,
  picture: boolean,
): Promise<StreamFacts | string> {
  const { args, stdin, where, secrets } = ffmpegInput({ id: 'look', source }, false);
  const stderr = new StderrReader({ source: 'rtsp', where, secrets });
  const enough = new AbortController();
  let said = '';
  const grey: Uint8Array[] = [];
  const { ending, late } = await runShort(deps, {
    spec: {
      program: ffmpeg,
      args: [
        ...[...QUIET, '-loglevel', 'level+info', ...(picture ? ['-skip_frame', 'nokey'] : [])],
        ...[...args, '-map', '0:v:0', ...ONLY_VIDEO],
        ...(picture ? SMALL_AND_GREY : DESCRIBED),
      ],
      ...(stdin === undefined ? {} : { stdin }),
    },
    limitMs: LIMIT_MS,
    signal: enough.signal,
    onStdout: (chunk) => void grey.push(chunk),
    onStderr: (text) => {
      stderr.push(text);
      said += text;
      if (!picture && STREAM.test(said)) enough.abort();
    },
  });
  const [, codec, width, height] = STREAM.exec(said) ?? [];
  if (codec !== undefined)
    return { codec, size: { width: Number(width), height: Number(height) }, picture: whole(grey) };
  if (late) return `sends no picture within ${LIMIT_MS / 1000} s`;
  return stderr.reason ?? describeEnding(ending, 'ffmpeg');
}

function whole(chunks: readonly Uint8Array[]): Uint8Array | undefined {
  const bytes = Buffer.concat(chunks);
  return bytes.length === LOOK.width * LOOK.height ? bytes : undefined;
}
