/**
 * One stream of a camera, opened once and kept open: a supervised process whose fragmented MP4 becomes the stream's
 * Timeline. It is never restarted because something else is slow. It only connects: what to run is ingest-job.ts, when
 * to restart relay/process, what the bytes mean relay/media, what the stream is like stream-meter.ts.
 */
import { createHash } from 'node:crypto';
import type { Clock, Timers } from '../../src/wire/ports.ts';
import type { InitSegment, Timeline } from '../../src/wire/timeline.ts';
import { type FedPart, type FeedRun, RunFeed } from '../media/run-feed.ts';
import type { Activity } from '../process/activity.ts';
import type { SpawnChild } from '../process/child.ts';
import { describeEnding, type Ending } from '../process/ending.ts';
import type { Logger } from '../process/logger.ts';
import type { RunRecordPort } from '../process/run-records.ts';
import { type Launched, Supervisor } from '../process/supervisor.ts';
import type { SupervisorState } from '../process/supervisor-machine.ts';
import type { EncoderHost } from '../transcode/encoder-host.ts';
import type { EncoderFigures } from '../transcode/progress.ts';
import type { RungPlan } from '../transcode/rung.ts';
import type { IngestJobs, IngestStream, IngestTask } from './ingest-job.ts';
import { IngestRun } from './ingest-run.ts';
import { RawPace } from './raw-pace.ts';
import { HANG_MS, maySleep } from './silence.ts';
import { type StreamFacts, StreamMeter } from './stream-meter.ts';

export interface IngestDeps {
  /** For logs and records of processes, as in `camera front (main)`. */
  readonly label: string;
  readonly stream: IngestStream;
  readonly jobs: IngestJobs;
  readonly host: Pick<EncoderHost, 'trust'>;
  readonly timeline: Timeline;
  /** How long parts should be, in ms. */
  readonly partMs: number;
  readonly events: IngestEvents;
  /** Dates the pictures. */
  readonly mediaClock: Clock;
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

export interface IngestEvents {
  /** Media arrived. */
  readonly onMedia: () => void;
  /** {@link Ingest.seen}, {@link Ingest.task} or {@link Ingest.starts} changed. */
  readonly onChange: () => void;
  /** It stands; `reason` says why and what happens next, for users. */
  readonly onTrouble: (reason: string) => void;
}

/** What the stream is, once it comes. */
export interface SeenMedia extends StreamFacts {
  readonly init: InitSegment;
}

/** ffmpeg cannot write what comes into the container that browsers play. */
const NO_CONTAINER = /not currently supported in container|Could not write header/i;

export class Ingest {
  readonly #deps: IngestDeps;
  readonly #supervisor: Supervisor;
  readonly #feed: RunFeed;
  readonly #meter = new StreamMeter();
  readonly #pace: RawPace;
  #droppedFrames = 0;
  #run: IngestRun | undefined;
  #task: IngestTask | undefined;
  #init: InitSegment | undefined;
  /** Of {@link #init}, where it is passed on. */
  #header: string | undefined;
  #starts = 0;
  /** Of the newest process. */
  #keyframes = 0;
  #text = true;
  #stopping = false;

  constructor(deps: IngestDeps) {
    this.#deps = deps;
    this.#feed = new RunFeed(deps);
    this.#pace = new RawPace(deps.stream.camera.source, deps.stream.picture.fps);
    this.#supervisor = new Supervisor({
      ...deps,
      hangMs: HANG_MS,
      spare: (silentMs) => {
        const { pid } = this;
        return maySleep(
          this.#deps.stream,
          silentMs,
          pid === undefined ? undefined : this.#deps.activity(pid),
        );
      },
      launch: (onEnded) => this.#launch(onEnded),
      onChange: (state, ended) => this.#supervised(state, ended),
    });
  }

  get timeline(): Timeline {
    return this.#deps.timeline;
  }

  /** Undefined until enough of it came. Stays while it stands. */
  get seen(): SeenMedia | undefined {
    const { facts } = this.#meter;
    return facts === undefined || this.#init === undefined ? undefined : { ...facts, init: this.#init };
  }

  /** What its newest process does; undefined before the first. */
  get task(): IngestTask | undefined {
    return this.#task;
  }

  /** What is encoded where it cannot be passed on, as far as this host can. */
  get picture(): RungPlan {
    return this.#deps.jobs.affordable.picture;
  }

  /** Processes so far. */
  get starts(): number {
    return this.#starts;
  }

  get pid(): number | undefined {
    return this.#run?.pid;
  }

  get bitrateKbps(): number {
    return this.#meter.bitrateKbps;
  }

  /** Media time per time; undefined until there is enough to tell. */
  get speed(): number | undefined {
    return this.#pace.speed ?? this.#meter.speed;
  }

  get droppedFrames(): number {
    return this.#droppedFrames;
  }

  /** Starts it; it is kept running until {@link stop}. */
  start(): void {
    this.#stopping = false;
    this.#supervisor.start();
  }

  /** Resolves when its process is gone. May be called twice. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#supervisor.stop();
    this.#deps.timeline.closeSegment();
  }

  restart(reason: string): void {
    this.#supervisor.restart(reason);
  }

  #launch(onEnded: (ending: Ending) => void): Launched {
    const { label, stream, jobs, log } = this.#deps;
    this.#starts += 1;
    const run: IngestRun = new IngestRun(
      {
        ...this.#deps,
        ...{ label, log, source: stream.camera.source.type },
        choose: (signal) => jobs.next(this.#text, signal),
      },
      {
        onPreparing: () => this.#supervisor.preparing(),
        onStarted: (task) => this.#started(task),
        onFigures: (figures) => this.#measured(figures),
        onSourceSize: (size) => this.#supervisor.restart(`the source changed its size to ${size}`),
        onEnded,
      },
    );
    this.#run = run;
    run.start();
    this.#deps.events.onChange();
    return run;
  }

  #started(task: IngestTask): (chunk: Uint8Array) => void {
    this.#task = task;
    this.#keyframes = 0;
    this.#meter.reset();
    this.#pace.started(this.#deps.clock.now());
    const feed: FeedRun = this.#feed.open(
      {
        onInit: (init) => this.#described(init),
        onMedia: (part) => this.#arrived(part),
        onRetimed: (reason) => this.#deps.log.warn({}, reason),
        onFault: (problem, bug) => this.#fault(problem, bug),
      },
      { delayMs: task.plan.delayMs, cameraTimes: task.passed },
    );
    this.#deps.events.onChange();
    return (chunk) => feed.push(chunk);
  }

  #described(init: InitSegment): void {
    this.#init = init;
    const { passed, knownHeader } = this.#task ?? {};
    // Here, not with each group of pictures: what it hashes is the same until the next one.
    this.#header = passed === true ? headerOf(init) : undefined;
    if (knownHeader !== undefined && knownHeader !== this.#header) this.#unknown();
    this.#deps.events.onChange();
  }

  /** What was known of it holds no longer: it is opened again and looked at in full. */
  #unknown(): void {
    this.#deps.jobs.learn(undefined);
    this.#supervisor.restart('the camera sends another stream than before');
  }

  /** A group of pictures is over, but for the first time: whether they came in order is seen. */
  #grouped(): void {
    this.#keyframes += 1;
    const { seen } = this;
    if (this.#keyframes < 2 || this.#task?.passed !== true || seen === undefined) return;
    if (seen.reordered && this.#task.knownHeader !== undefined) this.#unknown();
    else this.#deps.jobs.learn(seen.reordered ? undefined : this.#header);
  }

  #arrived(part: FedPart): void {
    const { clock, events } = this.#deps;
    this.#supervisor.media();
    const changed = this.#meter.part(part, clock.now());
    events.onMedia();
    if (changed) events.onChange();
    if (part.keyframe) this.#grouped();
    if (part.newParameters && this.#task?.passed === true)
      this.#supervisor.restart('the camera changed its picture');
  }

  /** Only an encoder can be too slow; a stream that is passed on comes as its camera sends it. */
  #measured(figures: EncoderFigures): void {
    const { clock, jobs, log } = this.#deps;
    this.#droppedFrames = figures.droppedFrames;
    if (this.#task?.passed !== false || !this.#pace.measured(figures, clock.now())) return;
    const { speed = 1 } = this.#pace;
    const lowered = jobs.lower(speed);
    this.#pace.started(clock.now());
    if (lowered === undefined) return;
    log.warn({ speed }, `encoded smaller: ${lowered}; it was too slow`);
    this.#supervisor.restart(`encoded smaller: ${lowered}`);
  }

  #fault(problem: string, bug: Error | undefined): void {
    if (bug !== undefined)
      this.#deps.log.error({ err: bug }, 'the relay failed on media: please report this');
    // What the camera itself sends cannot be read: it may be once it is decoded and encoded.
    if (this.#task?.passed === true && this.#init === undefined) this.#unfit(problem);
    this.#supervisor.fault(problem);
  }

  #unfit(problem: string): void {
    this.#deps.jobs.unfit(`its stream cannot be passed on (${problem})`);
    this.#deps.log.warn({}, `encoded from now on: its stream cannot be passed on (${problem})`);
  }

  #supervised(state: SupervisorState, ended: Ending | undefined): void {
    const { log, events } = this.#deps;
    log.debug({ state: state.name }, 'supervisor');
    if (ended === undefined || this.#stopping) return;
    if (state.name !== 'backing-off' && state.name !== 'failed') return; // A wanted restart, already under way.
    const run = this.#run;
    if (this.#text && run?.lacksText === true) {
      this.#text = false;
      log.warn({}, 'no font found: the test picture goes without name and clock');
      return;
    }
    const { hardware, passed } = this.#task ?? {};
    if (hardware !== undefined && this.#deps.host.trust.failed(hardware, this.#deps.clock.now()))
      log.warn({}, `hardware encoder ${hardware.name} is not used any more: it failed again`);
    if (passed === true && run?.lines.some((line) => NO_CONTAINER.test(line)) === true)
      this.#unfit('browsers have no container for its codec');
    // What we saw ourselves (a hang) comes first; otherwise the program's own words say more than its exit code.
    const said = state.ending.kind === 'exit' ? run?.reason : undefined;
    const waitMs = state.untilMs - this.#deps.clock.now();
    const next = waitMs < 2_000 ? 'restarting' : `next try in ${Math.round(waitMs / 1000)} s`;
    const reason =
      said ?? describeEnding(state.ending, passed === true ? 'connection to the camera' : 'encoder');
    log.warn({ ending: ended, waitMs: Math.round(waitMs), lastLines: run?.lines.slice(-5) }, reason);
    events.onTrouble(`${reason}; ${next}`);
  }
}

/** Of a kind: size, profile and all other parameters of the stream stand in it. */
const headerOf = ({ bytes }: InitSegment): string =>
  createHash('sha256').update(bytes).digest('hex').slice(0, 16);
