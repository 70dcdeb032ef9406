/**
 * Programme time ↔ media position of one tile, learned from what was buffered. Piecewise: one offset per epoch
 * with the position where it starts, looked up by the playhead and never the newest one (with 3 s of buffer the
 * newest belongs to pictures not yet shown; design.md §7). Level details are no source for it: the start of a
 * live fragment is an estimate until it was parsed (up to 125 ms wrong, facts/player.md).
 */
import type { Located } from '../player/tile-port.ts';

interface Piece {
  readonly epoch: number;
  fromSec: number;
  toSec: number;
  /** PDT minus position, in ms. */
  offsetMs: number;
  samples: number;
}

/** A larger change is a real step (a provisional first value, a re-anchored source), not jitter. */
const STEP_MS = 100;
/** Share of a new sample once the first few were averaged: parts come 15 a second, so about 0.7 s. */
const GAIN = 0.1;
const MAX_PIECES = 40;

export interface PdtSample {
  /** The mirror's epoch that the media belongs to. */
  readonly epoch: number;
  readonly startSec: number;
  readonly endSec: number;
  /** PDT of the first frame. */
  readonly pdtMs: number;
}

export class PdtMap {
  #pieces: Piece[] = [];

  clear(): void {
    this.#pieces = [];
  }

  observe(sample: PdtSample): void {
    const offsetMs = sample.pdtMs - sample.startSec * 1000;
    const piece = this.#pieces.find((candidate) => candidate.epoch === sample.epoch);
    if (piece === undefined) {
      const { epoch, startSec: fromSec, endSec: toSec } = sample;
      this.#pieces.push({ epoch, fromSec, toSec, offsetMs, samples: 1 });
      this.#pieces.sort((a, b) => a.fromSec - b.fromSec);
      if (this.#pieces.length > MAX_PIECES) this.#pieces.shift();
      return;
    }
    piece.fromSec = Math.min(piece.fromSec, sample.startSec);
    piece.toSec = Math.max(piece.toSec, sample.endSec);
    piece.samples += 1;
    const change = offsetMs - piece.offsetMs;
    piece.offsetMs += Math.abs(change) > STEP_MS ? change : change * Math.max(GAIN, 1 / piece.samples);
  }

  /** Programme time at a position, in ms since the Unix epoch. */
  programMs(positionSec: number): number | undefined {
    let found = this.#pieces[0];
    for (const piece of this.#pieces) {
      // The end of an epoch and the start of the next overlap by rounding.
      if (piece.fromSec <= positionSec + 0.01) found = piece;
    }
    return found === undefined ? undefined : found.offsetMs + positionSec * 1000;
  }

  locate(programMs: number): Located | undefined {
    const first = this.#pieces[0];
    if (first === undefined) return undefined;
    // From the newest on: after a relay with an earlier clock the same time exists twice, and the newest is meant.
    const begun = this.#pieces.findLastIndex((piece) => programMs >= piece.offsetMs + piece.fromSec * 1000);
    const positionSec = (programMs - (this.#pieces[begun] ?? first).offsetMs) / 1000;
    const next = begun === -1 ? undefined : this.#pieces[begun + 1];
    return next !== undefined && positionSec >= next.fromSec
      ? { positionSec: next.fromSec, inGap: true }
      : { positionSec, inGap: false };
  }

  /** Forgets epochs that ended before the position, except the last one. */
  dropBefore(positionSec: number): void {
    while (this.#pieces.length > 1 && (this.#pieces[0]?.toSec ?? 0) < positionSec) this.#pieces.shift();
  }
}
