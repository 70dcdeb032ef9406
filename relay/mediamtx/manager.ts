/**
 * Keeps one private MediaMTX running for the relay: started, verified, watched, restarted for ever, ended without
 * a trace. It connects: when to restart is relay/process, one process's life run.ts, what to ask of it settings.ts,
 * what its state means status.ts. Encoders publish to it beside their own way to the wall, which it must never disturb.
 */
import { randomBytes } from 'node:crypto';
import type { Clock, Timers } from '../../src/wire/ports.ts';
import type { SpawnChild } from '../process/child.ts';
import type { Logger } from '../process/logger.ts';
import type { RunRecordPort } from '../process/run-records.ts';
import { Supervisor } from '../process/supervisor.ts';
import type { SupervisorState } from '../process/supervisor-machine.ts';
import { ANSWER_TIMEOUT_MS } from './answer-watch.ts';
import { type ApiWebrtcSession, createApi, type MediamtxApi } from './api.ts';
import { identify } from './find.ts';
import { type PortProbe, type Ports, PortTakenError, takenPorts } from './ports.ts';
import { MediamtxRun } from './run.ts';
import { createRunFolder, type RunFolder } from './run-folder.ts';
import {
  type HlsSettings,
  mediamtxSettings,
  RELAY_USER,
  type Readers,
  type Secrets,
  type WebrtcSettings,
} from './settings.ts';
import { describeLoss, type MediamtxState, mediamtxState } from './status.ts';

export interface MediamtxOptions {
  /** From find.ts. */
  readonly program: string;
  readonly hls: HlsSettings;
  /** Undefined: nobody but the relay reads. */
  readonly readers: Readers | undefined;
  /** Undefined leaves WebRTC off. */
  readonly webrtc: WebrtcSettings | undefined;
  /** The same for each start: encoders go on trying the address that they were given. */
  readonly ports: Ports;
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

/** How the relay asks it for real-time pictures; another object, with another password, after each restart. */
export interface WhepEndpoint {
  /** Followed by `/<path>/whep`. */
  readonly base: string;
  /** Value of the Authorization header. For the relay alone, never for a viewer. */
  readonly authorization: string;
  /** UDP port that viewers must reach. */
  readonly mediaPort: number;
}

export class MediamtxManager {
  readonly #deps: ManagerDeps;
  readonly #pathKey = randomBytes(16).toString('hex');
  /** Of the newest run. */
  #secrets: Secrets;
  readonly #folder: RunFolder;
  readonly #supervisor: Supervisor;
  #run: MediamtxRun | undefined;
  #state: MediamtxState = { name: 'stopped' };
  #version = '';
  #pid: number | undefined;
  #reason: string | undefined;
  /** Troubles that were told since it was last ready. */
  readonly #told = new Set<string>();

  constructor(deps: ManagerDeps) {
    this.#deps = deps;
    this.#secrets = createSecrets(this.#pathKey);
    this.#folder = createRunFolder(deps.dataDir, deps.ownerPid);
    this.#supervisor = new Supervisor({
      clock: deps.clock,
      timers: deps.timers,
      random: deps.random,
      launch: (onEnded) => {
        const run = this.#createRun(onEnded);
        this.#run = run;
        run.start();
        return run;
      },
      onChange: (state) => this.#supervised(state),
    });
  }

  get state(): MediamtxState {
    return this.#state;
  }

  /** Undefined while WebRTC is off. */
  get whep(): WhepEndpoint | undefined {
    const { webrtc, webrtcMedia } = this.#deps.options.ports;
    if (webrtc === undefined || webrtcMedia === undefined) return undefined;
    const credentials = Buffer.from(`${RELAY_USER}:${this.#secrets.password}`).toString('base64');
    return {
      base: `http://127.0.0.1:${webrtc}/${this.#pathKey}`,
      authorization: `Basic ${credentials}`,
      mediaPort: webrtcMedia,
    };
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
   * Where an encoder publishes `path`, as in `front/main`: known before the first start, and the same for as long as
   * the relay runs, so that an encoder that lost MediaMTX finds it again by itself.
   *
   * ffmpeg takes this address as an argument only, and every user of the host can read the arguments of every process.
   * So there is no password in it. What keeps others from publishing is a path that cannot be guessed, accepted from
   * loopback only. Who reads it off the process list, being a user of this host, can do two things with it: publish to
   * a path of a camera that is down at that moment (a second publisher is refused), and, if they are quick enough to
   * take the port of a MediaMTX that died, be sent the pictures. They cannot read a picture from MediaMTX, nor use its
   * API: both take secrets that never leave this process, are made anew with each start of MediaMTX, and of the API's
   * the configuration file holds but a hash.
   */
  publishUrl(path: string): string {
    return `rtsp://127.0.0.1:${this.#deps.options.ports.rtsp}/${this.#pathKey}/${path}`;
  }

  /**
   * Viewers of WebRTC; none while it is not ready: who has the port then is not known.
   * @throws ApiError when MediaMTX does not answer
   */
  async webrtcSessions(): Promise<ApiWebrtcSession[]> {
    const { ports } = this.#deps.options;
    if (ports.webrtc === undefined || this.#state.name !== 'ready') return [];
    return this.#connect(ports.api).webrtcSessions();
  }

  #createRun(onEnded: ConstructorParameters<typeof MediamtxRun>[1]['onEnded']): MediamtxRun {
    const { options, spawn, timers, clock, runRecords, portProbe, log } = this.#deps;
    // What one life may have told somebody is of no use in the next.
    this.#secrets = createSecrets(this.#pathKey);
    const run: MediamtxRun = new MediamtxRun(
      {
        program: options.program,
        identify: (program) => identify(program, { spawn, timers }),
        freePorts: () => this.#freePorts(),
        apiPort: options.ports.api,
        settings: mediamtxSettings({ ...options, secrets: this.#secrets }),
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
        onAnswer: () => this.#supervisor.media(),
        onFault: (problem) => this.#supervisor.fault(problem),
        onEnded: (ending) => onEnded(ending),
      },
    );
    return run;
  }

  /** Waits for the ports rather than move to others, where no encoder would find it. */
  async #freePorts(): Promise<void> {
    const { options, portProbe } = this.#deps;
    const [taken] = await takenPorts(options.ports, portProbe);
    if (taken === undefined) return;
    const fix = `end it, or set another port ("${taken.key}") and restart the relay`;
    throw new PortTakenError(`${taken.what}; MediaMTX is started when it is free: ${fix}`);
  }

  #connect(port: number): MediamtxApi {
    const { connect, timers } = this.#deps;
    const { password } = this.#secrets;
    return connect?.(port, password) ?? createApi({ port, password, timers, timeoutMs: ANSWER_TIMEOUT_MS });
  }

  #supervised(supervisor: SupervisorState): void {
    if ('ending' in supervisor && supervisor.ending !== undefined) {
      this.#reason = describeLoss(supervisor.ending, this.#run?.lastError);
    }
    if (supervisor.name === 'stopped') this.#reason = undefined;
    const state = mediamtxState(supervisor, { version: this.#version, pid: this.#pid, reason: this.#reason });
    const before = this.#state;
    this.#state = state;
    if (JSON.stringify(before) !== JSON.stringify(state)) this.#tell(state);
  }

  /** Each trouble once, not with each try. */
  #tell(state: MediamtxState): void {
    const { log } = this.#deps;
    if (state.name === 'ready') {
      this.#told.clear();
      log.info({ version: state.version, pid: state.pid }, 'MediaMTX ready');
    }
    if (!('reason' in state)) return;
    const told = `${state.name}: ${state.reason}`;
    if (this.#told.has(told)) return;
    this.#told.add(told);
    if (state.name === 'degraded') log.error({}, `${state.reason}; it keeps failing`);
    else if (!this.#told.has(`degraded: ${state.reason}`)) log.warn({}, state.reason);
  }
}

const createSecrets = (pathKey: string): Secrets => ({
  pathKey,
  password: randomBytes(24).toString('base64url'),
  insidePassword: randomBytes(24).toString('base64url'),
});
