/**
 * A look at one stream of a camera, by the ffmpeg that the relay would use: which codec, which size. Nothing is
 * decoded. What follows from that is streams.ts.
 */
import type { RtspStream } from '../config/streams.ts';
import { describeEnding } from '../process/ending.ts';
import { runShort, type ShortRunDeps } from '../process/short-run.ts';
import { ffmpegInput, ONLY_VIDEO, QUIET } from '../source/ffmpeg-input.ts';
import type { Size } from '../source/sizes.ts';
import { StderrReader } from '../source/stderr.ts';

export interface StreamFacts {
  /** As ffmpeg calls it, as in `h264`. */
  readonly codec: string;
  readonly size: Size;
}

/** As ffmpeg describes a stream since 4.x: `Stream #0:0: Video: h264 (Main), yuv420p(progressive), 1920x1080 [SAR …]`. */
const STREAM = /Stream #0:\d+.*: Video: (\w+).*?, (\d+)x(\d+)/;
/** A camera that has to be asked for its first keyframe takes a few seconds. */
const LIMIT_MS = 10_000;

/** What the stream is, or why that cannot be told: half a sentence without secrets. Never throws for a camera's fault. */
export async function lookAtStream(
  deps: ShortRunDeps,
  ffmpeg: string,
  source: RtspStream,
): Promise<StreamFacts | string> {
  const { args, stdin, where, secrets } = ffmpegInput({ id: 'look', source }, false);
  const stderr = new StderrReader({ source: 'rtsp', where, secrets });
  const enough = new AbortController();
  let said = '';
  const { ending, late } = await runShort(deps, {
    spec: {
      program: ffmpeg,
      args: [
        ...[...QUIET, '-loglevel', 'level+info', ...args, '-map', '0:v:0', ...ONLY_VIDEO],
        ...['-c', 'copy', '-frames:v', '1', '-f', 'null', '-'],
      ],
      ...(stdin === undefined ? {} : { stdin }),
    },
    limitMs: LIMIT_MS,
    signal: enough.signal,
    onStderr: (text) => {
      stderr.push(text);
      said += text;
      if (STREAM.test(said)) enough.abort();
    },
  });
  const [, codec, width, height] = STREAM.exec(said) ?? [];
  if (codec !== undefined) return { codec, size: { width: Number(width), height: Number(height) } };
  if (late) return `sends no picture within ${LIMIT_MS / 1000} s`;
  return stderr.reason ?? describeEnding(ending, 'ffmpeg');
}
