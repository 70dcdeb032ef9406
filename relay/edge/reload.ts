/** The delivery directives of a playlist reload (RFC 8216bis §6.2.5). Pure. */
import { listedParts } from '../../src/wire/playlist.ts';
import type { Timeline, TimelineSegment } from '../../src/wire/timeline.ts';

export interface ReloadTarget {
  readonly msn: number;
  /** Counted as players count, who see a late picture's part as several. */
  readonly part: number | undefined;
}

export interface ReloadDirectives {
  /** What to wait for; undefined: nothing. */
  readonly target: ReloadTarget | undefined;
  /** A delta update is welcome. */
  readonly skip: boolean;
}

/** The directives in `query`, or a sentence about what is wrong with them. */
export function parseReload(query: URLSearchParams): ReloadDirectives | string {
  const msn = query.get('_HLS_msn');
  const part = query.get('_HLS_part');
  // `v2` also takes the dates that left, of which we have none (§6.2.5.1).
  const skip = ['YES', 'v2'].includes(query.get('_HLS_skip') ?? '');
  if (msn === null) return part === null ? { target: undefined, skip } : '_HLS_part needs _HLS_msn';
  const wrong = [msn, part ?? '0'].some((value) => !/^\d{1,15}$/.test(value));
  if (wrong) return '_HLS_msn and _HLS_part must be whole numbers';
  return { target: { msn: Number(msn), part: part === null ? undefined : Number(part) }, skip };
}

const partsOf = (timeline: Timeline, segment: TimelineSegment | undefined): number =>
  segment === undefined ? 0 : listedParts(segment, timeline.partTargetMs).length;

/**
 * What to wait for, or a sentence when that is further ahead than a client can know of: two segments behind the
 * last one listed, or three seconds of parts. A part behind the end of a finished segment means the first part of
 * the next one.
 */
export function reloadTarget(timeline: Timeline, { msn, part }: ReloadTarget): ReloadTarget | string {
  const segment = timeline.segment(msn);
  if (segment?.closed === true)
    return part !== undefined && part >= partsOf(timeline, segment)
      ? { msn: msn + 1, part: 0 }
      : { msn, part };
  const lastMsn = timeline.nextMsn - 1;
  if (msn > lastMsn + 2) return `_HLS_msn is too far ahead: the newest segment is ${lastMsn}`;
  const partTargetS = timeline.partTargetMs / 1000;
  const advanceParts = partTargetS < 1 ? Math.ceil(3 / partTargetS) : 3;
  const newestPart = partsOf(timeline, segment) - 1;
  if (part !== undefined && msn >= lastMsn && part > newestPart + advanceParts)
    return '_HLS_part is too far ahead of the newest part';
  return { msn, part };
}

/** True once the playlist has what was asked for, or more. */
export function isListed(timeline: Timeline, { msn, part }: ReloadTarget): boolean {
  if (timeline.reached(msn)) return true;
  const last = timeline.segments.at(-1);
  return part !== undefined && last?.msn === msn && part < partsOf(timeline, last);
}
