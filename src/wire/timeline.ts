/**
 * One rung of one camera as a growing list of LL-HLS segments and parts. Pure: no I/O, no clock.
 *
 * The same class stands in three places: behind the HTTP playlists, behind the push socket and, mirrored, in
 * the viewer. It owns the numbering: the media sequence never goes back, and a new epoch (encoder restarted,
 * source changed, parts skipped) becomes a new segment that carries a DISCONTINUITY.
 * Rendering a playlist is left to playlist.ts, waiting for parts to whoever owns timers.
 */
import { PartTarget } from './part-target.ts';

/** Initialisation segment (ISO BMFF `ftyp` + `moov`) that the parts of an epoch decode with. */
export interface InitSegment {
  /** Unique within its camera and rung for the life of the relay; used in URIs, so `[a-z0-9-]+`. */
  readonly id: string;
  readonly bytes: Uint8Array;
  /** RFC 6381 codec string, as in `avc1.42c01e`. */
  readonly codecs: string;
  readonly width: number;
  readonly height: number;
}

/** What a Feed (or the push socket, in the viewer) hands to {@link Timeline.append}. */
export interface PartInput {
  /** Counts continuous runs of media; a higher number opens a new segment with a discontinuity. */
  readonly epoch: number;
  /** An init that was given to {@link Timeline.addInit} before. */
  readonly initId: string;
  readonly durationMs: number;
  /** True when the part starts with a sync sample, so that decoding may start here. */
  readonly independent: boolean;
  /** Program date time of the first frame: ms since the Unix epoch by the relay's media clock, fractions allowed. */
  readonly pdtMs: number;
  /**
   * Decode time of the first sample in the track's own time, as in its `tfdt`: ms, with fractions. Rungs that were made of
   * one stream have the same. Undefined only in the mirror of a relay that does not tell it.
   */
  readonly mediaMs?: number | undefined;
  /** True when this part opens a new segment. The first part of an epoch always does. */
  readonly startsSegment: boolean;
  /** Complete `moof` + `mdat`. */
  readonly data: Uint8Array;
}

export interface TimelinePart {
  readonly msn: number;
  /** Position in its segment, from 0. */
  readonly index: number;
  /** Position in its timeline since that began, from 0: known before it is known which segment the part goes to. */
  readonly serial: number;
  readonly durationMs: number;
  readonly independent: boolean;
  readonly pdtMs: number;
  /** See {@link PartInput.mediaMs}. */
  readonly mediaMs: number | undefined;
  /** How long all media before it lasts, in ms since the timeline began. */
  readonly offsetMs: number;
  readonly data: Uint8Array;
}

export interface TimelineSegment {
  /** Media sequence number (RFC 8216bis §4.4.3.2). */
  readonly msn: number;
  readonly epoch: number;
  readonly initId: string;
  /** True when EXT-X-DISCONTINUITY stands before this segment. */
  readonly discontinuity: boolean;
  readonly pdtMs: number;
  readonly durationMs: number;
  /** False while parts may still be added. */
  readonly closed: boolean;
  readonly parts: readonly TimelinePart[];
}

interface MutableSegment {
  msn: number;
  epoch: number;
  initId: string;
  discontinuity: boolean;
  pdtMs: number;
  durationMs: number;
  closed: boolean;
  parts: TimelinePart[];
  bytes: number;
  maxPartMs: number;
}

export interface TimelineOptions {
  /** Closed segments are dropped from the front while the rest still lasts this long. */
  readonly windowMs: number;
  /**
   * EXT-X-TARGETDURATION, in whole seconds, for good (RFC 8216bis §6.2.1): a segment that would round to more is cut at a
   * part, also in front of no keyframe. Undefined: the longest segment so far, which may grow.
   */
  readonly targetDurationMs?: number;
  /** Most bytes of media that are held, whatever time they last. Default {@link MAX_TIMELINE_BYTES}. */
  readonly maxBytes?: number;
  /** First media sequence number; the viewer's mirror starts where the relay's timeline is. Default 0. */
  readonly firstMsn?: number;
}

/** Called after a part was appended, with the segment it went into. */
export type PartListener = (part: TimelinePart, segment: TimelineSegment) => void;

/** Inside an epoch the PDT of consecutive parts may slew, but never step by more than this. */
export const MAX_PDT_STEP_MS = 250;

/**
 * Four times what the default window holds of a 4K stream of 30 Mbit/s. A stream whose media time stands still (each
 * picture one tick after the one before it) would else never leave the window.
 */
export const MAX_TIMELINE_BYTES = 64 * 1024 * 1024;

export class Timeline {
  readonly #windowMs: number;
  readonly #targetDurationMs: number | undefined;
  readonly #maxBytes: number;
  readonly #partTarget = new PartTarget();
  readonly #inits = new Map<string, InitSegment>();
  readonly #listeners = new Set<PartListener>();
  #segments: MutableSegment[] = [];
  /** Of all segments, oldest first. */
  #independent: TimelinePart[] = [];
  /** What a segment that follows no held one must not go back behind. */
  #lastEpoch: number | undefined;
  /** Media was forgotten: the next segment does not continue it. */
  #cleared = false;
  #endMs = 0;
  #nextMsn: number;
  #nextSerial = 0;
  #droppedDiscontinuities = 0;
  #maxPartMs = 0;
  #maxSegmentMs = 0;
  #bytes = 0;

  constructor(options: TimelineOptions) {
    this.#windowMs = options.windowMs;
    this.#targetDurationMs = options.targetDurationMs;
    this.#maxBytes = options.maxBytes ?? MAX_TIMELINE_BYTES;
    this.#nextMsn = options.firstMsn ?? 0;
  }

  /** All segments, oldest first; the last one may be open. */
  get segments(): readonly TimelineSegment[] {
    return this.#segments;
  }

  /** The segment that the next part would join, when one is open. */
  get open(): TimelineSegment | undefined {
    const last = this.#segments.at(-1);
    return last !== undefined && !last.closed ? last : undefined;
  }

  /** Number that the next new segment will get. */
  get nextMsn(): number {
    return this.#nextMsn;
  }

  /** {@link TimelinePart.serial} that the next part will get. */
  get nextSerial(): number {
    return this.#nextSerial;
  }

  /** EXT-X-DISCONTINUITY-SEQUENCE of the first listed segment (RFC 8216bis §4.4.3.3). */
  get discontinuitySequence(): number {
    return this.#droppedDiscontinuities;
  }

  /** Longest part that is held, in ms. 0 before the first part. */
  get maxPartMs(): number {
    return this.#maxPartMs;
  }

  /** PART-TARGET, in ms: how long parts are as a rule. Before the first segment is complete: the longest so far. */
  get partTargetMs(): number {
    return this.#partTarget.ms ?? this.#maxPartMs;
  }

  /** EXT-X-TARGETDURATION in ms, whole seconds (§4.4.3.1). */
  get targetDurationMs(): number {
    return this.#targetDurationMs ?? 1000 * Math.max(1, Math.round(this.#maxSegmentMs / 1000));
  }

  /** Bytes of media that are held. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Longest segment ever seen, the open one included. 0 before the first part. */
  get maxSegmentMs(): number {
    return this.#maxSegmentMs;
  }

  /** PDT of the end of the newest part, or undefined before the first part. */
  get edgePdtMs(): number | undefined {
    const last = this.#segments.at(-1)?.parts.at(-1);
    return last === undefined ? undefined : last.pdtMs + last.durationMs;
  }

  /** How long all media lasts that it was ever given, in ms: {@link TimelinePart.offsetMs} of the next part. */
  get endMs(): number {
    return this.#endMs;
  }

  /** Registers an init segment. Giving the same id twice replaces nothing. */
  addInit(init: InitSegment): void {
    if (!this.#inits.has(init.id)) this.#inits.set(init.id, init);
  }

  init(id: string): InitSegment | undefined {
    return this.#inits.get(id);
  }

  segment(msn: number): TimelineSegment | undefined {
    const first = this.#segments[0];
    return first === undefined ? undefined : this.#segments[msn - first.msn];
  }

  part(msn: number, index: number): TimelinePart | undefined {
    return this.segment(msn)?.parts[index];
  }

  partBySerial(serial: number): TimelinePart | undefined {
    for (const { parts } of this.#segments) {
      const first = parts[0];
      if (first !== undefined && serial < first.serial + parts.length) return parts[serial - first.serial];
    }
    return undefined;
  }

  /**
   * Adds a part, opening a new segment where the input or a new epoch asks for one.
   * @throws RangeError when the input breaks a rule of the timeline: unknown init, a duration that is not
   * positive, an epoch that goes back, or a PDT step above {@link MAX_PDT_STEP_MS} inside an epoch (the feed
   * must start a new epoch for that).
   */
  append(input: PartInput): TimelinePart {
    this.#validate(input);
    const last = this.#segments.at(-1);
    const newEpoch = last === undefined || input.epoch !== last.epoch || input.initId !== last.initId;
    const segment =
      newEpoch || last.closed || input.startsSegment || this.#tooMuchFor(last, input)
        ? this.#openSegment(input, this.#cleared || (newEpoch && last !== undefined))
        : last;
    const part: TimelinePart = {
      msn: segment.msn,
      index: segment.parts.length,
      serial: this.#nextSerial,
      durationMs: input.durationMs,
      independent: input.independent,
      pdtMs: input.pdtMs,
      mediaMs: input.mediaMs,
      offsetMs: this.#endMs,
      data: input.data,
    };
    this.#nextSerial += 1;
    this.#endMs += input.durationMs;
    segment.parts.push(part);
    if (part.independent) this.#independent.push(part);
    segment.durationMs += input.durationMs;
    segment.bytes += input.data.length;
    segment.maxPartMs = Math.max(segment.maxPartMs, input.durationMs);
    this.#bytes += input.data.length;
    this.#maxPartMs = Math.max(this.#maxPartMs, input.durationMs);
    this.#maxSegmentMs = Math.max(this.#maxSegmentMs, segment.durationMs);
    if (this.#bytes > this.#maxBytes) this.#trim();
    for (const listener of [...this.#listeners]) listener(part, segment);
    return part;
  }

  /** Closes the open segment, as when the source ended. The next part opens a new one. */
  closeSegment(): void {
    const last = this.#segments.at(-1);
    if (last === undefined || last.closed) return;
    this.#close(last);
    this.#trim();
  }

  /**
   * Forgets all media, as of a rung that nobody watches, and all inits but the newest. The numbers go on: the next part
   * opens a segment with a discontinuity.
   */
  clear(): void {
    this.closeSegment();
    if (this.#segments.length === 0) return;
    this.#cleared = true;
    this.#forget(this.#segments.length);
  }

  /** True once the segment (or, with `index`, the part) can be served, or has already left the window. */
  reached(msn: number, index?: number): boolean {
    const last = this.#segments.at(-1);
    if (msn < this.#nextMsn - (last === undefined ? 0 : 1)) return true;
    if (last === undefined || last.msn !== msn) return false;
    return last.closed || (index !== undefined && index < last.parts.length);
  }

  /** Calls `listener` after each appended part. */
  onPart(listener: PartListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * The newest independent part at or before `edge − behindMs` in media time, or the oldest independent part
   * when the window is shorter: where a viewer who wants that latency starts. Undefined without media.
   */
  startFor(behindMs: number): TimelinePart | undefined {
    const latestMs = this.#endMs - behindMs;
    let from = 0;
    let to = this.#independent.length;
    // Asked for each part that is pushed to a viewer, so not by going through them: `from` parts begin early enough.
    while (from < to) {
      const middle = (from + to) >> 1;
      if ((this.#independent[middle]?.offsetMs ?? 0) <= latestMs) from = middle + 1;
      else to = middle;
    }
    return this.#independent[Math.max(0, from - 1)];
  }

  #validate(input: PartInput): void {
    if (!this.#inits.has(input.initId))
      throw new RangeError(`part refers to init "${input.initId}", which was never added`);
    if (!(input.durationMs > 0 && Number.isFinite(input.durationMs)))
      throw new RangeError(`part duration must be above 0 ms, got ${input.durationMs}`);
    if (!Number.isFinite(input.pdtMs))
      throw new RangeError(`part PDT must be a number of ms, got ${input.pdtMs}`);
    if (input.epoch < (this.#lastEpoch ?? input.epoch))
      throw new RangeError(`epoch went back from ${this.#lastEpoch} to ${input.epoch}`);
    const last = this.#segments.at(-1);
    const previous = last?.parts.at(-1);
    if (previous === undefined || last?.epoch !== input.epoch) return;
    const step = input.pdtMs - (previous.pdtMs + previous.durationMs);
    if (Math.abs(step) > MAX_PDT_STEP_MS) {
      throw new RangeError(
        `PDT stepped by ${step.toFixed(1)} ms inside epoch ${input.epoch}; start a new epoch`,
      );
    }
  }

  #openSegment(input: PartInput, discontinuity: boolean): MutableSegment {
    const last = this.#segments.at(-1);
    if (last?.closed === false) this.#close(last);
    const segment: MutableSegment = {
      msn: this.#nextMsn,
      epoch: input.epoch,
      initId: input.initId,
      discontinuity,
      pdtMs: input.pdtMs,
      durationMs: 0,
      closed: false,
      parts: [],
      bytes: 0,
      maxPartMs: 0,
    };
    this.#nextMsn += 1;
    this.#lastEpoch = input.epoch;
    this.#cleared = false;
    this.#segments.push(segment);
    // Only now: the new segment may use an init again whose last user leaves the window.
    this.#trim();
    return segment;
  }

  #close(segment: MutableSegment): void {
    segment.closed = true;
    this.#partTarget.observe(segment.parts.map(({ durationMs }) => durationMs));
  }

  /** Whether the segment would round to more than the target duration, or is all that may be held. */
  #tooMuchFor({ bytes, durationMs }: MutableSegment, input: PartInput): boolean {
    const targetMs = this.#targetDurationMs ?? Number.POSITIVE_INFINITY;
    return durationMs + input.durationMs >= targetMs + 500 || bytes >= this.#maxBytes / 2;
  }

  #trim(): void {
    const first = this.#segments[0]?.parts[0];
    let keptMs = this.#endMs - (first?.offsetMs ?? this.#endMs);
    let keptBytes = this.#bytes;
    let drop = 0;
    for (const { durationMs, bytes } of this.#segments.slice(0, -1)) {
      if (keptMs - durationMs < this.#windowMs && keptBytes <= this.#maxBytes) break;
      keptMs -= durationMs;
      keptBytes -= bytes;
      drop += 1;
    }
    if (drop > 0) this.#forget(drop);
  }

  /** @param count segments from the front */
  #forget(count: number): void {
    let independent = 0;
    for (const segment of this.#segments.slice(0, count)) {
      this.#bytes -= segment.bytes;
      if (segment.discontinuity) this.#droppedDiscontinuities += 1;
      independent += segment.parts.filter((part) => part.independent).length;
    }
    this.#segments = this.#segments.slice(count);
    this.#independent = this.#independent.slice(independent);
    this.#maxPartMs = Math.max(0, ...this.#segments.map(({ maxPartMs }) => maxPartMs));
    const used = new Set(this.#segments.map((segment) => segment.initId));
    for (const id of this.#inits.keys()) {
      // The newest init may belong to parts that have not arrived yet.
      if (!used.has(id) && id !== [...this.#inits.keys()].at(-1)) this.#inits.delete(id);
    }
  }
}
