/** What ffmpeg draws, in parts as the relay makes them, for a page that plays it into its own mirror. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { FrameReader } from '../../relay/media/frame-reader.ts';
import { PartGrouper } from '../../relay/media/part-grouper.ts';
import { writePart } from '../../relay/media/part-writer.ts';

/** Base64, as all media that a page is given. */
export interface PartMedia {
  readonly init: string;
  readonly parts: readonly {
    readonly data: string;
    readonly startMs: number;
    readonly durationMs: number;
    readonly keyframe: boolean;
  }[];
}

export interface PartMediaOptions {
  /** A filter graph of ffmpeg's, with its size, rate and duration. */
  readonly picture: string;
  /** When there is a keyframe, as x264 is told. */
  readonly keyframes: readonly string[];
  /** Media time of the first frame. */
  readonly fromMs?: number;
}

/**
 * Two frames of 30 a second make a part.
 * @throws Error with ffmpeg's words
 */
export async function makeParts({ picture, keyframes, fromMs = 0 }: PartMediaOptions): Promise<PartMedia> {
  const { stdout } = await promisify(execFile)(
    'ffmpeg',
    [
      ...['-v', 'error', '-f', 'lavfi', '-i', picture, '-c:v', 'libx264', '-preset', 'ultrafast'],
      ...['-tune', 'zerolatency', '-pix_fmt', 'yuv420p', '-sc_threshold', '0', ...keyframes],
      ...['-f', 'mp4', '-movflags', '+empty_moov+default_base_moof+frag_every_frame', 'pipe:1'],
    ],
    { encoding: 'buffer', maxBuffer: 64 * 1024 * 1024 },
  );
  const items = new FrameReader().push(stdout);
  const init = items.find((item) => item.kind === 'init');
  if (init === undefined) throw new Error('ffmpeg made no header');
  const grouper = new PartGrouper(67);
  const groups = items.flatMap((item) =>
    item.kind === 'frame' ? grouper.push({ ...item, startMs: item.startMs + fromMs }) : [],
  );
  return {
    init: base64(init.bytes),
    parts: [...groups, ...grouper.flush()].map((group, n) => ({
      data: base64(writePart(group, init, n)),
      startMs: group.startMs,
      durationMs: group.durationMs,
      keyframe: group.independent,
    })),
  };
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
