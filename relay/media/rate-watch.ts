/**
 * Whether a stream's time stamps run at the rate at which its frames come. Pure. Nobody can tell from a few frames: links
 * hold back and deliver at once. So it takes several pieces of half a second in a row that all say the same, none of them
 * with a stall in it; and a stream that runs fast must come further ahead of its arrival than it ever was, which what was
 * only held back never does.
 */

export type ClockFault =
  /** Every frame has about the time of the one before it. */
  'still' | 'slow' | 'fast';

const PIECE_MS = 500;
const PIECE_FRAMES = 8;
/** A stall that was not seen as one is in one of them. */
const ENOUGH_PIECES = 3;
/** Media time per time beyond which a clock does not count as right. */
const SLOW = 0.9;
const FAST = 1.1;
/** Beyond these it is nothing that a slow link explains for long. */
const MUCH_SLOWER = 0.5;
const MUCH_FASTER = 2;
/**
 * How long it has to last, in ms of arrival: where it is far off (at the start a camera may have seconds in store), and
 * else (a link that is too thin looks the same).
 */
const SURE_MS = { slow: 2_000, fast: 4_000 } as const;
const DOUBTFUL_MS = 10_000;
/** Media this much ahead of its earliest arrival was not only held back. */
const AHEAD_MS = 300;
/** No frame for this long: a stall, which says nothing of the clock. */
const STALL_MS = 1_000;
const RECENT = 9;
/** Frames by which their usual distance is known. */
const AVERAGE_OF = 30;
/** Frames that follow each other within this share of their arrival stand still. */
const STILL = 0.05;

interface Piece {
  readonly fromMs: number;
  readonly mediaMs: number;
  /** So far. */
  frames: number;
  /** Least arrival − media before it. */
  readonly leastMs: number;
}

/** Pieces in a row that say the same. */
interface Run {
  readonly fault: 'slow' | 'fast';
  /** The first of them. */
  readonly since: Piece;
  readonly pieces: number;
}

/** The run that goes on with this piece. */
const withPiece = (run: Run | undefined, fault: Run['fault'], piece: Piece): Run => ({
  fault,
  since: run?.fault === fault ? run.since : piece,
  pieces: (run?.fault === fault ? run.pieces : 0) + 1,
});

export class RateWatch {
  #piece: Piece | undefined;
  #lastMs: number | undefined;
  #mediaMs = 0;
  #run: Run | undefined;
  /** The end of that run of which every piece is far off: not the first, where the source had something in store. */
  #farRun: Run | undefined;
  /** Least arrival − media so far. */
  #leastMs = Number.POSITIVE_INFINITY;
  readonly #recent: { readonly durationMs: number; readonly gapMs: number }[] = [];
  #frameMs = 0;
  #gaps = 0;

  /** Usual distance of frames by their arrival, in ms. */
  get frameMs(): number {
    return this.#frameMs;
  }

  /** Takes a frame; tells what is wrong with the clock, once that is sure. */
  observe(durationMs: number, arrivalMs: number): ClockFault | undefined {
    const gapMs = this.arrived(arrivalMs);
    this.#mediaMs += durationMs;
    this.#leastMs = Math.min(this.#leastMs, arrivalMs - this.#mediaMs);
    this.#recent.push({ durationMs, gapMs });
    if (this.#recent.length > RECENT) this.#recent.shift();
    if (durationMs < STILL * this.#frameMs && this.#still()) return 'still';
    if (gapMs > STALL_MS + 2 * this.#frameMs) this.#begin(arrivalMs);
    else if (this.#piece === undefined) this.#begin(arrivalMs);
    else {
      const piece = this.#piece;
      piece.frames += 1;
      if (arrivalMs - piece.fromMs >= PIECE_MS && piece.frames >= PIECE_FRAMES) return this.#judge(arrivalMs);
    }
    return undefined;
  }

  /** Takes the arrival of a frame alone; returns how long it is after the one before it. */
  arrived(arrivalMs: number): number {
    const gapMs = arrivalMs - (this.#lastMs ?? arrivalMs);
    this.#lastMs = arrivalMs;
    // A stall is none of it, unless it is all there is.
    if (this.#gaps === 0 || gapMs <= STALL_MS + 2 * this.#frameMs) {
      this.#gaps = Math.min(AVERAGE_OF, this.#gaps + (gapMs > 0 || this.#gaps > 0 ? 1 : 0));
      if (this.#gaps > 0) this.#frameMs += (gapMs - this.#frameMs) / this.#gaps;
    }
    return gapMs;
  }

  #begin(arrivalMs: number): void {
    this.#piece = this.#pieceFrom(arrivalMs);
    this.#run = undefined;
    this.#farRun = undefined;
  }

  #pieceFrom(fromMs: number): Piece {
    return { fromMs, mediaMs: this.#mediaMs, frames: 0, leastMs: this.#leastMs };
  }

  #judge(arrivalMs: number): ClockFault | undefined {
    const piece = this.#piece;
    if (piece === undefined) return undefined;
    const rate = (this.#mediaMs - piece.mediaMs) / (arrivalMs - piece.fromMs);
    this.#piece = this.#pieceFrom(arrivalMs);
    const fault = rate < SLOW ? 'slow' : rate > FAST ? 'fast' : undefined;
    const far = rate < MUCH_SLOWER || rate > MUCH_FASTER;
    this.#run = fault && withPiece(this.#run, fault, piece);
    this.#farRun = fault && far ? withPiece(this.#farRun, fault, piece) : undefined;
    if (fault === undefined) return undefined;
    const sure = (run: Run | undefined, lastsMs: number): boolean =>
      run !== undefined &&
      run.pieces >= ENOUGH_PIECES &&
      arrivalMs - run.since.fromMs >= lastsMs &&
      (fault === 'slow' || arrivalMs - this.#mediaMs < run.since.leastMs - AHEAD_MS);
    return sure(this.#farRun, SURE_MS[fault]) || sure(this.#run, DOUBTFUL_MS) ? fault : undefined;
  }

  #still(): boolean {
    if (this.#recent.length < RECENT) return false;
    const gapMs = median(this.#recent.map((each) => each.gapMs));
    return gapMs > 0 && median(this.#recent.map(({ durationMs }) => durationMs)) < STILL * gapMs;
  }
}

const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1] ?? 0;
