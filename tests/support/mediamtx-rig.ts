/** Managers of a real MediaMTX with real encoders for integration tests: each test's own folder, all ended after it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import { ANSWER_TIMEOUT_MS } from '../../relay/mediamtx/answer-watch.ts';
import { createApi } from '../../relay/mediamtx/api.ts';
import { findMediamtx } from '../../relay/mediamtx/find.ts';
import { MediamtxManager, type MediamtxOptions } from '../../relay/mediamtx/manager.ts';
import { choosePorts, createPortProbe, type Ports, type PortWish } from '../../relay/mediamtx/ports.ts';
import { hlsSettings, RELAY_USER } from '../../relay/mediamtx/settings.ts';
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

interface Inside {
  readonly ports: Ports;
  /** That the manager used last at the API. */
  password: string;
}
const INSIDE = new WeakMap<MediamtxManager, Inside>();
const insideOf = (manager: MediamtxManager): Inside => {
  const inside = INSIDE.get(manager);
  if (inside === undefined) throw new Error('a manager of another rig');
  return inside;
};
export const portsOf = (manager: MediamtxManager): Ports => insideOf(manager).ports;

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
    const inside: Inside = { ports, password: '' };
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
      connect: (port, password) => {
        inside.password = password;
        return createApi({ port, password, timers, timeoutMs: ANSWER_TIMEOUT_MS });
      },
    });
    INSIDE.set(manager, inside);
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

const pathsSchema = v.object({ items: v.array(v.object({ name: v.string(), online: v.boolean() })) });

/** Whether somebody publishes `path`, as MediaMTX itself says; false while it is away. */
export async function isPublished(manager: MediamtxManager, path: string): Promise<boolean> {
  const { ports, password } = insideOf(manager);
  const headers = { authorization: basic({ username: RELAY_USER, password }) };
  const url = `http://127.0.0.1:${ports.api}/v3/paths/list`;
  const signal = AbortSignal.timeout(ANSWER_TIMEOUT_MS);
  const answer = await fetch(url, { headers, signal }).catch(() => undefined);
  if (answer?.ok !== true) return false;
  return v
    .parse(pathsSchema, await answer.json())
    .items.some((item) => item.online && item.name.endsWith(`/${path}`));
}

export const flowing = (manager: MediamtxManager, path: string): Promise<boolean> =>
  eventually(`${path} is published`, () => isPublished(manager, path), Boolean);

export const hlsUrl = (manager: MediamtxManager, path: string, name: string): string =>
  `http://127.0.0.1:${portsOf(manager).hls}/${path}/${name}`;

export const basic = ({ username, password }: typeof READERS): string =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;

/** The text of a playlist of `path`, as a player gets it; empty when there is none. */
export async function readPlaylist(manager: MediamtxManager, path: string, name: string): Promise<string> {
  const headers = { authorization: basic(READERS) };
  const signal = AbortSignal.timeout(5_000);
  const url = hlsUrl(manager, path, name);
  // A player without cookies is given the session in the addresses.
  const response = await fetch(url, { headers, signal });
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
