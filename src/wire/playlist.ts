/** Renders a Timeline as LL-HLS playlists (RFC 8216bis). Pure; URIs are relative to the playlist's own. */
import type { Timeline, TimelinePart, TimelineSegment } from './timeline.ts';

/** What of a timeline a playlist tells, and how. */
export interface Listing {
  /** Segments are listed from the oldest one on behind which there is less media than this. */
  readonly listMs: number;
  /** EXT-X-PART-INF:PART-TARGET: a longer part is told as one of this length and gaps for the rest. */
  readonly partTargetMs: number;
  /** CAN-SKIP-UNTIL (RFC 8216bis §4.4.3.8): a delta update leaves out what is further from the end. Undefined: never. */
  readonly skipUntilMs?: number | undefined;
}

/** All of it, as it is: for the viewer's own player, which takes any part. */
const wholeListing = (timeline: Timeline): Listing => ({
  listMs: Number.POSITIVE_INFINITY,
  partTargetMs: timeline.maxPartMs,
});

/** Where another rung of the same camera is, for players that switch to it (§4.4.5.4). */
export interface RenditionReport {
  readonly uri: string;
  readonly lastMsn: number;
  readonly lastPart: number;
}

export interface MediaPlaylistOptions {
  /** Names of the resources; default as the relay serves them. */
  readonly uris?: PlaylistUris;
  /** Default: all segments, with the parts as they are. */
  readonly listing?: Listing;
  /** A delta update (§6.2.5.1), where the listing allows one and it would leave anything out. */
  readonly skip?: boolean;
  readonly reports?: readonly RenditionReport[];
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

/** Parts are told up to this many target durations from the end (§4.4.4.9). */
const PARTS_TARGETS = 3;

const seconds = (ms: number, digits = 5): string => (ms / 1000).toFixed(digits);

/** A part as it is listed: the media themselves, or a stretch of time without any (GAP=YES). */
export interface ListedPart {
  readonly part: TimelinePart;
  readonly durationMs: number;
  readonly gap: boolean;
}

/** Durations are written with five digits. */
const WRITTEN_MS = 0.005;
/** Where nothing is. Players do not ask for it. */
const GAP_URI = 'gap.m4s';

/**
 * The parts of a segment as players count them. A picture that came late makes a part longer than any may be (§4.4.3.7):
 * its media are told to last as long as they may, and the time until the next picture is told as gaps.
 */
export function listedParts(segment: TimelineSegment, partTargetMs: number): ListedPart[] {
  return segment.parts.flatMap((part) => {
    const listed: ListedPart[] = [];
    let leftMs = part.durationMs;
    while (leftMs > WRITTEN_MS || listed.length === 0) {
      const fits = leftMs <= partTargetMs + WRITTEN_MS;
      const durationMs = fits ? leftMs : partTargetMs;
      listed.push({ part, durationMs, gap: listed.length > 0 });
      leftMs -= durationMs;
    }
    return listed;
  });
}

/** The segments that are listed, oldest first, each with the media behind it. */
export function listedSegments(
  timeline: Timeline,
  { listMs }: Pick<Listing, 'listMs'>,
): { readonly segment: TimelineSegment; readonly behindMs: number }[] {
  const listed: { segment: TimelineSegment; behindMs: number }[] = [];
  let behindMs = 0;
  for (const segment of timeline.segments.toReversed()) {
    if (behindMs >= listMs) break;
    listed.push({ segment, behindMs });
    behindMs += segment.durationMs;
  }
  return listed.reverse();
}

/**
 * Live media playlist with parts, blocking reload and a preload hint. PART-HOLD-BACK is three PART-TARGETs (§4.4.3.8).
 * Parts are listed up to three target durations from the end (§4.4.4.9). Call it only when the timeline has media.
 */
export function renderMediaPlaylist(timeline: Timeline, options: MediaPlaylistOptions = {}): string {
  const { uris = RELATIVE_URIS, listing = wholeListing(timeline), skip = false, reports = [] } = options;
  const { partTargetMs, skipUntilMs } = listing;
  const { targetDurationMs } = timeline;
  const listed = listedSegments(timeline, listing);
  const firstMsn = listed[0]?.segment.msn ?? timeline.nextMsn;
  const unlisted = timeline.segments.filter(({ msn, discontinuity }) => msn < firstMsn && discontinuity);
  const canSkip = skipUntilMs === undefined ? '' : `,CAN-SKIP-UNTIL=${seconds(skipUntilMs, 3)}`;
  const lines = [
    '#EXTM3U',
    '#EXT-X-VERSION:9',
    `#EXT-X-TARGETDURATION:${targetDurationMs / 1000}`,
    `#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=${seconds(partTargetMs * 3, 3)}${canSkip}`,
    `#EXT-X-PART-INF:PART-TARGET=${seconds(partTargetMs)}`,
    `#EXT-X-MEDIA-SEQUENCE:${firstMsn}`,
    `#EXT-X-DISCONTINUITY-SEQUENCE:${timeline.discontinuitySequence + unlisted.length}`,
  ];
  const skipBehindMs = skip && skipUntilMs !== undefined ? skipUntilMs : Number.POSITIVE_INFINITY;
  const told = listed.filter(({ behindMs }) => behindMs <= skipBehindMs);
  if (told.length < listed.length) lines.push(`#EXT-X-SKIP:SKIPPED-SEGMENTS=${listed.length - told.length}`);
  let initId: string | undefined;
  for (const { segment, behindMs } of told) {
    if (segment.discontinuity) lines.push('#EXT-X-DISCONTINUITY');
    if (segment.initId !== initId) {
      initId = segment.initId;
      lines.push(`#EXT-X-MAP:URI="${uris.init(initId)}"`);
    }
    const parts = behindMs <= PARTS_TARGETS * targetDurationMs ? listedParts(segment, partTargetMs) : [];
    pushSegment(lines, segment, parts, uris);
  }
  const { msn, parts } = timeline.open ?? { msn: timeline.nextMsn, parts: [] };
  const hint = uris.part({ msn, index: parts.length, serial: timeline.nextSerial });
  lines.push(`#EXT-X-PRELOAD-HINT:TYPE=PART,URI="${hint}"`);
  for (const { uri, lastMsn, lastPart } of reports)
    lines.push(`#EXT-X-RENDITION-REPORT:URI="${uri}",LAST-MSN=${lastMsn},LAST-PART=${lastPart}`);
  return `${lines.join('\n')}\n`;
}

function pushSegment(
  lines: string[],
  segment: TimelineSegment,
  parts: readonly ListedPart[],
  uris: PlaylistUris,
): void {
  lines.push(`#EXT-X-PROGRAM-DATE-TIME:${new Date(segment.pdtMs).toISOString()}`);
  for (const { part, durationMs, gap } of parts) {
    const duration = seconds(durationMs);
    const independent = part.independent ? ',INDEPENDENT=YES' : '';
    lines.push(
      gap
        ? `#EXT-X-PART:DURATION=${duration},URI="${GAP_URI}",GAP=YES`
        : `#EXT-X-PART:DURATION=${duration},URI="${uris.part(part)}"${independent}`,
    );
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
