/**
 * The feed of one rung: the standard output of one process after another becomes one Timeline. Frames are put together to
 * parts as they come. Each process is a run of its own and a new epoch; so is a gap in its media time and a step of its
 * clock. It never throws on what a process writes: it reports a fault and ignores the rest of that run.
 */
import type { Clock } from '../../src/wire/ports.ts';
import type { InitSegment, Timeline } from '../../src/wire/timeline.ts';
import { BoxError } from './box-splitter.ts';
import { FirstFrame } from './first-frame.ts';
import { type Frame, FrameReader, type StreamInit } from './frame-reader.ts';
import { type FrameGroup, MAX_GAP_MS, PartGrouper } from './part-grouper.ts';
import { writePart } from './part-writer.ts';
import { PdtClock } from './pdt-clock.ts';
import { type Retimed, Retimer } from './retimer.ts';

/** Parts kept back while the clock settles; a source that bursts more than this is let through as it comes. */
const MAX_HELD_PARTS = 200;
/** Encoders round media times. */
const ROUNDING_MS = 1;

/** What there is to see of a part. */
export interface FedPart {
  readonly durationMs: number;
  readonly frames: number;
  readonly bytes: number;
  /** It begins with a keyframe. */
  readonly keyframe: boolean;
  /** Frames are shown in another order than they come: there are B-frames. */
  readonly reordered: boolean;
  /** It brings a sequence parameter set that is not the header's: the picture changed under way. */
  readonly newParameters: boolean;
}

export interface FeedEvents {
  /** A header arrived: size and codec of all that follows. */
  readonly onInit: (init: InitSegment) => void;
  /** A whole part arrived, also one that is still kept back. */
  readonly onMedia: (part: FedPart) => void;
  /** Media of this length is missing, by the times in the media: a new epoch begins with the next keyframe. */
  readonly onGap?: (gapMs: number) => void;
  /** The stream's time stamps are not to be used as they are, and were mended; `reason` is half a sentence. */
  readonly onRetimed?: (reason: string) => void;
  /** The run cannot be read any further; `problem` is half a sentence. `bug`: our reader failed on it, not it alone. */
  readonly onFault: (problem: string, bug?: Error) => void;
}

export interface FeedDeps {
  readonly timeline: Timeline;
  /** Its time is what the PDT says; it never goes back. */
  readonly mediaClock: Clock;
  /** How long parts should be, in ms: they have the number of frames that comes nearest to it. */
  readonly partMs: number;
}

export interface RunTiming {
  /** Shared by the rungs of one process, whose media times are the same: so are their PDTs then. */
  readonly clock?: PdtClock;
  /** The encoder keeps pictures back for this long, besides the time that it works on them. */
  readonly delayMs?: number;
  /** The time stamps are a camera's, passed on as they are: where they are of no use they are mended. */
  readonly cameraTimes?: boolean;
}

/** One encoder process. */
export interface FeedRun {
  /** Takes bytes of the process's standard output. Ignored after a fault and once a newer run was opened. */
  push(chunk: Uint8Array): void;
}

export class RunFeed {
  readonly #deps: FeedDeps;
  #epoch = 0;
  #inits = 0;
  #run: Run | undefined;

  constructor(deps: FeedDeps) {
    this.#deps = deps;
  }

  /** Begins a run and closes the one before it. */
  open(events: FeedEvents, timing: RunTiming = {}): FeedRun {
    const run = new Run({
      ...this.#deps,
      ...events,
      clock: timing.clock ?? new PdtClock(),
      delayMs: timing.delayMs ?? 0,
      cameraTimes: timing.cameraTimes ?? false,
      current: () => run === this.#run,
      nextEpoch: () => {
        this.#epoch += 1;
        return this.#epoch;
      },
      nextInitId: () => {
        this.#inits += 1;
        return `i${this.#inits}`;
      },
    });
    this.#run = run;
    this.#deps.timeline.closeSegment();
    return run;
  }
}

interface RunDeps extends FeedDeps, FeedEvents, Required<RunTiming> {
  readonly current: () => boolean;
  readonly nextEpoch: () => number;
  readonly nextInitId: () => string;
}

/** A part on its way to the timeline. */
interface Part {
  readonly group: FrameGroup;
  readonly data: Uint8Array;
}

class Run implements FeedRun {
  readonly #deps: RunDeps;
  readonly #reader = new FrameReader();
  readonly #grouper: PartGrouper;
  /** Undefined where the times are our own. */
  readonly #first: FirstFrame | undefined;
  readonly #retimer: Retimer;
  readonly #clock: PdtClock;
  #generation = 0;
  #held: Part[] = [];
  #stream: StreamInit | undefined;
  #init: InitSegment | undefined;
  #epoch: number | undefined;
  /** Least that a frame of the next part needed from its end to its arrival, as the origin of media time. */
  #originMs = Number.POSITIVE_INFINITY;
  /** Composition offset of the newest frame. */
  #compositionMs: number | undefined;
  /** Where the next part should start, in media time. */
  #expectedMs: number | undefined;
  #sequence = 0;
  #broken = false;

  constructor(deps: RunDeps) {
    this.#deps = deps;
    this.#grouper = new PartGrouper(deps.partMs);
    this.#first = deps.cameraTimes ? new FirstFrame() : undefined;
    this.#retimer = new Retimer((what) => this.#retimed(what), { camera: deps.cameraTimes });
    this.#clock = deps.clock;
    this.#generation = deps.clock.generation;
  }

  push(chunk: Uint8Array): void {
    if (this.#broken || !this.#deps.current()) return;
    const arrivalMs = this.#deps.mediaClock.now();
    const take = (frame: Frame): void => this.#takeFrame(frame, arrivalMs);
    try {
      for (const item of parsing(() => this.#reader.push(chunk))) {
        if (item.kind === 'init') this.#takeInit(item);
        else if (this.#first === undefined) take(item);
        else this.#first.push(item, take);
      }
    } catch (error) {
      // RangeError: the box reader ran over the end of a damaged box, or the timeline refused the part.
      if (!(error instanceof BoxError || error instanceof RangeError)) throw error;
      this.#broken = true;
      this.#deps.onFault(error.message, error.cause instanceof Error ? error.cause : undefined);
    }
  }

  #takeInit(stream: StreamInit): void {
    const { bytes, codecs, width, height } = stream;
    this.#stream = stream;
    this.#init = { id: this.#deps.nextInitId(), bytes, codecs, width, height };
    this.#epoch = undefined;
    this.#deps.timeline.addInit(this.#init);
    this.#deps.onInit(this.#init);
  }

  #takeFrame(came: Frame, arrivalMs: number): void {
    const frame = this.#retimer.push(came, arrivalMs);
    // By when it is shown and not by when it is decoded: see pdt-clock.ts.
    const endMs = frame.startMs + frame.durationMs + frame.compositionMs;
    this.#originMs = Math.min(this.#originMs, arrivalMs - endMs);
    for (const group of this.#grouper.push(frame)) this.#takePart(group, arrivalMs);
  }

  #retimed(what: Retimed): void {
    this.#deps.onRetimed?.(words(what));
    if (what.kind === 'step') return;
    // What the frames so far said of when they were taken was wrong.
    for (const group of this.#grouper.flush()) this.#takePart(group, this.#deps.mediaClock.now());
    this.#clock.forget();
    this.#originMs = Number.POSITIVE_INFINITY;
  }

  #takePart(group: FrameGroup, arrivalMs: number): void {
    if (this.#stream === undefined) return;
    const endMs = group.startMs + group.durationMs;
    const verdict = this.#clock.observe(endMs, Math.min(arrivalMs, this.#originMs + endMs));
    this.#originMs = Number.POSITIVE_INFINITY;
    this.#sequence += 1;
    const data = writePart(group, this.#stream, this.#sequence);
    this.#held.push({ group, data });
    this.#deps.onMedia({
      durationMs: group.durationMs,
      frames: group.frames.length,
      bytes: data.length,
      keyframe: group.independent,
      reordered: this.#reordered(group),
      newParameters: group.frames[0]?.newParameters === true,
    });
    if (verdict === 'settling' && this.#held.length < MAX_HELD_PARTS) return;
    if (verdict === 'stepped' && group.independent) this.#clock.restart();
    // Another rung may have done it: then this one goes on with its next keyframe.
    if (this.#clock.generation !== this.#generation) {
      this.#generation = this.#clock.generation;
      this.#epoch = undefined;
    }
    const ready = this.#held;
    this.#held = [];
    for (const part of ready) this.#append(part, arrivalMs);
  }

  /** One offset for all is a delay; different ones put frames in another order. */
  #reordered({ frames }: FrameGroup): boolean {
    let reordered = false;
    for (const { compositionMs } of frames) {
      reordered ||= Math.abs(compositionMs - (this.#compositionMs ?? compositionMs)) > ROUNDING_MS;
      this.#compositionMs = compositionMs;
    }
    return reordered;
  }

  #append({ group, data }: Part, arrivalMs: number): void {
    const { startMs, durationMs, independent } = group;
    const gapMs = startMs - (this.#expectedMs ?? startMs);
    // Viewers place a part by its PDT and by the length of the parts before it: both must agree.
    if (gapMs > MAX_GAP_MS) {
      this.#epoch = undefined;
      this.#deps.onGap?.(gapMs);
    }
    this.#expectedMs = startMs + durationMs;
    // Decoders wait for a keyframe after a discontinuity, so what comes before one is of no use.
    if (this.#init === undefined || (this.#epoch === undefined && !independent)) return;
    this.#epoch ??= this.#deps.nextEpoch();
    this.#deps.timeline.append({
      epoch: this.#epoch,
      initId: this.#init.id,
      durationMs,
      independent,
      pdtMs: (this.#clock.pdtMs(startMs) ?? arrivalMs - durationMs) - this.#deps.delayMs,
      mediaMs: startMs,
      startsSegment: independent,
      data,
    });
  }
}

function words(what: Retimed): string {
  if (what.kind === 'by-arrival')
    return `its time stamps ${RATES[what.fault]}: pictures are timed by their arrival`;
  const seconds = (Math.abs(what.byMs) / 1000).toFixed(1);
  return `its clock jumped ${seconds} s ${what.byMs < 0 ? 'back' : 'ahead'}: the pictures go on as they came`;
}
const RATES = { still: 'stand still', slow: 'run slow', fast: 'run fast' } as const;

/**
 * Whatever a reader throws at the bytes of a process is the end of that run, not of the relay: also a TypeError over
 * a box of a shape that nobody thought of. What is not about bytes (a viewer, a camera) is not meant.
 */
function parsing<T>(step: () => T): T {
  try {
    return step();
  } catch (error) {
    if (error instanceof BoxError || error instanceof RangeError) throw error;
    throw new BoxError(`a box cannot be read (${error instanceof Error ? error.message : String(error)})`, {
      cause: error,
    });
  }
}
