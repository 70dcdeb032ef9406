/**
 * Programme time ↔ media position of one tile. Exact: a segment lies where hls.js put the decode time of its first
 * picture, and each of its parts as far behind that as its own decode time is, so nothing is estimated or smoothed.
 * The PDT of media moves against their decode time as the relay learns more of a camera (PdtClock), so a segment has an
 * anchor wherever it did. Looked up by the playhead, never the newest one: with 3 s of buffer the newest belongs to
 * pictures not yet shown (design.md §7).
 */
import type { TimelineSegment } from '../../wire/timeline.ts';
import type { Located } from '../player/tile-port.ts';

/** From here on. */
interface Anchor {
  readonly fromSec: number;
  /** PDT minus position, in ms. */
  readonly offsetMs: number;
}

interface Piece {
  readonly msn: number;
  readonly epoch: number;
  fromSec: number;
  toSec: number;
  /** Parts that are in it. */
  parts: number;
  anchors: Anchor[];
}

/** The PDT of a part moves by less than this from rounding alone. */
const STEADY_MS = 0.05;
/** The end of a segment and the start of the next overlap by rounding. */
const ROUNDING_SEC = 0.01;
/** Longer than the back buffer with the shortest segments: what is older is trimmed, or belongs to a gap. */
const MAX_PIECES = 200;

export class PdtMap {
  /** In the order of the media. */
  #pieces: Piece[] = [];

  clear(): void {
    this.#pieces = [];
  }

  /**
   * Parts of this segment are buffered.
   * @param startSec position of the decode time of its first picture
   */
  observe(segment: TimelineSegment, startSec: number): void {
    const { msn, epoch, parts } = segment;
    const first = parts[0];
    if (first === undefined) return;
    let piece = this.#pieces.findLast((candidate) => candidate.msn === msn);
    if (piece === undefined || piece.fromSec !== startSec) {
      this.#pieces = this.#pieces.filter((other) => other.msn !== msn);
      piece = { msn, epoch, fromSec: startSec, toSec: startSec, parts: 0, anchors: [] };
      this.#pieces.push(piece);
      this.#pieces.sort((a, b) => a.msn - b.msn);
      if (this.#pieces.length > MAX_PIECES) this.#pieces.shift();
    }
    for (const part of parts.slice(piece.parts)) {
      const sinceMs =
        part.mediaMs === undefined || first.mediaMs === undefined
          ? part.offsetMs - first.offsetMs
          : part.mediaMs - first.mediaMs;
      const fromSec = startSec + sinceMs / 1000;
      const offsetMs = part.pdtMs - fromSec * 1000;
      const last = piece.anchors.at(-1);
      if (last === undefined || Math.abs(offsetMs - last.offsetMs) > STEADY_MS) {
        piece.anchors.push({ fromSec, offsetMs });
      }
      piece.toSec = fromSec + part.durationMs / 1000;
    }
    piece.parts = parts.length;
  }

  /** Programme time at a position, in ms since the Unix epoch. */
  programMs(positionSec: number): number | undefined {
    const begun = ({ fromSec }: { fromSec: number }): boolean => fromSec <= positionSec + ROUNDING_SEC;
    const piece = this.#pieces.findLast(begun) ?? this.#pieces[0];
    const anchor = piece?.anchors.findLast(begun) ?? piece?.anchors[0];
    return anchor === undefined ? undefined : anchor.offsetMs + positionSec * 1000;
  }

  locate(programMs: number): Located | undefined {
    const begun = ({ fromSec, offsetMs }: Anchor): boolean => programMs >= offsetMs + fromSec * 1000;
    // From the newest on: after a relay with an earlier clock the same time exists twice, and the newest is meant.
    const at = this.#pieces.findLastIndex(({ anchors: [first] }) => first !== undefined && begun(first));
    const piece = this.#pieces[Math.max(0, at)];
    const anchor = piece?.anchors.findLast(begun) ?? piece?.anchors[0];
    if (piece === undefined || anchor === undefined) return undefined;
    const positionSec = (programMs - anchor.offsetMs) / 1000;
    const next = at === -1 ? undefined : this.#pieces[at + 1];
    return next !== undefined && next.epoch !== piece.epoch && positionSec >= next.fromSec
      ? { positionSec: next.fromSec, inGap: true }
      : { positionSec, inGap: false };
  }

  /** Forgets segments that ended before the position, except the last one. */
  dropBefore(positionSec: number): void {
    while (this.#pieces.length > 1 && (this.#pieces[0]?.toSec ?? 0) < positionSec) this.#pieces.shift();
  }
}
