/**
 * Clips for cameras that send what was prepared (rtsp-clips.ts). Each is drawn and encoded once and kept in the user's
 * cache folder: a clip of 4K takes minutes, and its measurement one.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { testSceneGraph } from '../relay/source/test-scene.ts';

export interface ClipSpec {
  readonly codec: 'h264' | 'hevc';
  readonly width: number;
  readonly height: number;
  readonly fps: number;
  readonly bitrateKbps: number;
  readonly keyframeSeconds: number;
  readonly seconds: number;
  /** Strength of a sensor's noise, 0 to 100: what keeps a still scene's pictures large, and costly to decode. */
  readonly noise: number;
}

/** The clips begin here: a strip of the value 0 cannot be read. */
export const CLIP_FIRST_MS = 1_000;
/** Of what ffmpeg says. */
const OUTPUT_BYTES = 1_000_000;

/**
 * Draws it if it is not there yet.
 * @param say told before it takes long
 * @returns path of the elementary stream
 */
export async function clipFile(spec: ClipSpec, say: (message: string) => void): Promise<string> {
  const folder = cacheFolder(process.env, homedir());
  await mkdir(folder, { recursive: true });
  const file = join(folder, clipName(spec));
  if (existsSync(file)) return file;
  say(`Drawing the clip ${nameOf(spec)}, once …`);
  const part = `${file}.${process.pid}.part`;
  try {
    await promisify(execFile)('ffmpeg', clipArguments(spec, part), { maxBuffer: OUTPUT_BYTES });
    await rename(part, file);
  } finally {
    await rm(part, { force: true });
  }
  // Those of other arguments are of no more use.
  for (const name of await readdir(folder)) {
    if (name.startsWith(`${nameOf(spec)}-`) && name !== clipName(spec) && !name.endsWith('.part'))
      await rm(join(folder, name), { force: true });
  }
  return file;
}

/** Says what was drawn how: another scene or other arguments make another file. */
export function clipName(spec: ClipSpec): string {
  const made = createHash('sha256').update(clipArguments(spec, '').join(' ')).digest('hex').slice(0, 12);
  return `${nameOf(spec)}-${made}.${spec.codec}`;
}

/** As the XDG base directory specification has it. */
export function cacheFolder(env: Readonly<Record<string, string | undefined>>, home: string): string {
  const { XDG_CACHE_HOME: cache } = env;
  return join(cache === undefined || cache === '' ? join(home, '.cache') : cache, 'lockstep', 'clips');
}

const nameOf = ({ codec, width, height, fps, bitrateKbps, seconds }: ClipSpec): string =>
  `${codec}-${width}x${height}-${fps}fps-${bitrateKbps}k-${seconds}s`;

/** One picture an access unit, in one piece, without B-frames: what the relay passes on. */
export function clipArguments(spec: ClipSpec, file: string): string[] {
  const { codec, width, height, fps, seconds, keyframeSeconds, bitrateKbps, noise } = spec;
  const scene = { id: 'clip', name: '', size: { width, height }, fps, text: false, realtime: false };
  const first = (CLIP_FIRST_MS * fps) / 1000;
  const gop = keyframeSeconds * fps;
  const grain = noise === 0 ? [] : [`noise=c0s=${noise}:c0f=t`];
  return [
    ...['-hide_banner', '-loglevel', 'error', '-y', '-f', 'lavfi', '-i', testSceneGraph(scene)],
    ...['-vf', [`trim=start_frame=${first}`, `setpts=N/${fps}/TB`, ...grain].join(','), '-r', String(fps)],
    ...['-frames:v', String(seconds * fps), '-pix_fmt', 'yuv420p', '-g', String(gop)],
    ...['-b:v', `${bitrateKbps}k`, '-maxrate', `${bitrateKbps}k`, '-bufsize', `${bitrateKbps / 2}k`],
    ...(codec === 'h264'
      ? [
          ...['-c:v', 'libx264', '-preset', 'veryfast', '-tune', 'zerolatency', '-sc_threshold', '0'],
          ...['-x264-params', 'aud=1:sliced-threads=0:slices=1', '-f', 'h264'],
        ]
      : [
          ...['-c:v', 'libx265', '-preset', 'ultrafast', '-tune', 'zerolatency'],
          '-x265-params',
          `log-level=error:aud=1:repeat-headers=1:open-gop=0:bframes=0:scenecut=0:min-keyint=${gop}`,
          ...['-f', 'hevc'],
        ]),
    file,
  ];
}
