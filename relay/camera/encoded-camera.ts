/**
 * One camera: configuration → supervised encoder → outlet → timelines, and the camera's state. It only connects: when to restart is relay/process, what to run relay/transcode, what the bytes
 * mean the outlet, what state that is camera-health.ts.
 */
import type { Cancel, Clock, Timers } from '../../src/wire/ports.ts';
import type { CameraState, CameraTelemetry } from '../../src/wire/protocol.ts';
import type { InitSegment } from '../../src/wire/timeline.ts';
import type { CameraConfig } from '../config/schema.ts';
import type { SpawnChild } from '../process/child.ts';
import { describeEnding, type Ending } from '../process/ending.ts';
import type { Logger } from '../process/logger.ts';
import type { RunRecordPort } from '../process/run-records.ts';
import { type Launched, Supervisor } from '../process/supervisor.ts';
import { HANG_MS, type SupervisorState } from '../process/supervisor-machine.ts';
import { TickGuard } from '../process/tick-guard.ts';
import type { EncoderHost } from '../transcode/encoder-host.ts';
import { JobChooser } from '../transcode/job-chooser.ts';
import type { EncoderFigures } from '../transcode/progress.ts';
import type { Camera, RungMedia } from './camera.ts';
import { CameraHealth, type Health, type Moment } from './camera-health.ts';
import { EncoderRun, type Started } from './encoder-run.ts';
import { type MediaArrival, MediaOutlet } from './outlet.ts';
import { Pace } from './pace.ts';
import { RunView } from './run-view.ts';
import { createRungTimeline } from './rung-timeline.ts';

export interface EncodedCameraDeps {
  readonly config: CameraConfig;
  /** Shared by all cameras of the relay. */
  readonly host: EncoderHost;
  /** How long parts should be, in ms. */
  readonly partMs: number;
  /** Where a path, as in `front/main`, is published beside its way to the wall; undefined: nowhere. */
  readonly publishUrl: (path: string) => string | undefined;
  readonly runRecords: RunRecordPort;
  /** Monotonic. */
  readonly clock: Clock;
  /** Dates the pictures. */
  readonly mediaClock: Clock;
  readonly wallClock: Clock;
  readonly timers: Timers;
  /** Uniform in [0, 1), as Math.random. */
  readonly random: () => number;
  readonly spawn: SpawnChild;
  readonly log: Logger;
}

const HEALTH_TICK_MS = 250;

export class EncodedCamera implements Camera {
  readonly #deps: EncodedCameraDeps;
  readonly #outlet: MediaOutlet;
  readonly #supervisor: Supervisor;
  readonly #chooser: JobChooser;
  readonly #health: CameraHealth;
  readonly #pace: Pace;
  readonly #listeners = new Set<(state: CameraState) => void>();
  #state: CameraState;
  /** What {@link #state} was built from. */
  #published: Published;
  #rungs: readonly RungMedia[] = [];
  #spawns = 0;
  #run: EncoderRun | undefined;
  #view: RunView | undefined;
  #text = true;
  #ticks: Cancel | undefined;
  #leaveJudge: Cancel | undefined;

  constructor(deps: EncodedCameraDeps) {
    this.#deps = deps;
    const { config, host, spawn, timers, log } = deps;
    this.#health = new CameraHealth(deps.wallClock.now());
    this.#chooser = new JobChooser({ config, host, run: { spawn, timers }, log });
    const createTimeline = () => createRungTimeline(config);
    this.#outlet = new MediaOutlet({ partMs: deps.partMs, mediaClock: deps.mediaClock, createTimeline });
    this.#pace = new Pace({ config, judge: host.judge, clock: deps.clock });
    this.#supervisor = new Supervisor({
      clock: deps.clock,
      timers,
      random: deps.random,
      launch: (onEnded) => this.#launch(onEnded),
      onChange: (state, ended) => this.#supervised(state, ended),
    });
    this.#published = { health: this.#health.current, rungs: this.#rungs, spawns: 0, words: undefined };
    this.#state = this.#buildState();
  }

  get id(): string {
    return this.#deps.config.id;
  }

  state(): CameraState {
    return this.#state;
  }

  telemetry(): CameraTelemetry | undefined {
    return this.#pace.telemetry;
  }

  rungs(): readonly RungMedia[] {
    return this.#rungs;
  }

  onChange(listener: (state: CameraState) => void): Cancel {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Starts the encoder; it is kept running until {@link stop}. */
  start(): void {
    this.#ticks ??= this.#watch();
    this.#leaveJudge ??= this.#deps.host.judge.add(this.id, {
      cores: () => this.#chooser.cores,
      stepDown: (onBehalf) => this.#stepDown(onBehalf),
    });
    this.#supervisor.start();
  }

  /** Ends the encoder; resolves when its process is gone. May be called twice. */
  async stop(): Promise<void> {
    this.#ticks?.();
    this.#ticks = undefined;
    this.#leaveJudge?.();
    this.#leaveJudge = undefined;
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
      this.#watchRungs();
      if (this.#view?.started.plan.reportsProgress === false) this.#measured(undefined);
      this.#health.tick(this.#moment());
      this.#publish();
    });
  }

  #watchRungs(): void {
    const silent = this.#view?.silentRung();
    if (silent !== undefined) this.#supervisor.fault(`no picture of rung ${silent} for ${HANG_MS / 1000} s`);
  }

  #launch(onEnded: (ending: Ending) => void): Launched {
    const { config, publishUrl, spawn, runRecords, clock, timers, log } = this.#deps;
    const sink = { publishUrl: (rungId: string) => publishUrl(`${this.id}/${rungId}`) };
    this.#spawns += 1;
    const run = new EncoderRun(
      {
        ...{ id: this.id, source: config.source.type, chooser: this.#chooser, sink, outlet: this.#outlet },
        ...{ text: this.#text, spawn, runRecords, clock, timers, log },
      },
      {
        onPreparing: () => this.#supervisor.preparing(),
        onStarted: (started) => this.#started(started),
        onInit: (rungId, init) => this.#initialised(rungId, init),
        onMedia: (rungId, part) => this.#arrived(rungId, part),
        onFigures: (figures) => this.#measured(figures),
        onFault: (problem, bug) => this.#fault(problem, bug),
        onSourceSize: (size) => {
          this.#chooser.sourceChanged();
          this.#supervisor.restart(`the source changed its size to ${size}`);
        },
        onEnded,
      },
    );
    this.#run = run;
    this.#view = undefined;
    run.start();
    return run;
  }

  #started(started: Started): void {
    this.#view = new RunView(started);
    this.#pace.started(started);
    this.#limited();
  }

  #initialised(rungId: string, init: InitSegment): void {
    this.#view?.initialised(rungId, init);
    this.#rungs = this.#view?.rungs((id) => this.#outlet.timeline(id)) ?? this.#rungs;
    this.#publish();
  }

  #arrived(rungId: string, { durationMs, bytes, fragment }: MediaArrival): void {
    this.#view?.delivered(rungId, this.#deps.clock.now());
    if (rungId !== this.#view?.bestId) return;
    this.#pace.arrived(durationMs, bytes);
    this.#supervisor.media();
    this.#health.media(this.#moment());
    this.#publish();
    const problem = this.#view.copyProblem(fragment);
    if (problem === undefined) return;
    if (problem.kind === 'unfit') this.#chooser.copyFailed(problem.problem);
    else this.#chooser.sourceChanged();
    this.#supervisor.restart(problem.problem);
  }

  #fault(problem: string, bug: Error | undefined): void {
    if (bug !== undefined)
      this.#deps.log.error({ err: bug }, 'the relay failed on media: please report this');
    // What the camera itself sends cannot be read: it may be once it is decoded and encoded.
    if (this.#run?.job?.copyBest === true)
      this.#chooser.copyFailed(`its stream cannot be passed on (${problem})`);
    this.#supervisor.fault(problem);
  }

  /** @param figures of the encoder; undefined where only its media can be measured */
  #measured(figures: EncoderFigures | undefined): void {
    if (this.#pace.measured(figures)) this.#limited();
  }

  /** Its pictures are less than they should be, in size or in number. */
  #limited(): void {
    this.#health.slow(this.#pace.tooSlow ?? this.#view?.started.less, this.#moment());
    this.#publish();
  }

  /** @param onBehalf camera that was too slow */
  #stepDown(onBehalf: string): boolean {
    if (this.#supervisor.state.name !== 'running') return false;
    const lowered = this.#chooser.lower();
    if (lowered === undefined) return false;
    const why =
      onBehalf === this.id ? 'it was too slow' : `camera ${onBehalf} was too slow and this one costs most`;
    this.#deps.log.warn({ speed: this.#pace.telemetry?.speed }, `encoder stepped down: ${lowered}; ${why}`);
    this.#supervisor.restart(`stepped down: ${lowered}`);
    return true;
  }

  #supervised(state: SupervisorState, ended: Ending | undefined): void {
    this.#deps.log.debug({ state: state.name }, 'supervisor');
    if (ended !== undefined) this.#processEnded(state, ended);
    this.#publish();
  }

  #processEnded(state: SupervisorState, ended: Ending): void {
    if (state.name === 'stopped') return;
    if (state.name !== 'backing-off' && state.name !== 'failed') return; // A wanted restart, already under way.
    const run = this.#run;
    if (this.#text && run?.lacksText === true) {
      this.#text = false;
      this.#deps.log.warn({}, 'no font found: the test picture goes without name and clock');
      return;
    }
    const hardware = run?.job?.hardware;
    if (hardware !== undefined) this.#chooser.hardwareFailed(hardware, this.#deps.clock.now());
    if (run?.job?.copyBest === true && state.ending.kind === 'no-start') {
      this.#chooser.copyFailed('its stream could not be passed on');
    }
    // What we saw ourselves (a hang) comes first; otherwise ffmpeg's own words say more than its exit code.
    const own = describeEnding(state.ending, 'encoder');
    const said = state.ending.kind === 'exit' ? run?.reason : undefined;
    const waitMs = state.untilMs - this.#deps.clock.now();
    const next = waitMs < 2_000 ? 'restarting' : `next try in ${Math.round(waitMs / 1000)} s`;
    const reason = said ?? own;
    this.#deps.log.warn(
      { ending: ended, waitMs: Math.round(waitMs), lastLines: run?.lines.slice(-5) },
      reason,
    );
    this.#health.ended(`${reason}; ${next}`, this.#moment());
  }

  #moment(): Moment {
    return { nowMs: this.#deps.clock.now(), wallMs: this.#deps.wallClock.now() };
  }

  #buildState(): CameraState {
    const { id, name, source, offsetMs } = this.#deps.config;
    const words = this.#published.words?.slice(0, 500);
    return {
      id,
      name: name ?? id,
      ...this.#health.current,
      reason: this.#health.current.reason.slice(0, 500),
      source: source.type,
      rungs: this.#rungs.map(({ rung }) => rung),
      ...(words === undefined ? {} : { encoder: words }),
      restarts: Math.max(0, this.#spawns - 1),
      offsetMs,
    };
  }

  /** Tells the listeners, if anything in the state changed. Cheap enough to be called for each part. */
  #publish(): void {
    const before = this.#published;
    const now: Published = {
      health: this.#health.current,
      rungs: this.#rungs,
      spawns: this.#spawns,
      words: this.#view?.started.words ?? before.words,
    };
    if (PUBLISHED_KEYS.every((key) => now[key] === before[key])) return;
    this.#published = now;
    this.#state = this.#buildState();
    const { state, reason } = this.#state;
    if (state !== before.health.state) this.#deps.log.info({ state, reason }, `camera ${state}`);
    for (const listener of [...this.#listeners]) listener(this.#state);
  }
}

interface Published {
  readonly health: Health;
  readonly rungs: readonly RungMedia[];
  readonly spawns: number;
  readonly words: string | undefined;
}
const PUBLISHED_KEYS = ['health', 'rungs', 'spawns', 'words'] as const;
