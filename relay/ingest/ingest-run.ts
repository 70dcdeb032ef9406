/**
 * One life of a stream's process: starts it, hands on what it says and delivers. What it is to do is ingest-job.ts,
 * when to start and kill it the supervisor's, what the media means relay/media.
 */
import type { Cancel, Clock, Timers } from '../../src/wire/ports.ts';
import type { Child, SpawnChild } from '../process/child.ts';
import type { Ending } from '../process/ending.ts';
import type { Logger } from '../process/logger.ts';
import type { RunRecordPort } from '../process/run-records.ts';
import type { Launched } from '../process/supervisor.ts';
import { CameraUrlError } from '../source/camera-url.ts';
import { StderrReader } from '../source/stderr.ts';
import { type EncoderFigures, ProgressReader } from '../transcode/progress.ts';
import type { IngestChoice, IngestTask } from './ingest-job.ts';

export interface IngestRunDeps {
  /** For the record of processes, as in `camera front (main)`. */
  readonly label: string;
  readonly source: ConstructorParameters<typeof StderrReader>[0]['source'];
  readonly choose: (signal: AbortSignal) => Promise<IngestChoice>;
  readonly spawn: SpawnChild;
  readonly runRecords: RunRecordPort;
  /** Monotonic. */
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Logger;
}

export interface IngestRunEvents {
  /** Told now and then while the process cannot be started yet. */
  readonly onPreparing: () => void;
  /** The process is started. @returns what takes its media */
  readonly onStarted: (task: IngestTask) => (chunk: Uint8Array) => void;
  readonly onFigures: (figures: EncoderFigures) => void;
  /** The source sends another size now; `size` in words. */
  readonly onSourceSize: (size: string) => void;
  /** The process is gone, or could not be started. Called once, never before {@link IngestRun.start} returns. */
  readonly onEnded: (ending: Ending) => void;
}

/** Below the supervisor's start deadline. */
const PREPARING_MS = 3_000;

export class IngestRun implements Launched {
  readonly #deps: IngestRunDeps;
  readonly #events: IngestRunEvents;
  readonly #abort = new AbortController();
  /** Why its process was killed as soon as it was there. */
  #failure: string | undefined;
  #child: Child | undefined;
  #stderr: StderrReader | undefined;
  #refusal: string | undefined;
  #task: IngestTask | undefined;

  constructor(deps: IngestRunDeps, events: IngestRunEvents) {
    this.#deps = deps;
    this.#events = events;
  }

  /** What it is doing; undefined until that was decided. */
  get task(): IngestTask | undefined {
    return this.#task;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Why it fails, in words for users, if anything that was said explains it. */
  get reason(): string | undefined {
    return this.#refusal ?? this.#stderr?.reason;
  }

  /** The last lines that it said, oldest first, without secrets. */
  get lines(): readonly string[] {
    return this.#stderr?.lines ?? [];
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
      this.#deps.log.error({ err: error }, 'the ingest was started and is ended again');
      this.#failure = problem;
      this.kill();
      return;
    }
    const aborted = this.#abort.signal.aborted;
    if (!aborted && !(error instanceof CameraUrlError))
      this.#deps.log.error({ err: error }, 'the ingest could not be started');
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
    const { signal } = this.#abort;
    const choice = await this.#deps.choose(signal);
    if (signal.aborted) {
      this.#events.onEnded({ kind: 'signal', signal: 'SIGTERM' });
    } else if (choice.kind === 'refused') {
      this.#refusal = choice.problem;
      this.#events.onEnded({ kind: 'refused', problem: choice.problem });
    } else {
      this.#spawn(choice);
    }
  }

  #spawn(task: IngestTask): void {
    const { source, clock, log, spawn } = this.#deps;
    const { plan } = task;
    const { where, secrets, publishedAt } = plan;
    const stderr = new StderrReader({ source, where, secrets, publishedAt });
    const progress = new ProgressReader();
    this.#task = task;
    this.#stderr = stderr;
    const media = this.#events.onStarted(task);
    const { output } = plan;
    let forget: readonly Cancel[] = [];
    const child = spawn(plan.spec, {
      onStdout: (chunk) => output === 1 && media(chunk),
      onOutput: (fd, chunk) => fd === output && media(chunk),
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
    if (child.pid !== undefined) log.info({ pid: child.pid }, `ingest started: ${task.words}`);
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
    const { runRecords, label } = this.#deps;
    return [
      ...(pid === undefined ? [] : [runRecords.add(pid, label)]),
      ...(feedPid === undefined ? [] : [runRecords.add(feedPid, `source of ${label}`)]),
    ];
  }
}
