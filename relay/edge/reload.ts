/** The delivery directives of a blocking playlist reload (RFC 8216bis §6.2.5.2). Pure. */
import type { Timeline } from '../../src/wire/timeline.ts';

export interface ReloadDirectives {
  readonly msn: number;
  readonly part: number | undefined;
}

/** The directives in `query`, undefined when there are none, or a sentence about what is wrong with them. */
export function parseReload(query: URLSearchParams): ReloadDirectives | string | undefined {
  const msn = query.get('_HLS_msn');
  const part = query.get('_HLS_part');
  if (msn === null) return part === null ? undefined : '_HLS_part needs _HLS_msn';
  const wrong = [msn, part ?? '0'].some((value) => !/^\d{1,15}$/.test(value));
  if (wrong) return '_HLS_msn and _HLS_part must be whole numbers';
  return { msn: Number(msn), part: part === null ? undefined : Number(part) };
}

/**
 * What to wait for, or a sentence when that is further ahead than a client can know of: two segments behind the
 * last one listed, or three seconds of parts. A part behind the end of a finished segment means the first part of
 * the next one.
 */
export function reloadTarget(timeline: Timeline, { msn, part }: ReloadDirectives): ReloadDirectives | string {
  const segment = timeline.segment(msn);
  if (segment?.closed === true)
    return part !== undefined && part >= segment.parts.length ? { msn: msn + 1, part: 0 } : { msn, part };
  const lastMsn = timeline.nextMsn - 1;
  if (msn > lastMsn + 2) return `_HLS_msn is too far ahead: the newest segment is ${lastMsn}`;
  const partTargetS = timeline.maxPartMs / 1000;
  const advanceParts = partTargetS < 1 ? Math.ceil(3 / partTargetS) : 3;
  const newestPart = (segment?.parts.length ?? 0) - 1;
  if (part !== undefined && msn >= lastMsn && part > newestPart + advanceParts)
    return '_HLS_part is too far ahead of the newest part';
  return { msn, part };
}
