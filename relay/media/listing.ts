/**
 * What the playlists over HTTP tell of a rung's timeline, and how much of it has to be held for that. Pure: for players of
 * all makers, by RFC 8216bis.
 */
import { HISTORY_MS } from '../../src/wire/modes.ts';
import type { Listing } from '../../src/wire/playlist.ts';
import type { Timeline } from '../../src/wire/timeline.ts';

/** Players without parts begin three target durations from the end; one more is for the one that leaves meanwhile. */
const LIST_TARGETS = 4;
/** With segments of a second: long enough for delta updates, which leave out what is six target durations back. */
const LIST_MIN_MS = 7_000;
/** CAN-SKIP-UNTIL (§4.4.3.8). */
const SKIP_TARGETS = 6;

const listMsFor = (targetDurationMs: number): number =>
  Math.max(LIST_MIN_MS, LIST_TARGETS * targetDurationMs);

export function playerListing(timeline: Timeline): Listing {
  const { targetDurationMs, partTargetMs } = timeline;
  const listMs = listMsFor(targetDurationMs);
  const skips = listMs > SKIP_TARGETS * targetDurationMs;
  return { listMs, partTargetMs, skipUntilMs: skips ? SKIP_TARGETS * targetDurationMs : undefined };
}

/**
 * Media to hold, in ms. A segment stays for its own length and that of the longest playlist that named it after it has
 * left the list (§6.2.2): twice the list, whose oldest segment may begin a target duration before it.
 */
export const heldMsFor = (targetDurationMs: number): number =>
  Math.max(HISTORY_MS, 2 * listMsFor(targetDurationMs) + 2 * targetDurationMs);
