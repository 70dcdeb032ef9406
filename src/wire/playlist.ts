/** Renders a Timeline as LL-HLS playlists (RFC 8216bis). Pure; URIs are relative to the playlist's own. */
import type { Timeline, TimelinePart, TimelineSegment } from './timeline.ts';

/** Parts are listed for the open segment and this many closed ones (RFC 8216bis §4.4.4.9: at least 3 target durations). */
const SEGMENTS_WITH_PARTS = 3;

export interface MediaPlaylistOptions {
  /** Names of the resources; default as the relay serves them. */
  readonly uris?: PlaylistUris;
}

export interface PlaylistUris {
  init(id: string): string;
  /**
   * What is hinted must keep its name (RFC 8216bis §4.4.5.3), and whether the next part still joins the open segment
   * is not known until it is there: players that fetch hints need names by `serial`.
   */
  part(part: Pick<TimelinePart, 'msn' | 'index' | 'serial'>): string;
  segment(msn: number): string;
}

export const RELATIVE_URIS: PlaylistUris = {
  init: (id) => `init-${id}.mp4`,
  part: ({ serial }) => `part-${serial}.m4s`,
  segment: (msn) => `seg-${msn}.m4s`,
};

const seconds = (ms: number, digits = 5): string => (ms / 1000).toFixed(digits);

/** EXT-X-TARGETDURATION: whole seconds, rounded (§4.4.3.1). */
export const targetDurationMs = (timeline: Timeline): number =>
  1000 * Math.max(1, Math.round(timeline.maxSegmentMs / 1000));

/**
 * Live media playlist with parts, blocking reload and a preload hint.
 * PART-TARGET is the longest part held, PART-HOLD-BACK three of them (§4.4.3.8), TARGETDURATION the rounded
 * longest segment (§4.4.3.1). Call it only when the timeline has media.
 */
export function renderMediaPlaylist(timeline: Timeline, options: MediaPlaylistOptions = {}): string {
  const uris = options.uris ?? RELATIVE_URIS;
  const { segments } = timeline;
  const partTargetMs = timeline.maxPartMs;
  const lines = [
    '#EXTM3U',
    '#EXT-X-VERSION:9',
    `#EXT-X-TARGETDURATION:${targetDurationMs(timeline) / 1000}`,
    `#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=${seconds(partTargetMs * 3, 3)}`,
    `#EXT-X-PART-INF:PART-TARGET=${seconds(partTargetMs)}`,
    `#EXT-X-MEDIA-SEQUENCE:${segments[0]?.msn ?? timeline.nextMsn}`,
    `#EXT-X-DISCONTINUITY-SEQUENCE:${timeline.discontinuitySequence}`,
  ];
  const firstWithParts = segments.length - 1 - SEGMENTS_WITH_PARTS;
  let initId: string | undefined;
  segments.forEach((segment, position) => {
    if (segment.discontinuity) lines.push('#EXT-X-DISCONTINUITY');
    if (segment.initId !== initId) {
      initId = segment.initId;
      lines.push(`#EXT-X-MAP:URI="${uris.init(initId)}"`);
    }
    pushSegment(lines, segment, uris, position >= firstWithParts);
  });
  const { msn, parts } = timeline.open ?? { msn: timeline.nextMsn, parts: [] };
  const hint = uris.part({ msn, index: parts.length, serial: timeline.nextSerial });
  lines.push(`#EXT-X-PRELOAD-HINT:TYPE=PART,URI="${hint}"`);
  return `${lines.join('\n')}\n`;
}

function pushSegment(
  lines: string[],
  segment: TimelineSegment,
  uris: PlaylistUris,
  withParts: boolean,
): void {
  lines.push(`#EXT-X-PROGRAM-DATE-TIME:${new Date(segment.pdtMs).toISOString()}`);
  if (withParts) {
    for (const part of segment.parts) {
      const independent = part.independent ? ',INDEPENDENT=YES' : '';
      lines.push(`#EXT-X-PART:DURATION=${seconds(part.durationMs)},URI="${uris.part(part)}"${independent}`);
    }
  }
  if (segment.closed) lines.push(`#EXTINF:${seconds(segment.durationMs)},`, uris.segment(segment.msn));
}

export interface Variant {
  readonly uri: string;
  /** Peak, in bit/s. */
  readonly bandwidth: number;
  /** In bit/s. */
  readonly averageBandwidth?: number;
  readonly codecs: string;
  readonly width: number;
  readonly height: number;
  readonly fps?: number;
}

/**
 * Multivariant playlist over the rungs of one camera, best first. That there are no captions is said (§4.4.6.2), since
 * Shaka 5.2.12 else looks for them in several segments first, and fails when one of them is the open one.
 */
export function renderMultivariantPlaylist(variants: readonly Variant[]): string {
  const lines = ['#EXTM3U', '#EXT-X-VERSION:9', '#EXT-X-INDEPENDENT-SEGMENTS'];
  for (const variant of variants) {
    const rate = variant.fps === undefined ? '' : `,FRAME-RATE=${variant.fps.toFixed(3)}`;
    const average =
      variant.averageBandwidth === undefined
        ? ''
        : `,AVERAGE-BANDWIDTH=${Math.ceil(variant.averageBandwidth)}`;
    lines.push(
      `#EXT-X-STREAM-INF:BANDWIDTH=${Math.ceil(variant.bandwidth)}${average},CODECS="${variant.codecs}",RESOLUTION=${variant.width}x${variant.height}${rate},CLOSED-CAPTIONS=NONE`,
      variant.uri,
    );
  }
  return `${lines.join('\n')}\n`;
}
