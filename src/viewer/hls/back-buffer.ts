/**
 * When and how far to trim what was played. hls.js's own eviction may land while a fragment is being appended
 * part by part; its tracker then drops that fragment and stalls of 0.5 to 1.7 s follow (facts/player.md, top).
 * So we trim right after the last part of a segment, when nothing is half appended.
 */
import { HISTORY_MS } from '../../wire/modes.ts';
import type { TimelineSegment } from '../../wire/timeline.ts';

/** Enough that every mode can be reached by a seek back. */
const KEEP_SEC = HISTORY_MS / 1000;

/**
 * True when this part ends its segment. While the segment is open that is a prediction from the one before
 * (cameras have a constant GOP); where it fails, the next segment brings another chance.
 */
export function endsSegment(
  segment: TimelineSegment,
  partIndex: number,
  previous: TimelineSegment | undefined,
): boolean {
  if (segment.closed) return partIndex === segment.parts.length - 1;
  const part = segment.parts[partIndex];
  if (previous === undefined || part === undefined) return false;
  const playedMs = part.pdtMs + part.durationMs - segment.pdtMs;
  return Math.abs(playedMs - previous.durationMs) < part.durationMs / 2;
}

/** Position up to which to flush, once twice the wanted length has piled up; undefined: leave it. */
export function trimEndSec(positionSec: number, bufferStartSec: number): number | undefined {
  return positionSec - bufferStartSec > 2 * KEEP_SEC ? positionSec - KEEP_SEC : undefined;
}
