/**
 * One camera of the builtin engine: configuration → supervised ffmpeg → feed → timeline, and the camera's state.
 * It only connects: when to restart is relay/process, what to run relay/encoder, what the bytes mean relay/feed,
 * what state that is relay/health.
 */
import { HISTORY_MS } from '../../src/shared/modes.ts';
import type { Cancel, Clock, Timers } from '../../src/shared/ports.ts';
import type { CameraState, CameraTelemetry } from '../../src/shared/protocol.ts';
import { type InitSegment, Timeline } from '../../src/shared/timeline.ts';
import type { CameraConfig } from '../config/schema.ts';
import { CameraUrlError } from '../encoder/camera-url.ts';
import { type EncoderPlan, outputSize, planEncoder } from '../encoder/plan.ts';
import { PresetPolicy } from '../encoder/preset-policy.ts';
import { type EncoderFigures, ProgressReader } from '../encoder/progress.ts';
import { ASSUMED_SIZE, startPreset } from '../encoder/sizes.ts';
import { StderrReader } from '../encoder/stderr.ts';
import { BuiltinFeed } from '../feed/builtin-feed.ts';
import { CameraHealth, type Health, type Moment } from '../health/camera-health.ts';
import type { SpawnChild } from '../process/child.ts';
import { describeEnding, type Ending } from '../process/ending.ts';
import type { Logger } from '../process/logger.ts';
import type { RunRecordPort } from '../process/run-records.ts';
import { type Launched, Supervisor } from '../process/supervisor.ts';
import type { SupervisorState } from '../process/supervisor-machine.ts';
import { TickGuard } from '../process/tick-guard.ts';
import type { Camera, RungMedia } from './camera.ts';

export interface BuiltinCameraDeps {
  readonly config: CameraConfig;
  /** Shortest part, in ms. */
  readonly partMs: number;
  readonly ffmpegPath: string;
  readonly runRecords: RunRecordPort;
  /** Monotonic. */
  readonly clock: Clock;
  readonly wallClock: Clock;
  readonly timers: Timers;
  /** Uniform in [0, 1), as Math.random. */
  readonly random: () => number;
  readonly spawn: SpawnChild;
  readonly log: Logger;
}

export interface BuiltinCamera extends Camera {
  /** Starts the encoder; it is kept running until {@link stop}. */
  start(): void;
  /** Ends the encoder; resolves when its process is gone. May be called twice. */
  stop(): Promise<void>;
}

/** The rung's id until a camera has more than one. */
const RUNG_ID = 'main';
const HEALTH_TICK_MS = 250;

export function createBuiltinCamera(deps: BuiltinCameraDeps): BuiltinCamera {
  return new BuiltinCameraImpl(deps);
}

class BuiltinCameraImpl implements BuiltinCamera {
  readonly #deps: BuiltinCameraDeps;
  readonly #timeline = new Timeline({ windowMs: HISTORY_MS });
  readonly #feed: BuiltinFeed;
  readonly #supervisor: Supervisor;
  readonly #health: CameraHealth;
  readonly #preset: PresetPolicy;
  readonly #listeners = new Set<(state: CameraState) => void>();
  #state: CameraState;
  /** What {@link #state} was built from. */
  #published: { readonly health: Health; readonly rungs: readonly RungMedia[]; readonly spawns: number };
  #telemetry: CameraTelemetry | undefined;
  #rungs: readonly RungMedia[] = [];
  #spawns = 0;
  /** What the newest process said, and why it fails in words for users. */
  #stderr: StderrReader | undefined;
  #text = true;
  #ticks: Cancel | undefined;

  constructor(deps: BuiltinCameraDeps) {
    this.#deps = deps;
    const { config } = deps;
    const { preset } = config.encode;
    this.#feed = new BuiltinFeed({ timeline: this.#timeline, wallClock: deps.wallClock });
    this.#health = new CameraHealth(deps.wallClock.now());
    this.#preset = new PresetPolicy({
      preset: preset === 'auto' ? startPreset(outputSize(config) ?? ASSUMED_SIZE) : preset,
      mayStep: preset === 'auto',
    });
    this.#supervisor = new Supervisor({
      clock: deps.clock,
      timers: deps.timers,
      random: deps.random,
      launch: (onEnded) => this.#launch(onEnded),
      onChange: (state, ended) => this.#supervised(state, ended),
    });
    this.#published = { health: this.#health.current, rungs: this.#rungs, spawns: 0 };
    this.#state = this.#buildState();
  }

  get id(): string {
    return this.#deps.config.id;
  }

  state(): CameraState {
    return this.#state;
  }

  telemetry(): CameraTelemetry | undefined {
    return this.#telemetry;
  }

  rungs(): readonly RungMedia[] {
    return this.#rungs;
  }

  onChange(listener: (state: CameraState) => void): Cancel {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  start(): void {
    this.#ticks ??= this.#watch();
    this.#supervisor.start();
  }

  async stop(): Promise<void> {
    this.#ticks?.();
    this.#ticks = undefined;
    await this.#supervisor.stop();
  }

  restart(reason: string): void {
    this.#deps.log.info({ reason }, 'encoder restart requested');
    this.#supervisor.restart(reason);
  }

  #watch(): Cancel {
    const guard = new TickGuard(HEALTH_TICK_MS, this.#deps.clock.now());
    return this.#deps.timers.every(HEALTH_TICK_MS, () => {
      if (guard.late(this.#deps.clock.now())) return;
      this.#health.tick(this.#moment());
      this.#publish();
    });
  }

  #launch(onEnded: (ending: Ending) => void): Launched {
    const { config, ffmpegPath, clock, log } = this.#deps;
    this.#spawns += 1;
    this.#preset.started(clock.now());
    const plan = this.#plan();
    if (typeof plan === 'string') return refuse(plan, this.#deps.timers, onEnded);
    const stderr = new StderrReader({ source: config.source.type, where: plan.where, secrets: plan.secrets });
    const progress = new ProgressReader();
    const feed = this.#feed.open({
      onInit: (init) => this.#initialised(init, plan),
      onMedia: () => this.#arrived(),
      onFault: (problem) => this.#supervisor.fault(problem),
    });
    this.#stderr = stderr;
    let forget: Cancel = () => undefined;
    const child = this.#deps.spawn(
      { program: ffmpegPath, args: plan.args, stdin: plan.stdin },
      {
        onStdout: (chunk) => feed.push(chunk),
        onStderr: (text) => {
          const size = stderr.push(text);
          if (size === undefined || !plan.followsSourceSize) return;
          this.#supervisor.restart(`the source changed its size to ${size.width}x${size.height}`);
        },
        onControl: (text) => {
          const figures = progress.push(text, clock.now());
          if (figures !== undefined) this.#measured(figures);
        },
        onEnded: (ending) => {
          forget();
          const refused = ending.kind === 'exit' && stderr.denied ? stderr.reason : undefined;
          onEnded(refused === undefined ? ending : { kind: 'refused', problem: refused });
        },
      },
    );
    if (child.pid !== undefined) {
      forget = this.#deps.runRecords.add(child.pid, `camera ${config.id}`);
      log.info({ pid: child.pid, preset: this.#preset.preset }, 'encoder started');
    }
    return { terminate: () => child.signal('SIGTERM'), kill: () => child.signal('SIGKILL') };
  }

  /** The plan, or in words why the configuration cannot be run. */
  #plan(): EncoderPlan | string {
    const { config, partMs } = this.#deps;
    try {
      return planEncoder({ camera: config, partMs, preset: this.#preset.preset, text: this.#text });
    } catch (error) {
      if (error instanceof CameraUrlError) return error.message;
      throw error;
    }
  }

  #initialised(init: InitSegment, plan: EncoderPlan): void {
    const rung = {
      id: RUNG_ID,
      width: init.width,
      height: init.height,
      fps: this.#deps.config.encode.fps,
      bitrateKbps: plan.bitrateKbps,
    };
    this.#rungs = [{ rung, timeline: this.#timeline }];
    this.#publish();
  }

  #arrived(): void {
    this.#supervisor.media();
    this.#health.media(this.#moment());
    this.#publish();
  }

  #measured(figures: EncoderFigures): void {
    const { id, source, encode } = this.#deps.config;
    const { fps, bitrateKbps, droppedFrames } = figures;
    // The synthetic source is made by the same process: when that is too slow, frames are missing and repeated.
    const wanted = source.type === 'test' ? Math.min(1, source.fps / encode.fps) : 1;
    const made = source.type === 'test' ? Math.min(1, (1 - figures.duplicatedRatio) / wanted) : 1;
    const speed = figures.speed * made;
    this.#telemetry = { id, fps, speed, bitrateKbps, droppedFrames };
    const verdict = this.#preset.sample(speed, this.#deps.clock.now());
    if (verdict.kind === 'step') {
      const reason = `too slow at preset ${verdict.from}, now ${verdict.to}`;
      this.#deps.log.warn({ speed, from: verdict.from, to: verdict.to }, 'encoder preset stepped down');
      this.#supervisor.restart(reason);
    }
    if (verdict.kind === 'watching') return;
    const slow =
      verdict.kind === 'too-slow'
        ? `this host encodes only ${Math.floor(speed * 100)} % of the pictures in time at preset ${this.#preset.preset}; choose a smaller size or fewer frames`
        : undefined;
    this.#health.slow(slow, this.#moment());
    this.#publish();
  }

  #supervised(state: SupervisorState, ended: Ending | undefined): void {
    this.#deps.log.debug({ state: state.name }, 'supervisor');
    if (ended !== undefined) this.#processEnded(state, ended);
    this.#publish();
  }

  #processEnded(state: SupervisorState, ended: Ending): void {
    if (state.name === 'stopped') return;
    if (state.name !== 'backing-off' && state.name !== 'failed') return; // A wanted restart, already under way.
    if (this.#text && this.#stderr?.lacksText === true) {
      this.#text = false;
      this.#deps.log.warn({}, 'no font found: the test picture goes without name and clock');
      return;
    }
    // What we saw ourselves (a hang) comes first; otherwise ffmpeg's own words say more than its exit code.
    const own = describeEnding(state.ending, 'encoder');
    const said = state.ending.kind === 'exit' ? this.#stderr?.reason : undefined;
    const waitMs = state.untilMs - this.#deps.clock.now();
    const next = waitMs < 2_000 ? 'restarting' : `next try in ${Math.round(waitMs / 1000)} s`;
    const reason = said ?? own;
    this.#deps.log.warn(
      { ending: ended, waitMs: Math.round(waitMs), lastLines: this.#stderr?.lines.slice(-5) },
      reason,
    );
    this.#health.ended(`${reason}; ${next}`, this.#moment());
  }

  #moment(): Moment {
    return { nowMs: this.#deps.clock.now(), wallMs: this.#deps.wallClock.now() };
  }

  #buildState(): CameraState {
    const { id, name, source, offsetMs } = this.#deps.config;
    return {
      id,
      name: name ?? id,
      ...this.#health.current,
      reason: this.#health.current.reason.slice(0, 500),
      source: source.type,
      rungs: this.#rungs.map(({ rung }) => rung),
      restarts: Math.max(0, this.#spawns - 1),
      offsetMs,
    };
  }

  /** Tells the listeners, if anything in the state changed. Cheap enough to be called for each part. */
  #publish(): void {
    const health = this.#health.current;
    const { health: before, rungs, spawns } = this.#published;
    if (health === before && rungs === this.#rungs && spawns === this.#spawns) return;
    this.#published = { health, rungs: this.#rungs, spawns: this.#spawns };
    this.#state = this.#buildState();
    const { state, reason } = this.#state;
    if (state !== before.state) this.#deps.log.info({ state, reason }, `camera ${state}`);
    for (const listener of [...this.#listeners]) listener(this.#state);
  }
}

/** A process that never was: told as ended as soon as the supervisor listens. */
function refuse(problem: string, timers: Timers, onEnded: (ending: Ending) => void): Launched {
  timers.after(0, () => onEnded({ kind: 'refused', problem }));
  return { terminate: () => undefined, kill: () => undefined };
}
