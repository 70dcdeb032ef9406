/** Managers of a real MediaMTX with real encoders for integration tests: each test's own folder, all ended after it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findMediamtx } from '../../relay/mediamtx/find.ts';
import { MediamtxManager, type MediamtxOptions } from '../../relay/mediamtx/manager.ts';
import { choosePorts, createPortProbe, type Ports, type PortWish } from '../../relay/mediamtx/ports.ts';
import { hlsSettings } from '../../relay/mediamtx/settings.ts';
import type { MediamtxState } from '../../relay/mediamtx/status.ts';
import { createRunRecords } from '../../relay/process/run-records.ts';
import { createSpawn } from '../../relay/process/spawn.ts';
import { testSceneGraph } from '../../relay/source/test-scene.ts';
import { monotonicClock, platformTimers } from '../../src/wire/ports.ts';
import { eventually } from './eventually.ts';

export const timers = platformTimers({ unref: true });

/** The MediaMTX of this host; undefined when it has none. */
export async function mediamtxOnPath(): Promise<string | undefined> {
  const env = process.env;
  const spawnChild = createSpawn({ env, timers });
  const dataDir = '/nonexistent';
  const found = await findMediamtx({ spawn: spawnChild, timers, env, dataDir, configured: undefined });
  return found.kind === 'found' ? found.path : undefined;
}

/** Of a publisher. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  /** Filters before the encoder, as a comma-separated list. */
  readonly filter: string;
  /** Arguments before the output. */
  readonly args: readonly string[];
}

const PORTS = new WeakMap<MediamtxManager, Ports>();
/** Of a manager of a rig. */
export const portsOf = (manager: MediamtxManager): Ports => {
  const ports = PORTS.get(manager);
  if (ports === undefined) throw new Error('a manager of another rig');
  return ports;
};
/** Who may read from the managers of a rig. */
export const READERS = { username: 'player', password: 'of the test' };
/** Of all publishers. */
export const FPS = 30;

interface Wish extends Partial<Omit<MediamtxOptions, 'ports'>> {
  readonly ports?: PortWish;
  readonly env?: Record<string, string | undefined>;
  readonly ownerPid?: number;
}

export class MediamtxRig {
  readonly dataDir = mkdtempSync(join(tmpdir(), 'lockstep-mediamtx-'));
  /** Programs to be ended after the test. */
  readonly encoders: ChildProcess[] = [];
  /** Everything logged. */
  readonly said: string[] = [];
  readonly #program: string;
  readonly #managers: MediamtxManager[] = [];

  /** @param program path of MediaMTX, unless a manager is asked for with another */
  constructor(program: string | undefined) {
    this.#program = program ?? 'missing';
  }

  async create({
    env = process.env,
    ownerPid = process.pid,
    ports: wish = {},
    ...options
  }: Wish = {}): Promise<MediamtxManager> {
    const keep = (fields: Record<string, unknown>, message: string) => {
      this.said.push(`${message} ${JSON.stringify(fields)}`);
    };
    const portProbe = createPortProbe();
    const webrtc = options.webrtc !== undefined;
    const ports = await choosePorts({ wish, webrtc, hls: true, random: Math.random, probe: portProbe });
    const manager = new MediamtxManager({
      options: {
        program: this.#program,
        hls: hlsSettings({ partMs: 67, fps: 30, gopMs: 1000 }),
        webrtc: undefined,
        readers: READERS,
        ports,
        ...options,
      },
      dataDir: this.dataDir,
      ownerPid,
      spawn: createSpawn({ env, timers }),
      runRecords: createRunRecords({ dataDir: this.dataDir, ownerPid, onProblem: () => undefined }),
      portProbe,
      clock: monotonicClock,
      timers,
      random: Math.random,
      log: { debug: keep, info: keep, warn: keep, error: keep },
    });
    PORTS.set(manager, ports);
    this.#managers.push(manager);
    return manager;
  }

  publish(manager: MediamtxManager, path: string, picture: Partial<Picture> = {}): ChildProcess {
    return this.publishTo(manager.publishUrl(path), picture);
  }

  /** The synthetic picture with its clock, a keyframe each second. */
  publishTo(url: string, picture: Partial<Picture> = {}): ChildProcess {
    const { width = 160, height = 120, filter, args = [] } = picture;
    const scene = { id: 'test', name: '', size: { width, height }, fps: FPS, text: false, realtime: true };
    const encoder = spawn(
      'ffmpeg',
      [
        ...['-nostdin', '-loglevel', 'error', '-fflags', 'nobuffer', '-fpsprobesize', '0'],
        ...['-probesize', '32', '-analyzeduration', '0', '-f', 'lavfi', '-i', testSceneGraph(scene)],
        ...(filter === undefined ? [] : ['-vf', filter]),
        ...['-fps_mode', 'cfr', '-r', String(FPS), '-c:v', 'libx264', '-preset', 'ultrafast'],
        ...['-tune', 'zerolatency', '-pix_fmt', 'yuv420p', '-g', String(FPS), '-keyint_min', '1'],
        ...['-sc_threshold', '0', '-b:v', '600k', ...args, '-f', 'rtsp', '-rtsp_transport', 'tcp', url],
      ],
      { stdio: 'ignore' },
    );
    this.encoders.push(encoder);
    return encoder;
  }

  /** Publishes anew 0.3 s after each end of the encoder. */
  keepPublishing(manager: MediamtxManager, path: string): () => void {
    let wanted = true;
    const again = (): void => {
      if (!wanted) return;
      this.publish(manager, path).once('exit', () => timers.after(300, again));
    };
    again();
    return () => {
      wanted = false;
    };
  }

  runFolders(): string[] {
    const names = readdirSync(join(this.dataDir, 'run'));
    return names.filter((name) => name.startsWith('mediamtx-'));
  }

  async close(): Promise<void> {
    for (const encoder of this.encoders) await end(encoder);
    for (const manager of this.#managers) await manager.stop();
    rmSync(this.dataDir, { recursive: true, force: true });
  }
}

export async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

export const reach = (manager: MediamtxManager, name: MediamtxState['name'], withinMs = 10_000) =>
  eventually(
    `state ${name}`,
    () => manager.state,
    (state) => state.name === name,
    withinMs,
  );

/** Waits until it is ready; its process. */
export async function ready(manager: MediamtxManager): Promise<number> {
  const state = await reach(manager, 'ready');
  if (state.name !== 'ready' || state.pid === undefined) throw new Error('no process');
  return state.pid;
}

/** Waits for another process than `pid` to be ready; the time from now in ms. */
export async function readyAgain(manager: MediamtxManager, pid: number): Promise<number> {
  const startMs = performance.now();
  const isNew = (state: MediamtxState) => state.name === 'ready' && state.pid !== pid;
  await eventually('another process ready', () => manager.state, isNew, 15_000);
  return performance.now() - startMs;
}

/** Waits until a player gets pictures of `path`. */
export async function flowing(manager: MediamtxManager, path: string): Promise<void> {
  await eventually(
    `${path} flows`,
    async () => (await readPlaylist(manager, path, 'index.m3u8').catch(() => '')).length,
    (length) => length > 0,
  );
}

export const hlsUrl = (manager: MediamtxManager, path: string, name: string): string =>
  `http://127.0.0.1:${portsOf(manager).hls}/${path}/${name}`;

export const basic = ({ username, password }: typeof READERS): string =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;

/** The text of a playlist of `path`, as a player gets it; empty when there is none. */
export async function readPlaylist(manager: MediamtxManager, path: string, name: string): Promise<string> {
  const headers = { authorization: basic(READERS) };
  const signal = AbortSignal.timeout(5_000);
  const url = hlsUrl(manager, path, name);
  // It finds out first whether the player keeps cookies: one for the session.
  const first = await fetch(url, { headers, signal, redirect: 'manual' });
  const location = first.headers.get('location');
  if (location === null) return first.ok ? first.text() : '';
  const cookie = first.headers
    .getSetCookie()
    .map((each) => each.split(';')[0] ?? '')
    .join('; ');
  const response = await fetch(new URL(location, url), { headers: { ...headers, cookie }, signal });
  return response.ok ? response.text() : '';
}

/** Name of the media playlist in a multivariant one. */
export const mediaPlaylist = (multivariant: string): string =>
  /^.*_stream\.m3u8.*$/m.exec(multivariant)?.[0] ?? 'none';

/** A listener on loopback. */
export async function occupy(port = 0): Promise<{ server: Server; port: number }> {
  const server = createServer();
  server.listen({ host: '127.0.0.1', port });
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { server, port: address.port };
}

/** Target of a link, or nothing when it went away while we looked. */
export function linkTarget(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
