/** Places in a timeline, as a push session moves through it. Pure. */
import type { Timeline, TimelinePart, TimelineSegment } from '../../src/wire/timeline.ts';

/** The part to send next; it need not exist yet. */
export interface Cursor {
  readonly msn: number;
  readonly index: number;
}

export interface Place {
  readonly segment: TimelineSegment;
  readonly part: TimelinePart;
}

/** The part at `cursor`, or the first one of the next segment when `cursor` stands behind a closed one. */
export function partAt(timeline: Timeline, cursor: Cursor): Place | undefined {
  const segment = timeline.segment(cursor.msn);
  if (segment === undefined) return undefined;
  const part = segment.parts[cursor.index];
  if (part !== undefined) return { segment, part };
  return segment.closed ? partAt(timeline, { msn: cursor.msn + 1, index: 0 }) : undefined;
}

/** Media from `cursor` to the newest part, both included, in ms. */
export function mediaFrom(timeline: Timeline, cursor: Cursor): number {
  const first = isLost(timeline, cursor) ? timeline.segments[0]?.parts[0] : partAt(timeline, cursor)?.part;
  return first === undefined ? 0 : timeline.endMs - first.offsetMs;
}

/** Where a viewer that wants to be `behindMs` behind can start, when that is later than what comes next at `cursor`. */
export function laterStart(timeline: Timeline, cursor: Cursor, behindMs: number): Cursor | undefined {
  const start = timeline.startFor(behindMs);
  const next = partAt(timeline, cursor)?.part ?? cursor;
  if (start === undefined || start.msn < next.msn) return undefined;
  return start.msn > next.msn || start.index > next.index ? start : undefined;
}

/** Whether the part at `cursor` has left the window. */
export function isLost(timeline: Timeline, cursor: Cursor): boolean {
  const first = timeline.segments[0];
  return first !== undefined && cursor.msn < first.msn;
}
