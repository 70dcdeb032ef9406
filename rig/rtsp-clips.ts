/**
 * RTSP cameras from prepared clips (rtsp-clips.py): a wall is then measured without the load of drawing and encoding
 * its cameras. The strip in a clip is right because the clip is played by the host's clock.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { CLIP_FIRST_MS, type ClipSpec, clipFile } from './clips.ts';
import { inProject } from './root.ts';

/** Debian's python, which sees python3-gi; another one first on PATH may not. */
const PYTHON = '/usr/bin/python3';
/** What cameras of a wall send in most suites. */
export const SMALL_CLIP: ClipSpec = {
  codec: 'h264',
  width: 640,
  height: 360,
  fps: 30,
  bitrateKbps: 800,
  keyframeSeconds: 1,
  seconds: 60,
  noise: 0,
};

/** What the strip counts in the clips of {@link startRtspClips} before it begins again, in ms: the meter must know it. */
export const CLIP_WRAP_MS = SMALL_CLIP.seconds * 1000;

/** A camera as the relay's configuration wants it. */
export interface ClipCamera {
  readonly id: string;
  readonly name: string;
  readonly source: object;
}

export interface RtspClips {
  /** Called cam1, cam2, …; passed on by the relay, not encoded. */
  readonly cameras: readonly ClipCamera[];
  stop(): Promise<void>;
}

export interface ClipServer {
  readonly pid: number;
  readonly port: number;
  /** What the strips of all streams count before they begin again, in ms: the meter must know it. */
  readonly wrapMs: number;
  /** Of the stream with this name. */
  url(name: string): string;
  stop(): Promise<void>;
}

/** `count` cameras of 640×360 at 30 pictures a second. */
export async function startRtspClips(
  count: number,
  say: (message: string) => void = () => undefined,
): Promise<RtspClips> {
  const ids = Array.from({ length: count }, (_, index) => `cam${index + 1}`);
  const server = await serveClips(Object.fromEntries(ids.map((id) => [id, SMALL_CLIP])), say);
  return {
    cameras: ids.map((id, index) => ({
      id,
      name: `Camera ${index + 1}`,
      source: { type: 'rtsp', url: server.url(id) },
    })),
    stop: () => server.stop(),
  };
}

export interface ServeOptions {
  /** As that of one that was stopped: its cameras come back where they were. Default: a free one. */
  readonly port?: number;
  /** How much later than those of other servers the pictures of this one go out, in ms. */
  readonly lateMs?: number;
}

/**
 * One RTSP server for all streams: all of them stand at the same instant.
 * @param streams name → what it sends; the lengths of all clips are multiples of the shortest
 * @throws Error when the programs for it are not installed
 */
export async function serveClips(
  streams: Readonly<Record<string, ClipSpec>>,
  say: (message: string) => void,
  { port: wanted = 0, lateMs = 0 }: ServeOptions = {},
): Promise<ClipServer> {
  const entries = [];
  // One after the other: encoders of 4K beside each other want more memory than some hosts have.
  for (const [name, spec] of Object.entries(streams)) {
    entries.push({ path: `/${name}`, clip: await clipFile(spec, say), codec: spec.codec, fps: spec.fps });
  }
  const child = spawn(
    PYTHON,
    [
      inProject('rig/rtsp-clips.py'),
      JSON.stringify({ port: wanted, firstMs: CLIP_FIRST_MS + lateMs, streams: entries }),
    ],
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
    pid: child.pid ?? 0,
    port,
    wrapMs: Math.min(...Object.values(streams).map(({ seconds }) => seconds)) * 1000,
    url: (name) => `rtsp://127.0.0.1:${port}/${name}`,
    async stop() {
      child.stdin.end();
      await ended;
    },
  };
}
