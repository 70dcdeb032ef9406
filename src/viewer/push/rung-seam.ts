/**
 * The seam between two rungs of a camera, so that it is not seen: which parts of the old one are still shown, and with
 * which keyframe the new one begins. Pure; rung-links.ts owns the sockets.
 *
 * Two rungs come with two delays, and do not always share their keyframes: a transcoder is 50 to 90 ms behind what it is
 * fed with, and a camera has its main stream and its substream at their own pace. Parts of the later one would be shown
 * twice, parts between them would be missing. So whichever is ahead waits for the other, by no more than
 * {@link HOLD_MS}:
 *
 *   old ahead   it is handed on as far as the new one has come, hence ends where the new one's keyframe begins
 *   new ahead   it is kept from its keyframe on, until the old one has come there
 *
 * A new one that is further behind is still catching up, or is not there yet: the old one plays on undisturbed.
 *
 * Midway, the new one takes over wherever the tile has come to, as soon as it has come as far: what it has from its keyframe
 * up to there becomes a lead-in (lead-in.ts).
 */
import type { MediaHeader } from '../../wire/media-frames.ts';
import { leadIn, type PartFrame } from './lead-in.ts';

export interface Frame {
  readonly header: MediaHeader;
  readonly bytes: Uint8Array;
}

/** Above what separates two rungs of one camera; what is held has to be spare in the wall's latency anyway. */
const HOLD_MS = 250;
/** A keyframe that begins this long before what is shown already repeats a picture or two at most. */
const OVERLAP_MS = 40;
/** After a first one that came too late by less than this, a busy host makes them all late: better repeat that much than wait for ever. */
const LATE_OVERLAP_MS = 250;
/** Times of two streams agree to about this. */
const ROUNDING_MS = 5;

export interface SeamStep {
  /** Frames of the old rung to hand on now. */
  readonly old: readonly Frame[];
  /** Frames of the new one, its init segments first: from here on it plays. Undefined: not yet. */
  readonly begin: readonly Frame[] | undefined;
}

export class RungSeam {
  readonly #inits: Frame[] = [];
  /** Of the new rung, from the keyframe on with which it is to begin. */
  #coming: PartFrame[] = [];
  /** Of the new rung, from the keyframe on that the picture where the tile has come to is decoded from. */
  #leading: PartFrame[] = [];
  /** Of the old rung, not handed on yet. */
  #held: Frame[] = [];
  /** Up to where the new rung has come, and the old one, in ms of PDT. */
  #newEdgeMs = Number.NEGATIVE_INFINITY;
  #oldEdgeMs = Number.NEGATIVE_INFINITY;
  #overlapMs = OVERLAP_MS;
  readonly #midway: boolean;

  /** @param midway it need not begin with a keyframe */
  constructor(midway = false) {
    this.#midway = midway;
  }

  /** Any media of the new rung have come. */
  get alive(): boolean {
    return this.#newEdgeMs > Number.NEGATIVE_INFINITY;
  }

  /** A frame of the rung that plays. */
  addOld(frame: Frame, edgeMs: number | undefined): SeamStep {
    this.#held.push(frame);
    if (frame.header.kind === 'part') this.#oldEdgeMs = endMs(frame.header);
    return this.#settle(edgeMs);
  }

  /**
   * A frame of the rung that is to play.
   * @param edgeMs PDT of the end of what the tile has; undefined when the two cannot be compared: then it begins at once
   */
  addNew(frame: Frame, edgeMs: number | undefined): SeamStep {
    const { header, bytes } = frame;
    if (header.kind === 'init') {
      this.#inits.push(frame);
      return NOTHING;
    }
    this.#newEdgeMs = endMs(header);
    if (this.#midway && edgeMs !== undefined) {
      const begin = this.#lead({ header, bytes }, edgeMs);
      if (begin !== undefined) return { old: [], begin };
    }
    if (this.#coming.length > 0 || (header.independent && this.#begins(header.pdtMs, edgeMs))) {
      this.#coming.push({ header, bytes });
    }
    return this.#settle(edgeMs);
  }

  /** Up to where the old rung has come, in ms of PDT; -Infinity before its first part since this began. */
  get comeMs(): number {
    return this.#oldEdgeMs;
  }

  /** A keyframe is there to begin with, and waits for the old rung to come to it. */
  get pending(): boolean {
    return this.#coming.length > 0;
  }

  /** Init segments of the new rung. */
  get inits(): readonly Frame[] {
    return this.#inits;
  }

  /** The old rung is gone, or the wait for it is over: begins with what has come; undefined when that is nothing yet. */
  begin(): readonly Frame[] | undefined {
    return this.#coming.length === 0 ? undefined : [...this.#inits, ...this.#coming];
  }

  /** The new rung is not to play: what was held back. */
  giveUp(): readonly Frame[] {
    return this.#held.splice(0);
  }

  /** What it begins with where the tile has come to; undefined while it has not come so far. */
  #lead(part: PartFrame, edgeMs: number): readonly Frame[] | undefined {
    const { pdtMs, independent } = part.header;
    if (pdtMs > edgeMs && this.#leading.length === 0) return undefined;
    if (independent && pdtMs <= edgeMs) this.#leading = [];
    if (independent || this.#leading.length > 0) this.#leading.push(part);
    if (endMs(part.header) <= edgeMs) return undefined;
    const lead = leadIn(this.#leading, edgeMs);
    return lead === undefined ? undefined : [...this.#inits, lead];
  }

  #begins(pdtMs: number, edgeMs: number | undefined): boolean {
    const overlapMs = edgeMs === undefined ? 0 : edgeMs - pdtMs;
    const begins = overlapMs <= this.#overlapMs;
    if (overlapMs <= LATE_OVERLAP_MS) this.#overlapMs = LATE_OVERLAP_MS;
    return begins;
  }

  #settle(edgeMs: number | undefined): SeamStep {
    const [first] = this.#coming;
    if (first !== undefined && edgeMs === undefined) return { old: [], begin: this.begin() };
    const lagMs = this.#oldEdgeMs - this.#newEdgeMs;
    const limitMs = first?.header.pdtMs ?? (lagMs > HOLD_MS ? Number.POSITIVE_INFINITY : this.#newEdgeMs);
    const old: Frame[] = [];
    let handedMs = edgeMs ?? Number.NEGATIVE_INFINITY;
    for (let next = this.#held[0]; next !== undefined; next = this.#held[0]) {
      if (next.header.kind === 'part') {
        const { pdtMs, durationMs } = next.header;
        // At the keyframe it is the better half that counts, so that neither gap nor overlap is more than half a part.
        const reachMs = first === undefined ? pdtMs + durationMs : pdtMs + durationMs / 2;
        if (reachMs > limitMs + ROUNDING_MS) return { old, begin: this.begin() };
        handedMs = endMs(next.header);
      }
      this.#held.shift();
      old.push(next);
    }
    const reached = first !== undefined && handedMs >= first.header.pdtMs - ROUNDING_MS;
    return { old, begin: reached ? this.begin() : undefined };
  }
}

const NOTHING: SeamStep = { old: [], begin: undefined };

function endMs({ pdtMs, durationMs }: PartFrame['header']): number {
  return pdtMs + durationMs;
}
