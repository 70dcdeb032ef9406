/**
 * What a pull feed fetches next, and when a muxer must go. Pure: playlists in, decisions out. Fetching is
 * pull-feed.ts; what the bytes say about epochs and time is relay/media.
 */
import type { MediaPlaylist, PlaylistPart, PlaylistSegment } from './read-playlist.ts';

/** Where a part stands in one muxer's numbering. */
export interface Position {
  readonly msn: number;
  /** Position in its segment, from 0. */
  readonly index: number;
}

export interface ListedPart extends Position {
  readonly uri: string;
  /** Media time between the end of this part and the end of the newest listed one, in ms. */
  readonly behindMs: number;
}

export type PullStep =
  /** The list belongs to another muxer than the one that was followed: its numbers mean nothing any more. */
  | { readonly kind: 'other-muxer' }
  | {
      readonly kind: 'parts';
      /** Listed and not fetched yet, in order. */
      readonly parts: readonly ListedPart[];
    };

/**
 * Remembers how far one muxer was read; it outlives errors, so that a broken connection costs no part. Whether parts
 * left the list before they were fetched is not judged here: old segments no longer list how many they had. The media
 * itself tells ({@link FeedEvents.onGap}).
 */
export class PullCursor {
  #next: Position | undefined;
  #lastUri: string | undefined;

  /** Looks at a new list. Changes nothing: {@link delivered} does. */
  step(playlist: MediaPlaylist): PullStep {
    const listed = listedParts(playlist);
    const next = this.#next;
    if (next === undefined) return { kind: 'parts', parts: listed };
    if (this.#contradicts(playlist, listed, next)) return { kind: 'other-muxer' };
    return { kind: 'parts', parts: listed.filter((part) => !isBefore(part, next)) };
  }

  /** A part was fetched and passed on. */
  delivered(part: Position & { readonly uri: string }): void {
    this.#next = { msn: part.msn, index: part.index + 1 };
    this.#lastUri = part.uri;
  }

  /** The sequence went back, or the part that we fetched last has another name now. */
  #contradicts(playlist: MediaPlaylist, listed: readonly ListedPart[], next: Position): boolean {
    if (isBefore(nextPosition(playlist), next)) return true;
    const last = listed.find((part) => part.msn === next.msn && part.index === next.index - 1);
    return last !== undefined && last.uri !== this.#lastUri;
  }
}

/** The part that the preload hint names: a segment that gets no part any more is closed with its last one. */
export function nextPosition(playlist: MediaPlaylist): Position {
  return { msn: playlist.open.msn, index: playlist.open.parts.length };
}

function isBefore(a: Position, b: Position): boolean {
  return a.msn < b.msn || (a.msn === b.msn && a.index < b.index);
}

function listedParts(playlist: MediaPlaylist): ListedPart[] {
  const segments = [...playlist.segments.filter((segment) => !segment.gap), playlist.open];
  const all = segments.flatMap(({ msn, parts }) => parts.map((part, index) => ({ msn, index, ...part })));
  let behindMs = all.reduce((sum, part) => sum + part.durationMs, 0);
  const listed: ListedPart[] = [];
  for (const { msn, index, uri, durationMs, gap } of all) {
    behindMs -= durationMs;
    if (!gap) listed.push({ msn, index, uri, behindMs: Math.max(0, behindMs) });
  }
  return listed;
}

export interface PartLengths {
  /** Closed segments, oldest first. */
  readonly segments: readonly PlaylistSegment[];
  /** MediaMTX's `hlsPartDuration`. */
  readonly configuredPartMs: number;
  /** Time between two frames; undefined when nobody knows. */
  readonly frameMs: number | undefined;
}

export interface FrozenParts {
  /** What every segment reaches. */
  readonly partMs: number;
  /** The longest that setting and frame rate explain. */
  readonly expectedMs: number;
}

/** Segments that must agree: a single late frame makes one long part, a frozen part duration all of them. */
const AGREEING_SEGMENTS = 2;
/** How far above the explained length a part must be. */
const EXCESS = 1.5;

/**
 * Finds a muxer whose part duration froze too long. gohlslib raises the part duration until it suits every
 * distance between frames that the first segment had, and then keeps it for the muxer's life: one hiccup in the
 * first group of pictures costs latency until the publisher comes anew. Measured with 1.20.1, parts of 50 ms and
 * 30 fps: 1, 3 or 12 frames missing in the first second gave parts of 133, 233 or 767 ms instead of 67.
 * The served PART-TARGET cannot tell, since it is the longest of all listed parts, one long part included. A
 * regular part lasts at most the setting rounded up to whole frames.
 * @returns undefined when the parts are as they should be, or nothing can be said
 */
export function frozenParts({ segments, configuredPartMs, frameMs }: PartLengths): FrozenParts | undefined {
  if (frameMs === undefined) return undefined;
  const judged = segments.filter((segment) => segment.parts.length > 0).slice(-AGREEING_SEGMENTS);
  if (judged.length < AGREEING_SEGMENTS) return undefined;
  const partMs = Math.min(...judged.map(({ parts }) => longest(parts)));
  const expectedMs = configuredPartMs + frameMs;
  return partMs > expectedMs * EXCESS ? { partMs, expectedMs } : undefined;
}

const longest = (parts: readonly PlaylistPart[]): number =>
  parts.reduce((max, part) => Math.max(max, part.durationMs), 0);
