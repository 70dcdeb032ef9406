/**
 * What one player has been told of the mirror, and the playlist that tells it. The playlist lists whole segments only,
 * the one that still grows among them, at the length that is announced for it: hls.js opens that segment once, and its
 * parts are streamed into the open request (loaders.ts). So there is one playlist for each segment, not for each part.
 */
import type { Cancel } from '../../wire/ports.ts';
import type { Timeline, TimelineSegment } from '../../wire/timeline.ts';

/** Never resolved: hls.js only needs an absolute address to put its directives into. */
export const BASE = 'https://mirror.invalid/';
export const PLAYLIST_URL = `${BASE}index.m3u8`;

/** A segment that grows is announced with this at least: players seek only into what is announced. */
const ANNOUNCED_MS = 1000;

export class MirrorFeed {
  readonly timeline: Timeline;
  readonly #startBehindMs: () => number;
  /** Segments before this one are older than what the player began with. */
  #firstMsn: number | undefined;
  #listedMsn = Number.NEGATIVE_INFINITY;
  readonly #readers = new Set<() => void>();

  /** @param startBehindMs how far behind the newest media the player is to begin */
  constructor(timeline: Timeline, startBehindMs: () => number) {
    this.timeline = timeline;
    this.#startBehindMs = startBehindMs;
  }

  /** Newest segment of which the player knows. */
  get listedMsn(): number {
    return this.#listedMsn;
  }

  /** Calls `read` whenever there may be more to read. */
  onMore(read: () => void): Cancel {
    this.#readers.add(read);
    const unlisten = this.timeline.onPart(read);
    return () => {
      this.#readers.delete(read);
      unlisten();
    };
  }

  /** True once the playlist can list this segment, or any at all. */
  has(msn = Number.NEGATIVE_INFINITY): boolean {
    const newest = this.timeline.segments.at(-1);
    return newest !== undefined && newest.msn >= msn;
  }

  /** Hands the playlist of what there is to `give`. */
  tell(give: (playlist: string) => void): void {
    const { timeline } = this;
    // hls.js begins with the first segment that it is told of.
    this.#firstMsn ??= timeline.startFor(this.#startBehindMs())?.msn ?? 0;
    const first = this.#firstMsn;
    const listed = timeline.segments.filter(({ msn }) => msn >= first);
    this.#listedMsn = listed.at(-1)?.msn ?? this.#listedMsn;
    give(render(timeline, listed));
    // The end of a segment waits until the player knows what comes after it.
    for (const read of [...this.#readers]) read();
  }
}

function render(timeline: Timeline, listed: readonly TimelineSegment[]): string {
  const announcedMs = Math.max(ANNOUNCED_MS, timeline.maxSegmentMs);
  const from = listed[0]?.msn ?? timeline.nextMsn;
  const before = timeline.segments.filter(({ msn, discontinuity }) => msn < from && discontinuity).length;
  const lines = [
    '#EXTM3U',
    '#EXT-X-VERSION:9',
    `#EXT-X-TARGETDURATION:${Math.ceil(announcedMs / 1000)}`,
    '#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES',
    `#EXT-X-MEDIA-SEQUENCE:${from}`,
    `#EXT-X-DISCONTINUITY-SEQUENCE:${timeline.discontinuitySequence + before}`,
  ];
  let initId: string | undefined;
  for (const { msn, discontinuity, closed, durationMs, initId: init } of listed) {
    if (discontinuity) lines.push('#EXT-X-DISCONTINUITY');
    if (init !== initId) lines.push(`#EXT-X-MAP:URI="i${init}"`);
    initId = init;
    lines.push(`#EXTINF:${((closed ? durationMs : announcedMs) / 1000).toFixed(5)},`, `s${msn}`);
  }
  return `${lines.join('\n')}\n`;
}
