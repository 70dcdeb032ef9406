/** What a rung really takes on the wire, from the segments that are listed (RFC 8216bis §4.4.6.2). Pure. */
import type { TimelineSegment } from '../../src/wire/timeline.ts';

export interface Bandwidth {
  /** Peak segment bit rate, in bit/s. */
  readonly peak: number;
  /** Average segment bit rate, in bit/s. */
  readonly average: number;
}

/**
 * The peak is that of any run of segments between a half and one and a half target durations long (§4.1), so that
 * a stump before a restart, which is little but a keyframe, does not count alone.
 * @returns undefined without a complete segment
 */
export function measuredBandwidth(
  segments: readonly TimelineSegment[],
  targetMs: number,
): Bandwidth | undefined {
  const closed = segments
    .filter((segment) => segment.closed)
    .map(({ parts, durationMs }) => ({
      durationMs,
      bits: parts.reduce((sum, { data }) => sum + data.length, 0) * 8,
    }));
  const all = { durationMs: 0, bits: 0 };
  let peak = 0;
  closed.forEach((first, from) => {
    all.durationMs += first.durationMs;
    all.bits += first.bits;
    let durationMs = 0;
    let bits = 0;
    for (const segment of closed.slice(from)) {
      durationMs += segment.durationMs;
      bits += segment.bits;
      if (durationMs > 1.5 * targetMs) break;
      if (durationMs >= 0.5 * targetMs) peak = Math.max(peak, (bits * 1000) / durationMs);
    }
  });
  if (all.durationMs === 0) return undefined;
  const average = (all.bits * 1000) / all.durationMs;
  return { peak: Math.max(peak, average), average };
}
