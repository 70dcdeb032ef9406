/**
 * Keeps one private MediaMTX running for the relay: started, verified, watched, restarted for ever, ended without
 * a trace. It connects: when to restart is relay/process, one process's life run.ts, what to ask of it settings.ts,
 * what its state means status.ts. Publishing to it and pulling from it is the engine's.
 */
import { randomBytes } from 'node:crypto';
import type { Cancel, Clock, Timers } from '../../src/wire/ports.ts';
import type { SpawnChild } from '../process/child.ts';
import type { Logger } from '../process/logger.ts';
import type { RunRecordPort } from '../process/run-records.ts';
import { Supervisor } from '../process/supervisor.ts';
import type { SupervisorState } from '../process/supervisor-machine.ts';
import { ANSWER_TIMEOUT_MS } from './answer-watch.ts';
import { type ApiPath, type ApiWebrtcSession, createApi, type MediamtxApi } from './api.ts';
import { identify } from './find.ts';
import { type PathHealth, PathTracker } from './path-health.ts';
import { type PortProbe, type Ports, type PortWish, settlePorts } from './ports.ts';
import { MediamtxRun } from './run.ts';
import { createRunFolder, type RunFolder } from './run-folder.ts';
import {
  type HlsSettings,
  mediamtxSettings,
  RELAY_USER,
  type Secrets,
  type WebrtcSettings,
} from './settings.ts';
import { describeLoss, type MediamtxState, mediamtxState } from './status.ts';

export interface MediamtxOptions {
  /** From find.ts. */
  readonly program: string;
  readonly hls: HlsSettings;
  /** Undefined leaves WebRTC off. */
  readonly webrtc: WebrtcSettings | undefined;
  /** Ports that must be these; the others are chosen. */
  readonly ports: PortWish;
}

export interface ManagerDeps {
  readonly options: MediamtxOptions;
  readonly dataDir: string;
  /** This process. */
  readonly ownerPid: number;
  readonly spawn: SpawnChild;
  readonly runRecords: RunRecordPort;
  readonly portProbe: PortProbe;
  /** Monotonic. */
  readonly clock: Clock;
  readonly timers: Timers;
  /** Uniform in [0, 1), as Math.random. */
  readonly random: () => number;
  readonly log: Logger;
  /** Opens the API; the real client by default. */
  readonly connect?: (apiPort: number, password: string) => MediamtxApi;
}

/** How to reach it. Another object after each change: ports that we chose may be others after a restart. */
export interface Endpoints {
  /** Followed by `/<path>`: where encoders publish. See {@link MediamtxManager.publishUrl}. */
  readonly publishBase: string;
  /** Followed by `/<path>/index.m3u8`. */
  readonly hlsBase: string;
  /** For `Authorization: Bearer …` towards {@link hlsBase}: one session for each muxer, no cookies, no expiry. */
  readonly hlsSecret: string;
  /** WHEP signalling; undefined while WebRTC is off. */
  readonly whep:
    | {
        /** Followed by `/<path>/whep`. */
        readonly base: string;
        /** Value of the Authorization header. For the relay alone, never for a viewer. */
        readonly authorization: string;
        /** UDP port that viewers must reach. */
        readonly mediaPort: number;
      }
    | undefined;
}

export class MediamtxManager {
  readonly #deps: ManagerDeps;
  /** Of the newest run. */
  #secrets: Secrets = createSecrets();
  readonly #folder: RunFolder;
  readonly #supervisor: Supervisor;
  readonly #tracker = new PathTracker();
  readonly #listeners = new Set<(state: MediamtxState) => void>();
  #run: MediamtxRun | undefined;
  #ports: Ports | undefined;
  #endpoints: Endpoints | undefined;
  #state: MediamtxState = { name: 'stopped' };
  #version = '';
  #pid: number | undefined;
  #reason: string | undefined;
  #starts = 0;

  constructor(deps: ManagerDeps) {
    this.#deps = deps;
    this.#folder = createRunFolder(deps.dataDir, deps.ownerPid);
    this.#supervisor = new Supervisor({
      clock: deps.clock,
      timers: deps.timers,
      random: deps.random,
      launch: (onEnded) => {
        const run = this.#createRun(onEnded);
        this.#run = run;
        this.#starts += 1;
        run.start();
        return run;
      },
      onChange: (state) => this.#supervised(state),
    });
  }

  get state(): MediamtxState {
    return this.#state;
  }

  /** Undefined until ports were found for the first start. */
  get endpoints(): Endpoints | undefined {
    return this.#endpoints;
  }

  /** Starts after the first, whether or not they came to anything. */
  get restarts(): number {
    return Math.max(0, this.#starts - 1);
  }

  /** What publishers deliver, by path as in {@link publishUrl}; empty while it is not ready. About a second old. */
  get paths(): ReadonlyMap<string, PathHealth> {
    return this.#tracker.paths;
  }

  /** Calls `listener` after each change of {@link state}. */
  onChange(listener: (state: MediamtxState) => void): Cancel {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  start(): void {
    this.#supervisor.start();
  }

  /** Resolves when the process is gone and its folder removed. May be called twice. */
  async stop(): Promise<void> {
    await this.#supervisor.stop();
    this.#folder.remove();
  }

  /**
   * Where an encoder publishes `path`, as in `front/main`; undefined before there are ports.
   *
   * ffmpeg and GStreamer take this address as an argument only, and every user of the host can read the arguments
   * of every process. So there is no password in it. What keeps others from publishing is a path that cannot be
   * guessed, accepted from loopback only. Who reads it off the process list, being a user of this host, can do one
   * thing with it: publish to a path of a camera that is down at that moment (a second publisher is refused). They
   * cannot read a picture, nor use the API: both take secrets that never leave this process, and of the API's the
   * configuration file holds but a hash. All are made anew with each start of MediaMTX.
   */
  publishUrl(path: string): string | undefined {
    return this.#endpoints === undefined ? undefined : `${this.#endpoints.publishBase}/${path}`;
  }

  /**
   * Ends the publisher of `path`, and with it the muxer: the only way to get a fresh one. Its encoder ends with an
   * error and is restarted by its own supervisor. Does nothing when nobody publishes.
   * @throws ApiError when MediaMTX does not answer
   */
  async kickPublisher(path: string): Promise<void> {
    const publisher = this.#tracker.paths.get(path)?.publisher;
    if (publisher === undefined || this.#ports === undefined) return;
    await this.#connect(this.#ports.api).kickRtspSession(publisher);
  }

  /**
   * Viewers of WebRTC; none while it is not ready: who has the port then is not known.
   * @throws ApiError when MediaMTX does not answer
   */
  async webrtcSessions(): Promise<ApiWebrtcSession[]> {
    if (this.#ports?.webrtc === undefined || this.#state.name !== 'ready') return [];
    return this.#connect(this.#ports.api).webrtcSessions();
  }

  #createRun(onEnded: ConstructorParameters<typeof MediamtxRun>[1]['onEnded']): MediamtxRun {
    const { options, spawn, timers, clock, runRecords, portProbe, log } = this.#deps;
    // What one life may have told somebody is of no use in the next.
    this.#secrets = createSecrets();
    const run: MediamtxRun = new MediamtxRun(
      {
        program: options.program,
        identify: (program) => identify(program, { spawn, timers }),
        settlePorts: () => this.#settlePorts(),
        settings: (ports) =>
          mediamtxSettings({ ports, secrets: this.#secrets, hls: options.hls, webrtc: options.webrtc }),
        connect: (port) => this.#connect(port),
        holderOf: (port, pid) => portProbe.holder(port, pid),
        folder: this.#folder,
        spawn,
        runRecords,
        clock,
        timers,
        secrets: Object.values(this.#secrets),
        log,
      },
      {
        onReady: ({ version, pid }) => {
          this.#version = version;
          this.#pid = pid;
          this.#supervisor.media();
        },
        onPaths: (paths) => {
          this.#tracker.update(
            paths.flatMap((path) => this.#withoutKey(path)),
            clock.now(),
          );
          this.#supervisor.media();
        },
        onFault: (problem) => this.#supervisor.fault(problem),
        onEnded: (ending) => onEnded(ending),
      },
    );
    return run;
  }

  async #settlePorts(): Promise<Ports> {
    const { options, random, portProbe } = this.#deps;
    const ports = await settlePorts({
      wish: options.ports,
      webrtc: options.webrtc !== undefined,
      previous: this.#ports,
      random,
      probe: portProbe,
    });
    this.#ports = ports;
    this.#endpoints = endpointsOf(ports, this.#secrets);
    return ports;
  }

  #connect(port: number): MediamtxApi {
    const { connect, timers } = this.#deps;
    const { password } = this.#secrets;
    return connect?.(port, password) ?? createApi({ port, password, timers, timeoutMs: ANSWER_TIMEOUT_MS });
  }

  /** The path under the name that the relay uses; none when it is not one of ours. */
  #withoutKey(path: ApiPath): ApiPath[] {
    const prefix = `${this.#secrets.pathKey}/`;
    return path.name.startsWith(prefix) ? [{ ...path, name: path.name.slice(prefix.length) }] : [];
  }

  #supervised(supervisor: SupervisorState): void {
    if (supervisor.name !== 'running') this.#tracker.clear();
    if ('ending' in supervisor && supervisor.ending !== undefined) {
      this.#reason = describeLoss(supervisor.ending, this.#run?.lastError);
    }
    if (supervisor.name === 'stopped') this.#reason = undefined;
    const state = mediamtxState(supervisor, { version: this.#version, pid: this.#pid, reason: this.#reason });
    const before = this.#state;
    this.#state = state;
    if (JSON.stringify(before) === JSON.stringify(state)) return;
    this.#tell(state);
    for (const listener of [...this.#listeners]) listener(state);
  }

  #tell(state: MediamtxState): void {
    const { log } = this.#deps;
    if (state.name === 'ready') log.info({ version: state.version, pid: state.pid }, 'MediaMTX ready');
    else if (state.name === 'lost') log.warn({}, state.reason);
    else if (state.name === 'degraded')
      log.error({ failures: state.failures }, `${state.reason}; it keeps failing`);
  }
}

function createSecrets(): Secrets {
  return {
    pathKey: randomBytes(16).toString('hex'),
    password: randomBytes(24).toString('base64url'),
    hlsSecret: randomBytes(24).toString('base64url'),
  };
}

function endpointsOf(ports: Ports, { pathKey, password, hlsSecret }: Secrets): Endpoints {
  return {
    publishBase: `rtsp://127.0.0.1:${ports.rtsp}/${pathKey}`,
    hlsBase: `http://127.0.0.1:${ports.hls}/${pathKey}`,
    hlsSecret,
    whep:
      ports.webrtc === undefined || ports.webrtcMedia === undefined
        ? undefined
        : {
            base: `http://127.0.0.1:${ports.webrtc}/${pathKey}`,
            authorization: `Basic ${Buffer.from(`${RELAY_USER}:${password}`).toString('base64')}`,
            mediaPort: ports.webrtcMedia,
          },
  };
}
