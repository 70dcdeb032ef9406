/**
 * What a transcoder's process is given to read: the source's header and its parts from the newest keyframe on, then each
 * part as it comes. Pure: it says what to write, and when only another process can go on.
 */
import type { Timeline, TimelinePart, TimelineSegment } from '../../src/wire/timeline.ts';
import { MAX_GAP_MS } from '../media/part-grouper.ts';

/** A part of the source that is to be written. */
export interface FedPart {
  readonly epoch: number;
  readonly mediaMs: number;
  readonly durationMs: number;
  readonly pdtMs: number;
  readonly independent: boolean;
  readonly data: Uint8Array;
}

interface Write {
  readonly kind: 'write';
  /** To be written first. */
  readonly init?: Uint8Array;
  readonly parts: readonly FedPart[];
}

export type FeedStep =
  | Write
  /** Left out. */
  | { readonly kind: 'skip' }
  /** The process cannot read what comes now; `reason` is half a sentence. */
  | { readonly kind: 'restart'; readonly reason: string };

const SKIP: FeedStep = { kind: 'skip' };

export class Feeder {
  readonly #source: Timeline;
  readonly #keyframesOnly: boolean;
  #initId: string | undefined;
  #init: Uint8Array | undefined;
  /** End of what was seen of the source, in its media time. */
  #endMs = 0;
  #waits = false;
  /** The part before brought a keyframe. */
  #afterKeyframe = false;

  /** @param keyframesOnly of each group of pictures only the first one, and the part behind it, which pushes it out */
  constructor(source: Timeline, keyframesOnly = false) {
    this.#source = source;
    this.#keyframesOnly = keyframesOnly;
  }

  /** It leaves out all parts up to the next keyframe. */
  get waits(): boolean {
    return this.#waits;
  }

  /** What to write first; undefined while the source has no keyframe. */
  begin(): Write | undefined {
    const start = this.#source.startFor(0);
    const segment = start && this.#source.segment(start.msn);
    const init = segment && this.#source.init(segment.initId);
    if (start === undefined || segment === undefined || init === undefined) return undefined;
    this.#initId = segment.initId;
    this.#init = init.bytes;
    // What it begins with is a group as far as it has come: more of that is of no use.
    this.#waits = this.#keyframesOnly;
    // Of later segments as well, which were cut without a keyframe.
    const segments = this.#source.segments.slice(start.msn - (this.#source.segments[0]?.msn ?? 0));
    const later = segments
      .flatMap(({ parts, epoch }) => parts.map((part) => ({ part, epoch })))
      .filter(({ part }) => part.serial >= start.serial);
    const parts = later.flatMap(({ part, epoch }) => fed(part, epoch) ?? []);
    const last = parts.at(-1);
    if (last === undefined) return undefined;
    this.#endMs = last.mediaMs + last.durationMs;
    this.#afterKeyframe = parts.length === 1;
    return { kind: 'write', init: init.bytes, parts };
  }

  /** Nothing more until a keyframe comes and there is room for it. */
  skip(): void {
    this.#waits = true;
  }

  /** @param room the process has read enough of what it was given to be given more */
  next(part: TimelinePart, segment: TimelineSegment, room: boolean): FeedStep {
    const given = fed(part, segment.epoch);
    if (given === undefined) return SKIP;
    const { independent } = part;
    const changed = this.#change(independent, given, segment);
    if (changed !== undefined) return changed;
    this.#endMs = given.mediaMs + given.durationMs;
    if (independent) this.#waits = !room && (this.#waits || this.#keyframesOnly);
    const wanted = !this.#keyframesOnly || independent || this.#afterKeyframe;
    this.#afterKeyframe = independent;
    if (this.#waits || !wanted) return SKIP;
    return { kind: 'write', parts: [given] };
  }

  #change(independent: boolean, { mediaMs }: FedPart, { initId }: TimelineSegment): FeedStep | undefined {
    if (initId !== this.#initId) {
      const init = this.#source.init(initId);
      if (!independent || init === undefined) return SKIP;
      if (!sameBytes(init.bytes, this.#init))
        return { kind: 'restart', reason: 'the source changed its picture' };
      this.#initId = initId;
    }
    if (mediaMs >= this.#endMs - MAX_GAP_MS) return undefined;
    return independent ? { kind: 'restart', reason: 'the source began anew' } : SKIP;
  }
}

/** Undefined where the part does not say its media time: only a mirror's does not. */
const fed = (part: TimelinePart, epoch: number): FedPart | undefined => {
  const { mediaMs, durationMs, pdtMs, independent, data } = part;
  return mediaMs === undefined ? undefined : { epoch, mediaMs, durationMs, pdtMs, independent, data };
};

export const sameBytes = (a: Uint8Array, b: Uint8Array | undefined): boolean =>
  a.length === b?.length && a.every((byte, n) => byte === b[n]);
