/**
 * The feed of a rung: the output of one encoder after another becomes one Timeline. Each
 * process is a run of its own and a new epoch; so is a gap in its media time and a step of its clock. It never
 * throws on what an encoder writes: it reports a fault and ignores the rest of that run.
 */
import type { Clock } from '../../src/wire/ports.ts';
import type { InitSegment, Timeline } from '../../src/wire/timeline.ts';
import { BoxError, BoxSplitter } from './box-splitter.ts';
import { type Fmp4Fragment, type Fmp4Init, Fmp4Reader } from './fmp4.ts';
import { PdtClock } from './pdt-clock.ts';

/** Parts kept back while the clock settles; a source that bursts more than this is let through as it comes. */
const MAX_HELD_PARTS = 200;
/** Rounding of media times stays far below this; more is missing media. */
const MAX_GAP_MS = 20;
/**
 * A fragment this much longer than twice the usual one is no picture that is shown for so long, but a source that stood
 * still (its connection did): as media it would make every segment's promised length a lie.
 */
const STANDSTILL_MS = 1000;
/** An odd number of fragments, to know the usual one by. */
const USUAL_OF = 9;

export interface FeedEvents {
  /** A header arrived: size and codec of all that follows. */
  readonly onInit: (init: InitSegment) => void;
  /** A whole fragment arrived, also one that is still kept back. */
  readonly onMedia: (fragment: Fmp4Fragment) => void;
  /**
   * Media of this length is missing, by the times in the media, or nothing but one picture: a new epoch begins with the
   * next keyframe.
   */
  readonly onGap?: (gapMs: number) => void;
  /** The run cannot be read any further; `problem` is half a sentence. `bug`: our reader failed on it, not it alone. */
  readonly onFault: (problem: string, bug?: Error) => void;
}

export interface FeedDeps {
  readonly timeline: Timeline;
  /** Its time is what the PDT says; it never goes back. */
  readonly mediaClock: Clock;
}

export interface RunTiming {
  /** Shared by the rungs of one process, whose media times are the same: so are their PDTs then. */
  readonly clock?: PdtClock;
  /** The encoder keeps pictures back for this long, besides the time that it works on them. */
  readonly delayMs?: number;
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

class Run implements FeedRun {
  readonly #deps: RunDeps;
  readonly #splitter = new BoxSplitter();
  readonly #reader = new Fmp4Reader();
  readonly #clock: PdtClock;
  #generation = 0;
  #held: Fmp4Fragment[] = [];
  #init: InitSegment | undefined;
  #epoch: number | undefined;
  /** Lengths of the newest fragments, oldest first. */
  #lengths: number[] = [];
  /** Where the next fragment should start, in media time. */
  #expectedMs: number | undefined;
  #broken = false;

  constructor(deps: RunDeps) {
    this.#deps = deps;
    this.#clock = deps.clock;
    this.#generation = deps.clock.generation;
  }

  push(chunk: Uint8Array): void {
    if (this.#broken || !this.#deps.current()) return;
    const arrivalMs = this.#deps.mediaClock.now();
    try {
      for (const item of this.#read(chunk)) {
        if (item.kind === 'init') this.#takeInit(item);
        else this.#takeFragment(item, arrivalMs);
      }
    } catch (error) {
      // RangeError: the box reader ran over the end of a damaged box, or the timeline refused the part.
      if (!(error instanceof BoxError || error instanceof RangeError)) throw error;
      this.#broken = true;
      this.#deps.onFault(error.message, error.cause instanceof Error ? error.cause : undefined);
    }
  }

  *#read(chunk: Uint8Array): Generator<Fmp4Init | Fmp4Fragment> {
    for (const box of parsing(() => this.#splitter.push(chunk))) {
      const item = parsing(() => this.#reader.push(box));
      if (item !== undefined) yield item;
    }
  }

  #takeInit(item: Fmp4Init): void {
    this.#init = {
      id: this.#deps.nextInitId(),
      bytes: item.bytes,
      codecs: item.codecs,
      width: item.width,
      height: item.height,
    };
    this.#epoch = undefined;
    this.#deps.timeline.addInit(this.#init);
    this.#deps.onInit(this.#init);
  }

  #takeFragment(fragment: Fmp4Fragment, arrivalMs: number): void {
    const verdict = this.#clock.observe(fragment.startMs + fragment.durationMs, arrivalMs);
    this.#held.push(fragment);
    this.#deps.onMedia(fragment);
    if (verdict === 'settling' && this.#held.length < MAX_HELD_PARTS) return;
    if (verdict === 'stepped' && fragment.keyframe) this.#clock.restart();
    // Another rung may have done it: then this one goes on with its next keyframe.
    if (this.#clock.generation !== this.#generation) {
      this.#generation = this.#clock.generation;
      this.#epoch = undefined;
    }
    const ready = this.#held;
    this.#held = [];
    for (const part of ready) this.#append(part, arrivalMs);
  }

  #append(fragment: Fmp4Fragment, arrivalMs: number): void {
    const gapMs = fragment.startMs - (this.#expectedMs ?? fragment.startMs);
    if (gapMs < -MAX_GAP_MS) throw new BoxError(`media time went back by ${Math.round(-gapMs)} ms`);
    // Viewers place a part by its PDT and by the length of the parts before it: both must agree.
    if (gapMs > MAX_GAP_MS) {
      this.#epoch = undefined;
      this.#deps.onGap?.(gapMs);
    }
    this.#expectedMs = fragment.startMs + fragment.durationMs;
    if (this.#stoodStill(fragment.durationMs)) {
      this.#epoch = undefined;
      this.#deps.onGap?.(fragment.durationMs);
      return;
    }
    // Decoders wait for a keyframe after a discontinuity, so what comes before one is of no use.
    if (this.#init === undefined || (this.#epoch === undefined && !fragment.keyframe)) return;
    this.#epoch ??= this.#deps.nextEpoch();
    this.#deps.timeline.append({
      epoch: this.#epoch,
      initId: this.#init.id,
      durationMs: fragment.durationMs,
      independent: fragment.keyframe,
      pdtMs: (this.#clock.pdtMs(fragment.startMs) ?? arrivalMs - fragment.durationMs) - this.#deps.delayMs,
      mediaMs: fragment.startMs,
      startsSegment: fragment.keyframe,
      data: fragment.bytes,
    });
  }

  /** Against the fragments before it: a camera that sends a picture each 2 s does so on purpose. */
  #stoodStill(durationMs: number): boolean {
    const before = this.#lengths;
    this.#lengths = [...before, durationMs].slice(-USUAL_OF);
    const usualMs = before.toSorted((a, b) => a - b)[Math.floor(before.length / 2)];
    return usualMs !== undefined && durationMs > 2 * usualMs + STANDSTILL_MS;
  }
}

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
