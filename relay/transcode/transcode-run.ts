/**
 * One life of a transcoder's process: feeds it from its source, and makes dated parts of what it writes. When to start
 * and kill it is the supervisor's, where its parts go the transcoder's.
 */
import type { Cancel, Clock, Timers } from '../../src/wire/ports.ts';
import type { Timeline } from '../../src/wire/timeline.ts';
import { BoxError } from '../media/box-splitter.ts';
import type { Activity } from '../process/activity.ts';
import type { Child, SpawnChild } from '../process/child.ts';
import type { Ending } from '../process/ending.ts';
import type { RunRecordPort } from '../process/run-records.ts';
import type { Launched } from '../process/supervisor.ts';
import { StderrReader } from '../source/stderr.ts';
import { FeedQueue } from './feed-queue.ts';
import { Feeder, type FeedStep } from './feeder.ts';
import type { Lag } from './lag.ts';
import { MadeMedia } from './made-media.ts';
import type { Edge, MadePart } from './rung-output.ts';
import type { TranscodePlan } from './transcode-plan.ts';

export interface TranscodeRunDeps {
  /** For the record of processes, as in `camera front (360)`. */
  readonly label: string;
  readonly source: Timeline;
  /** Shortest part, in ms. */
  readonly partMs: number;
  readonly lag: Lag;
  /** Of each group of pictures only the first one. */
  readonly keyframesOnly: boolean;
  /** @param fromMs media time of the first picture that is wanted */
  readonly plan: (fromMs: number | undefined) => TranscodePlan;
  /** What is made of the rung already. */
  readonly edge: Edge | undefined;
  readonly spawn: SpawnChild;
  readonly activity: (pid: number) => Activity | undefined;
  readonly runRecords: RunRecordPort;
  /** Monotonic. */
  readonly clock: Clock;
  readonly timers: Timers;
}

export interface TranscodeRunEvents {
  readonly onPart: (part: MadePart) => void;
  /** It delivered, or owes nothing, or is not let run. */
  readonly onAlive: () => void;
  /** The process must be replaced; `reason` is half a sentence. */
  readonly onRestart: (reason: string) => void;
  /** It writes what cannot be read; `problem` is half a sentence. */
  readonly onFault: (problem: string) => void;
  /** {@link TranscodeRun.lagging} changed. */
  readonly onChange: () => void;
  /** Called once, never before {@link TranscodeRun.start} returns. */
  readonly onEnded: (ending: Ending) => void;
}

const LOOK_MS = 100;
/** Of media that no picture came of yet, so much is kept: three seconds of 4K. */
const MAX_PENDING_BYTES = 8 * 1024 * 1024;
/** A process that works for so long on one picture goes round in circles. */
const MAX_SILENT_MS = 10_000;
/** Where the system does not tell what a process does, a silence this long may still be a full host. */
const UNTOLD_SILENT_MS = 1_200;
/**
 * Of what the source has in hand, so much of the newest is made: enough to begin to play at once. What is older would
 * only be in the way: nobody waits for it.
 */
const IN_HAND_MS = 300;

export class TranscodeRun implements Launched {
  readonly #deps: TranscodeRunDeps;
  readonly #events: TranscodeRunEvents;
  readonly #feeder: Feeder;
  readonly #media: MadeMedia;
  #stderr: StderrReader | undefined;
  #child: Child | undefined;
  #queue = new FeedQueue(undefined);
  #cancels: Cancel[] = [];
  /** When its newest picture came. */
  #madeAtMs = 0;
  #offeredMs = 0;
  #broken = false;

  constructor(deps: TranscodeRunDeps, events: TranscodeRunEvents) {
    this.#deps = deps;
    this.#events = events;
    this.#feeder = new Feeder(deps.source, deps.keyframesOnly);
    this.#media = new MadeMedia(deps);
  }

  get pids(): readonly number[] {
    return [this.#child?.pid, this.#child?.feedPid].filter((pid) => pid !== undefined);
  }

  /** Pictures made so far. */
  get frames(): number {
    return this.#media.frames;
  }

  /** Media time between what it was given and what it made, in ms; undefined before its first picture. */
  get behindMs(): number | undefined {
    const { endMs } = this.#media;
    return endMs === undefined ? undefined : Math.max(0, this.#queue.endMs - endMs);
  }

  /** What it was given and has not read yet, in bytes, as far as it is known. */
  get pendingBytes(): number {
    return this.#queue.pendingBytes;
  }

  /** Pictures are left out, so that it is with its source again. */
  get lagging(): boolean {
    return this.#feeder.waits;
  }

  /** Media time that came from its source since it started, also what was kept from it, in ms. */
  get offeredMs(): number {
    return this.#offeredMs;
  }

  /** End of the newest picture, in the media time of the source, in ms; undefined before the first. */
  get endMs(): number | undefined {
    return this.#media.endMs;
  }

  /** Why it fails, in words for users, if anything that was said explains it. */
  get reason(): string | undefined {
    return this.#stderr?.reason;
  }

  /** The last lines that it said, oldest first. */
  get lines(): readonly string[] {
    return this.#stderr?.lines ?? [];
  }

  start(): void {
    this.#begin();
  }

  #begin(): void {
    const { source, plan, spawn, runRecords, label, timers, lag } = this.#deps;
    this.#letGo();
    const first = this.#feeder.begin();
    if (first === undefined) {
      // It was opened anew and comes with its next keyframe.
      this.#cancels = [source.onPart(({ independent }) => independent && this.#begin())];
      return;
    }
    lag.reset();
    const fromMs = this.#from(first.parts);
    const { spec, output, fromZero, publishedAt } = plan(fromMs);
    const where = 'the stream that it is made from';
    const stderr = new StderrReader({ source: 'test', where, secrets: [], publishedAt });
    this.#stderr = stderr;
    if (fromZero) this.#media.originMs = fromMs ?? 0;
    const child = spawn(spec, {
      onStdout: (chunk) => output === 1 && this.#take(chunk),
      onOutput: (fd, chunk) => fd === output && this.#take(chunk),
      onStderr: (text) => void stderr.push(text),
      onControl: () => undefined,
      onEnded: (ending) => this.#ended(ending),
    });
    this.#child = child;
    this.#queue = new FeedQueue(child.input);
    this.#cancels = [
      ...this.pids.map((pid) => runRecords.add(pid, `transcoder of ${label}`)),
      source.onPart((part, segment) => {
        this.#offeredMs += part.durationMs;
        this.#feed(this.#feeder.next(part, segment, this.#hasRoom));
      }),
      timers.every(LOOK_MS, () => this.#look()),
    ];
    this.#feed(first);
  }

  terminate(): void {
    this.#end('SIGTERM');
  }

  kill(): void {
    this.#end('SIGKILL');
  }

  #end(signal: 'SIGTERM' | 'SIGKILL'): void {
    if (this.#child === undefined) this.#ended({ kind: 'signal', signal });
    else this.#child.signal(signal);
  }

  /** Where its pictures are to begin: where the rung ends, or close to what comes now. Always where a part begins. */
  #from(parts: Extract<FeedStep, { kind: 'write' }>['parts']): number | undefined {
    const { edge, source } = this.#deps;
    const [first] = parts;
    const last = parts.at(-1);
    if (first === undefined || last === undefined) return undefined;
    const endMs = last.mediaMs + last.durationMs;
    const resumes = edge?.source === source && edge.epoch === last.epoch && edge.mediaMs > first.mediaMs;
    if (resumes && edge.mediaMs <= endMs) return edge.mediaMs;
    const fromMs = endMs - IN_HAND_MS;
    return parts.findLast(({ mediaMs }) => mediaMs <= fromMs)?.mediaMs ?? first.mediaMs;
  }

  get #hasRoom(): boolean {
    return (this.behindMs ?? Number.POSITIVE_INFINITY) <= this.#deps.lag.limitMs;
  }

  #feed(step: FeedStep): void {
    if (step.kind === 'restart') this.#events.onRestart(step.reason);
    if (step.kind !== 'write') return;
    if (step.init !== undefined) this.#queue.header(step.init);
    for (const part of step.parts) {
      if (part.independent && this.#goesOnHere) this.#queue.drop();
      this.#media.fed(part);
      this.#queue.push(part);
    }
  }

  get #goesOnHere(): boolean {
    const { lag, clock } = this.#deps;
    return lag.goesOnHere(this.behindMs, this.#queue.waitingMs, clock.now());
  }

  #look(): void {
    const { lag, clock, keyframesOnly } = this.#deps;
    const { behindMs } = this;
    if (behindMs === undefined) {
      if (this.pendingBytes > MAX_PENDING_BYTES) this.#skip();
      return;
    }
    if (behindMs <= lag.limitMs || this.#held) this.#events.onAlive();
    const before = this.lagging;
    if (before) lag.reset();
    // With keyframes only there is nothing more to leave out.
    else if (!keyframesOnly && lag.tooFar(behindMs, clock.now())) this.#skip();
    if (before !== this.lagging) this.#events.onChange();
  }

  #skip(): void {
    this.#queue.drop();
    this.#feeder.skip();
  }

  /** It is silent because the host is full: another process in its place would have to begin anew. */
  get #held(): boolean {
    const { clock, activity } = this.#deps;
    const silentMs = clock.now() - this.#madeAtMs;
    if (silentMs >= MAX_SILENT_MS) return false;
    const activities = this.pids.map((pid) => activity(pid));
    return activities.includes('busy') || (activities.includes(undefined) && silentMs < UNTOLD_SILENT_MS);
  }

  #take(chunk: Uint8Array): void {
    if (this.#broken) return;
    const before = this.frames;
    try {
      for (const part of this.#media.push(chunk)) this.#events.onPart(part);
    } catch (error) {
      if (!(error instanceof BoxError || error instanceof RangeError)) throw error;
      this.#broken = true;
      this.#events.onFault(error.message);
    }
    if (this.frames === before) return;
    this.#madeAtMs = this.#deps.clock.now();
    this.#events.onAlive();
  }

  #ended(ending: Ending): void {
    this.#letGo();
    this.#events.onEnded(ending);
  }

  #letGo(): void {
    for (const cancel of this.#cancels) cancel();
    this.#cancels = [];
  }
}
