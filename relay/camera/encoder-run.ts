/**
 * One life of a camera's encoder: decides the job, starts the process, and hands on what it says and delivers. When
 * to start and kill it is the supervisor's, what the media means the outlet's.
 */
import type { Cancel, Clock, Timers } from '../../src/wire/ports.ts';
import type { Child, SpawnChild } from '../process/child.ts';
import type { Ending } from '../process/ending.ts';
import type { Logger } from '../process/logger.ts';
import type { RunRecordPort } from '../process/run-records.ts';
import type { Launched } from '../process/supervisor.ts';
import { CameraUrlError } from '../source/camera-url.ts';
import { StderrReader } from '../source/stderr.ts';
import type { EncodeJob, EncoderPlan, Sink } from '../transcode/backend.ts';
import type { Choice, JobChooser } from '../transcode/job-chooser.ts';
import { type EncoderFigures, ProgressReader } from '../transcode/progress.ts';
import type { MediaOutlet, OutletEvents, OutletRun } from './outlet.ts';

export interface EncoderRunDeps {
  readonly id: string;
  readonly source: ConstructorParameters<typeof StderrReader>[0]['source'];
  readonly chooser: JobChooser;
  readonly sink: Sink;
  readonly outlet: MediaOutlet;
  /** Write name and time into the test picture. */
  readonly text: boolean;
  readonly spawn: SpawnChild;
  readonly runRecords: RunRecordPort;
  /** Monotonic. */
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Logger;
}

export type Started = Extract<Choice, { kind: 'job' }> & { readonly plan: EncoderPlan };

export interface EncoderRunEvents extends OutletEvents {
  /** Told now and then while the process cannot be started yet. */
  readonly onPreparing: () => void;
  /** The process is started. */
  readonly onStarted: (started: Started) => void;
  readonly onFigures: (figures: EncoderFigures) => void;
  /** The source sends another size now; `size` in words. */
  readonly onSourceSize: (size: string) => void;
  /** The process is gone, or could not be started. Called once, never before {@link EncoderRun.start} returns. */
  readonly onEnded: (ending: Ending) => void;
}

/** Below the supervisor's start deadline. */
const PREPARING_MS = 3_000;

export class EncoderRun implements Launched {
  readonly #deps: EncoderRunDeps;
  readonly #events: EncoderRunEvents;
  readonly #abort = new AbortController();
  /** Why its process was killed as soon as it was there. */
  #failure: string | undefined;
  #child: Child | undefined;
  #stderr: StderrReader | undefined;
  #refusal: { readonly reason: string; readonly lines: readonly string[] } | undefined;
  #job: EncodeJob | undefined;

  constructor(deps: EncoderRunDeps, events: EncoderRunEvents) {
    this.#deps = deps;
    this.#events = events;
  }

  /** What it is doing; undefined until that was decided. */
  get job(): EncodeJob | undefined {
    return this.#job;
  }

  /** Why it fails, in words for users, if anything that was said explains it. */
  get reason(): string | undefined {
    return this.#refusal?.reason ?? this.#stderr?.reason;
  }

  /** The last lines that it said, oldest first, without secrets. */
  get lines(): readonly string[] {
    return this.#refusal?.lines ?? this.#stderr?.lines ?? [];
  }

  /** It failed because it cannot write text into pictures. */
  get lacksText(): boolean {
    return this.#stderr?.lacksText === true;
  }

  start(): void {
    const cancel = this.#deps.timers.every(PREPARING_MS, () => this.#events.onPreparing());
    this.#begin()
      .then(cancel)
      .catch((error: unknown) => {
        cancel();
        this.#startFailed(error);
      });
  }

  #startFailed(error: unknown): void {
    const problem = error instanceof Error ? error.message : String(error);
    if (this.#child !== undefined) {
      // It runs: left alone, the next start would add one more. Its end tells that this run is over.
      this.#deps.log.error({ err: error }, 'the encoder was started and is ended again');
      this.#failure = problem;
      this.kill();
      return;
    }
    const aborted = this.#abort.signal.aborted;
    if (!aborted && !(error instanceof CameraUrlError))
      this.#deps.log.error({ err: error }, 'the encoder could not be started');
    this.#events.onEnded(aborted ? { kind: 'signal', signal: 'SIGTERM' } : { kind: 'refused', problem });
  }

  terminate(): void {
    this.#end('SIGTERM');
  }

  kill(): void {
    this.#end('SIGKILL');
  }

  #end(signal: 'SIGTERM' | 'SIGKILL'): void {
    // Before the process is there, everything that finds out what it is to do ends at once.
    this.#abort.abort();
    this.#child?.signal(signal);
  }

  async #begin(): Promise<void> {
    const { chooser, sink, text } = this.#deps;
    const { signal } = this.#abort;
    const choice = await chooser.choose(sink, text, signal);
    if (signal.aborted) {
      this.#events.onEnded({ kind: 'signal', signal: 'SIGTERM' });
    } else if (choice.kind === 'refused') {
      this.#refusal = choice;
      this.#events.onEnded(choice.ending);
    } else {
      this.#spawn({ ...choice, plan: choice.backend.plan(choice.job) });
    }
  }

  #spawn(started: Started): void {
    const { source, outlet, clock, log, spawn } = this.#deps;
    const { plan, job } = started;
    this.#job = job;
    const { where, secrets, publishedAt } = plan;
    const stderr = new StderrReader({ source, where, secrets, publishedAt });
    const progress = new ProgressReader();
    this.#stderr = stderr;
    const media: OutletRun = outlet.open(job.rungs, plan.delayMs, this.#events);
    const push = (fd: number, chunk: Uint8Array): void => {
      const n = plan.outputs.indexOf(fd);
      if (n >= 0) media.push(n, chunk);
    };
    let forget: readonly Cancel[] = [];
    const child = spawn(plan.spec, {
      onStdout: (chunk) => push(1, chunk),
      onOutput: push,
      onStderr: (text) => {
        const size = stderr.push(text);
        if (size !== undefined && plan.followsSourceSize)
          this.#events.onSourceSize(`${size.width}x${size.height}`);
      },
      onControl: (text) => {
        const figures = progress.push(text, clock.now());
        if (figures !== undefined) this.#events.onFigures(figures);
      },
      onEnded: (ending) => {
        for (const cancel of forget) cancel();
        this.#events.onEnded(this.#cause(ending, stderr));
      },
    });
    this.#child = child;
    forget = this.#record(child);
    if (child.pid !== undefined) {
      log.info(
        { pid: child.pid, preset: job.preset, rungs: job.rungs.map(({ id }) => id) },
        'encoder started',
      );
    }
    this.#events.onStarted(started);
  }

  /** Why it ended by itself, where more is known than its exit code. */
  #cause(ending: Ending, stderr: StderrReader): Ending {
    if (this.#failure !== undefined) return { kind: 'refused', problem: this.#failure };
    if (ending.kind !== 'exit') return ending;
    return stderr.denied && stderr.reason !== undefined
      ? { kind: 'refused', problem: stderr.reason }
      : ending;
  }

  #record({ pid, feedPid }: Child): readonly Cancel[] {
    const { runRecords, id } = this.#deps;
    return [
      ...(pid === undefined ? [] : [runRecords.add(pid, `camera ${id}`)]),
      ...(feedPid === undefined ? [] : [runRecords.add(feedPid, `source of camera ${id}`)]),
    ];
  }
}
