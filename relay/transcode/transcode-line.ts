/**
 * One source made into one rung in one way, kept going: a supervised process. What becomes of its parts is the
 * transcoder's, which has two of these while one takes over from the other.
 */
import type { Cancel, Clock, Timers } from '../../src/wire/ports.ts';
import type { Timeline } from '../../src/wire/timeline.ts';
import type { Activity } from '../process/activity.ts';
import type { SpawnChild } from '../process/child.ts';
import { describeEnding, type Ending } from '../process/ending.ts';
import type { Logger } from '../process/logger.ts';
import type { RunRecordPort } from '../process/run-records.ts';
import { type Launched, Supervisor } from '../process/supervisor.ts';
import type { SupervisorState } from '../process/supervisor-machine.ts';
import { Lag } from './lag.ts';
import type { Edge, MadePart } from './rung-output.ts';
import { type TranscodeJob, transcodePlan } from './transcode-plan.ts';
import { TranscodeRun } from './transcode-run.ts';
import type { WakeQueue } from './wake-queue.ts';

export interface TranscodeLineDeps {
  /** For logs and records of processes, as in `camera front (360)`. */
  readonly label: string;
  readonly source: Timeline;
  readonly job: TranscodeJob;
  /** Shortest part, in ms. */
  readonly partMs: number;
  /** What is made of the rung already. */
  readonly edge: () => Edge | undefined;
  readonly wakes: WakeQueue;
  readonly onPart: (part: MadePart) => void;
  readonly onChange: () => void;
  /** Monotonic. */
  readonly clock: Clock;
  readonly timers: Timers;
  /** Uniform in [0, 1), as Math.random. */
  readonly random: () => number;
  readonly spawn: SpawnChild;
  readonly activity: (pid: number) => Activity | undefined;
  readonly runRecords: RunRecordPort;
  readonly log: Logger;
}

/**
 * Silence while something is owed, of a process that the host would let run: decoding and encoding one picture takes a
 * tenth of it on a slow host.
 */
const HANG_MS = 800;

export class TranscodeLine {
  readonly source: Timeline;
  readonly #deps: TranscodeLineDeps;
  readonly #supervisor: Supervisor;
  readonly #lag: Lag;
  #run: TranscodeRun | undefined;
  #trouble: string | undefined;
  #launchedMs = 0;
  #firstPictureMs: number | undefined;
  #waiting: Cancel = () => undefined;
  #awake: Cancel = () => undefined;
  #stopped = false;

  constructor(deps: TranscodeLineDeps) {
    this.#deps = deps;
    this.source = deps.source;
    const { heldMs } = transcodePlan(deps.job, undefined);
    this.#lag = new Lag(heldMs + 1000 / deps.job.rung.fps);
    this.#supervisor = new Supervisor({
      ...deps,
      hangMs: HANG_MS,
      launch: (onEnded) => this.#launch(onEnded),
      onChange: (state, ended) => this.#supervised(state, ended),
    });
  }

  /** From the start of its newest process to its first part, in ms; undefined before that. */
  get firstPictureMs(): number | undefined {
    return this.#firstPictureMs;
  }

  get run(): TranscodeRun | undefined {
    return this.#run;
  }

  /** Media time that its newest process made, in ms: by its pictures, as what it left out counts for nothing. */
  get producedMs(): number {
    const { frames = 0, endMs = 0 } = this.#run ?? {};
    const { keyframesOnly, rung } = this.#deps.job;
    return keyframesOnly ? endMs : (frames * 1000) / rung.fps;
  }

  /** Why it stands; undefined while it makes pictures or is about to. */
  get trouble(): string | undefined {
    return this.#trouble;
  }

  /** Starts when its source has a picture and it is its turn; it is kept running until {@link stop}. */
  start(): void {
    const { source, wakes } = this.#deps;
    const go = (): void => {
      this.#waiting();
      this.#awake = wakes.enter(() => this.#supervisor.start());
    };
    if (source.startFor(0) !== undefined) go();
    else this.#waiting = source.onPart(({ independent }) => independent && go());
  }

  /** Resolves when its process is gone. May be called twice. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#waiting();
    this.#awake();
    await this.#supervisor.stop();
  }

  restart(reason: string): void {
    this.#supervisor.restart(reason);
  }

  #launch(onEnded: (ending: Ending) => void): Launched {
    const { job, edge, clock, log, onChange } = this.#deps;
    this.#launchedMs = clock.now();
    this.#firstPictureMs = undefined;
    const run: TranscodeRun = new TranscodeRun(
      {
        ...this.#deps,
        lag: this.#lag,
        keyframesOnly: job.keyframesOnly,
        plan: (fromMs) => transcodePlan(job, fromMs),
        edge: edge(),
      },
      {
        onPart: (part) => this.#made(part),
        onAlive: () => this.#supervisor.media(),
        onRestart: (reason) => this.#supervisor.restart(reason),
        onFault: (problem) => this.#supervisor.fault(problem),
        onChange,
        onEnded,
      },
    );
    this.#run = run;
    run.start();
    const [pid] = run.pids;
    if (pid !== undefined) log.info({ pid, rung: job.rung.id }, 'transcoder started');
    return run;
  }

  #made(part: MadePart): void {
    const { clock, onPart, onChange } = this.#deps;
    if (this.#firstPictureMs === undefined) {
      this.#firstPictureMs = clock.now() - this.#launchedMs;
      this.#trouble = undefined;
      this.#awake();
      onChange();
    }
    onPart(part);
  }

  #supervised(state: SupervisorState, ended: Ending | undefined): void {
    const { log, onChange, clock, job } = this.#deps;
    log.debug({ state: state.name, rung: job.rung.id }, 'supervisor');
    const waits = state.name === 'backing-off' || state.name === 'failed';
    if (ended !== undefined && waits && !this.#stopped) {
      const said = state.ending.kind === 'exit' ? this.#run?.reason : undefined;
      const waitMs = state.untilMs - clock.now();
      const next = waitMs < 2_000 ? 'restarting' : `next try in ${Math.round(waitMs / 1000)} s`;
      const reason = said ?? describeEnding(state.ending, 'transcoder');
      this.#trouble = `${reason}; ${next}`;
      const lastLines = this.#run?.lines.slice(-5);
      log.warn({ ending: ended, waitMs: Math.round(waitMs), lastLines, rung: job.rung.id }, reason);
    }
    onChange();
  }
}
