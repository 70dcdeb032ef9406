/**
 * RTSP cameras from a prepared clip (rtsp-clips.py): a wall of many tiles is then measured without the load of drawing
 * and encoding its cameras. The strip in the clip is right because the clip is played by the host's clock.
 */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { testSceneGraph } from '../relay/source/test-scene.ts';
import { inProject } from './root.ts';

/** Debian's python, which sees python3-gi; another one first on PATH may not. */
const PYTHON = '/usr/bin/python3';
const CLIP = { width: 640, height: 360, fps: 30, seconds: 60, keyframeSeconds: 1 } as const;
/** The clip begins here: a strip of the value 0 cannot be read. */
const FIRST_MS = 1_000;

/** What the strip counts in these clips before it begins again, in ms: the meter must know it. */
export const CLIP_WRAP_MS = CLIP.seconds * 1000;

export interface RtspClips {
  /** As the relay's configuration wants them, called cam1, cam2, …; passed on by the relay, not encoded. */
  readonly cameras: readonly { readonly id: string; readonly name: string; readonly source: object }[];
  stop(): Promise<void>;
}

/** @throws Error when the programs for it are not installed */
export async function startRtspClips(count: number): Promise<RtspClips> {
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-clips-'));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    const clip = join(folder, 'clip.h264');
    await drawClip(clip);
    const child = spawn(
      PYTHON,
      [inProject('rig/rtsp-clips.py'), clip, String(CLIP.fps), String(count), String(FIRST_MS)],
      { stdio: ['pipe', 'pipe', 'pipe'] },
    );
    let errors = '';
    child.stderr.on('data', (chunk) => {
      errors = (errors + String(chunk)).slice(-2000);
    });
    const ended = once(child, 'close');
    const port = await Promise.race([
      once(createInterface(child.stdout), 'line').then(([line]) => Number(line)),
      ended.then(() => {
        throw new Error(
          `The RTSP cameras could not be started. Install python3-gi, gir1.2-gst-rtsp-server-1.0 and GStreamer's good and bad plugins.\n${errors}`,
        );
      }),
    ]);
    return {
      cameras: Array.from({ length: count }, (_, index) => ({
        id: `cam${index + 1}`,
        name: `Camera ${index + 1}`,
        source: { type: 'rtsp', url: `rtsp://127.0.0.1:${port}/cam${index + 1}` },
      })),
      async stop() {
        child.stdin.end();
        await ended;
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** One picture an access unit, in one piece, without B-frames: what the relay passes on. */
async function drawClip(file: string): Promise<void> {
  const { width, height, fps, seconds, keyframeSeconds } = CLIP;
  const scene = { id: 'clip', name: '', size: { width, height }, fps, text: false, realtime: false };
  const first = (FIRST_MS * fps) / 1000;
  await promisify(execFile)('ffmpeg', [
    ...['-hide_banner', '-loglevel', 'error', '-f', 'lavfi', '-i', testSceneGraph(scene)],
    ...['-vf', `trim=start_frame=${first},setpts=N/${fps}/TB`, '-r', String(fps)],
    ...['-frames:v', String(seconds * fps), '-c:v', 'libx264', '-preset', 'veryfast', '-tune', 'zerolatency'],
    ...['-g', String(keyframeSeconds * fps), '-sc_threshold', '0', '-b:v', '800k', '-maxrate', '800k'],
    ...['-bufsize', '400k', '-x264-params', 'aud=1:sliced-threads=0:slices=1', '-pix_fmt', 'yuv420p'],
    ...['-f', 'h264', file],
  ]);
}
