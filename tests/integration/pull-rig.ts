/** A private MediaMTX on loopback, publishers that show a clock, and pull feeds that read them. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHttpConnect } from '../../relay/pull/http.ts';
import { type PullEvent, PullFeed } from '../../relay/pull/pull-feed.ts';
import { testSceneGraph } from '../../relay/source/test-scene.ts';
import { mediaClock, platformTimers } from '../../src/wire/ports.ts';
import { Timeline, type TimelinePart, type TimelineSegment } from '../../src/wire/timeline.ts';
import { eventually } from '../support/eventually.ts';

/** Undefined when the tests can run here, else what is missing: for the name of a skipped test. */
export function mediamtxMissing(): string | undefined {
  const found = spawnSync('mediamtx', ['--version'], { stdio: 'ignore' }).status === 0;
  return found ? undefined : 'mediamtx is not on PATH';
}

const SECRET = 'rig-secret';
export const FPS = 30;

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

const accepts = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = createConnection(port, '127.0.0.1');
    socket.on('connect', () => resolve(true)).on('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });

export interface PublisherOptions {
  readonly width?: number;
  readonly height?: number;
  /** Filters before the encoder, as a comma-separated list. */
  readonly filter?: string;
  /** Arguments before the output. */
  readonly args?: readonly string[];
}

/** One feed with everything that came out of it. */
export interface Pulled {
  readonly feed: PullFeed;
  readonly timeline: Timeline;
  readonly events: PullEvent[];
  /** Each part with its arrival on the timeline, wall clock in ms. */
  readonly parts: { readonly part: TimelinePart; readonly segment: TimelineSegment; readonly atMs: number }[];
}

export class PullRig {
  readonly #connect = createHttpConnect({ timers: platformTimers({ unref: true }) });
  readonly #folder = mkdtempSync(join(tmpdir(), 'lockstep-pull-'));
  readonly #children = new Set<ChildProcess>();
  readonly #feeds: PullFeed[] = [];
  #hlsPort = 0;
  #rtspPort = 0;

  /** Starts MediaMTX, again on the same ports after a kill. */
  async startServer(hls: { partMs?: number; segmentMs?: number } = {}): Promise<ChildProcess> {
    this.#hlsPort ||= await freePort();
    this.#rtspPort ||= await freePort();
    const off = ['api', 'rtmp', 'srt', 'moq', 'playback', 'metrics', 'pprof', 'webrtc'];
    const file = join(this.#folder, 'mediamtx.json');
    const settings = {
      ...Object.fromEntries(off.map((key) => [key, false])),
      logLevel: 'error',
      rtspAddress: `127.0.0.1:${this.#rtspPort}`,
      rtspTransports: ['tcp'],
      hlsAddress: `127.0.0.1:${this.#hlsPort}`,
      hlsAlwaysRemux: true,
      hlsVariant: 'lowLatency',
      hlsSegmentCount: 10,
      hlsSegmentDuration: `${hls.segmentMs ?? 900}ms`,
      hlsPartDuration: `${hls.partMs ?? 50}ms`,
      hlsCDNSecret: SECRET,
      paths: { all_others: {} },
    };
    writeFileSync(file, JSON.stringify(settings), { mode: 0o600 });
    const server = this.#spawn('mediamtx', [file]);
    await eventually(
      'MediaMTX listens',
      async () => (await accepts(this.#hlsPort)) && (await accepts(this.#rtspPort)),
      Boolean,
    );
    return server;
  }

  /** Publishes the synthetic camera at 30 fps with a keyframe every second. */
  publish(path: string, options: PublisherOptions = {}): ChildProcess {
    const { width = 640, height = 360, filter, args = [] } = options;
    const scene = { id: path, name: '', size: { width, height }, fps: FPS, text: false, realtime: true };
    return this.#spawn('ffmpeg', [
      ...['-hide_banner', '-nostdin', '-loglevel', 'error', '-fflags', 'nobuffer', '-fpsprobesize', '0'],
      ...['-probesize', '32', '-analyzeduration', '0', '-f', 'lavfi', '-i', testSceneGraph(scene)],
      ...(filter === undefined ? [] : ['-vf', filter]),
      ...['-fps_mode', 'cfr', '-r', String(FPS)],
      ...['-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-pix_fmt', 'yuv420p'],
      ...['-g', String(FPS), '-keyint_min', '1', '-sc_threshold', '0', '-b:v', '600k', ...args],
      ...['-f', 'rtsp', '-rtsp_transport', 'tcp', `rtsp://127.0.0.1:${this.#rtspPort}/${path}`],
    ]);
  }

  pull(path: string, options: { configuredPartMs?: number; secret?: string } = {}): Pulled {
    const timeline = new Timeline({ windowMs: 14_000 });
    const events: PullEvent[] = [];
    const parts: Pulled['parts'] = [];
    timeline.onPart((part, segment) => parts.push({ part, segment, atMs: mediaClock.now() }));
    const quiet = (): void => undefined;
    const feed = new PullFeed({
      timeline,
      endpoint: () => ({ hlsBase: `http://127.0.0.1:${this.#hlsPort}`, hlsSecret: options.secret ?? SECRET }),
      path,
      configuredPartMs: options.configuredPartMs ?? 50,
      mediaClock,
      timers: platformTimers({ unref: true }),
      connect: this.#connect,
      log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
      onEvent: (event) => events.push(event),
    });
    this.#feeds.push(feed);
    feed.start();
    return { feed, timeline, events, parts };
  }

  /** What MediaMTX answers, as the feed would see it. */
  async text(path: string): Promise<string> {
    const base = new URL(`http://127.0.0.1:${this.#hlsPort}`);
    const connection = this.#connect({ base, bearer: SECRET });
    const body = await connection.get(path, { timeoutMs: 5000, maxBytes: 1_000_000 });
    connection.close();
    return Buffer.from(body).toString();
  }

  /** Kills a child and waits for its end. */
  async kill(child: ChildProcess): Promise<void> {
    this.#children.delete(child);
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }

  async dispose(): Promise<void> {
    for (const feed of this.#feeds) feed.stop();
    await Promise.all([...this.#children].map((child) => this.kill(child)));
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #spawn(program: string, args: readonly string[]): ChildProcess {
    const child = spawn(program, args, { stdio: 'ignore' });
    this.#children.add(child);
    return child;
  }
}
