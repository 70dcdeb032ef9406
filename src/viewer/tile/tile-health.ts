/**
 * What a tile looks like to the person in front of it, as one class with a since-time and words. Pure: fed with
 * what the tile measures a few times a second. Recovery is left to recovery-ladder.ts.
 *
 * A picture is new when the decoder's frame counter moved; the playhead alone proves nothing (it may run on over
 * a stuck decoder, facts/player.md §4). While the page is hidden browsers pause the video, so nothing is judged.
 */
import { text } from '../../texts/text.ts';
import type { CameraStateName } from '../../wire/protocol.ts';
import type { LinkState } from '../push/media-link.ts';

export type TilePhase =
  | 'connecting'
  | 'playing'
  | 'buffering'
  /** The picture stands on purpose until the wall comes to it: the wall went to a larger latency. */
  | 'held'
  | 'decoder-stuck'
  | 'stale'
  | 'source-frozen'
  | 'hidden'
  | 'no-media';

export interface TileSigns {
  readonly nowMs: number;
  readonly hidden: boolean;
  /** Frames decoded so far. */
  readonly frames: number;
  readonly bufferAheadMs: number;
  /** Media that arrived and lies after the picture, buffered or not. */
  readonly unplayedMs: number;
  /** The sync controller keeps the picture on purpose until its time has come. */
  readonly holding: boolean;
  readonly link: LinkState;
  readonly linkReason: string;
  /** The longest time between two pictures of this rung lately, at most; 0 while unknown. */
  readonly pictureMs: number;
  /** Any part arrived since the tile exists. */
  readonly hasMedia: boolean;
  readonly camera: CameraStateName;
  readonly cameraReason: string;
}

export interface TileVerdict {
  readonly phase: TilePhase;
  /** Monotonic. */
  readonly sinceMs: number;
  readonly reason: string;
}

/** Slower than a camera of 5 pictures a second, and than a page that judges four times a second. */
const PICTURE_LATE_MS = 700;
/** What is fast enough for these thresholds; slower cameras and rungs of keyframes only get more time by what they are slower. */
const FAST_PICTURE_MS = 200;
/** By so many times: a picture may be left out, or late by half. */
const LATE_PICTURES = 1.5;
const STALE_PICTURES = 2;
/** A stale tile has to look stale within 3 s of its last picture; one judging period is kept in hand. */
const STALE_MS = 2500;
/** A tile whose first picture has not come by then says so instead of "connecting". */
const NO_MEDIA_MS = 4000;
const ENOUGH_BUFFER_MS = 300;
/** Arrived but never buffered: the player does not take it. At a slow link less than this is ever ahead. */
const ENOUGH_UNPLAYED_MS = 1000;
/** After the page was shown again the browser needs about this long to play (facts/player.md §4). */
const SHOWN_GRACE_MS = 2000;

export class TileHealth {
  #verdict: TileVerdict | undefined;
  #startMs: number | undefined;
  #frames = 0;
  #pictureMs: number | undefined;

  step(signs: TileSigns): TileVerdict {
    const { nowMs } = signs;
    this.#startMs ??= nowMs;
    if (signs.frames !== this.#frames) {
      this.#frames = signs.frames;
      this.#pictureMs = nowMs;
    } else if (this.#pictureMs !== undefined && (signs.hidden || this.#verdict?.phase === 'hidden')) {
      // Nothing can be said about the time in the dark: begin anew, with a grace for the first picture.
      this.#pictureMs = nowMs + SHOWN_GRACE_MS - staleMs(signs);
    } else if (this.#pictureMs !== undefined && signs.holding) {
      // The picture may be seconds old when the hold ends: that says nothing about what comes after it.
      this.#pictureMs = Math.max(this.#pictureMs, nowMs - lateMs(signs));
    }
    const { phase, reason } = this.#classify(signs, this.#startMs);
    const last = this.#verdict;
    const sinceMs = last?.phase === phase ? last.sinceMs : nowMs;
    if (last?.phase === phase && last.reason === reason) return last;
    this.#verdict = { phase, sinceMs, reason };
    return this.#verdict;
  }

  #classify(signs: TileSigns, startMs: number): { phase: TilePhase; reason: string } {
    const { nowMs } = signs;
    if (signs.hidden) return { phase: 'hidden', reason: text('healthHidden') };
    if (this.#pictureMs === undefined) return first(signs, nowMs - startMs);
    if (signs.camera === 'frozen') {
      return {
        phase: 'source-frozen',
        reason: orElse(signs.cameraReason, text('healthFrozenSource')),
      };
    }
    const ageMs = nowMs - this.#pictureMs;
    if (ageMs < lateMs(signs)) return { phase: 'playing', reason: '' };
    if (signs.holding) return HELD;
    const fed = signs.bufferAheadMs >= ENOUGH_BUFFER_MS || signs.unplayedMs >= ENOUGH_UNPLAYED_MS;
    if (fed) {
      return ageMs < 2 * lateMs(signs)
        ? { phase: 'playing', reason: '' }
        : { phase: 'decoder-stuck', reason: text('healthStuck') };
    }
    return { phase: ageMs >= staleMs(signs) ? 'stale' : 'buffering', reason: whyNoMedia(signs) };
  }
}

const slowerMs = ({ pictureMs }: TileSigns): number => Math.max(0, pictureMs - FAST_PICTURE_MS);
const lateMs = (signs: TileSigns): number => PICTURE_LATE_MS + LATE_PICTURES * slowerMs(signs);
const staleMs = (signs: TileSigns): number => STALE_MS + STALE_PICTURES * slowerMs(signs);

const HELD = { phase: 'held', reason: text('healthHeld') } as const;

function first(signs: TileSigns, ageMs: number): { phase: TilePhase; reason: string } {
  if (signs.holding) return HELD;
  if (ageMs < NO_MEDIA_MS + slowerMs(signs))
    return { phase: 'connecting', reason: orElse(signs.linkReason, text('healthFirst')) };
  if (signs.hasMedia) return { phase: 'decoder-stuck', reason: text('healthNoPicture') };
  return { phase: 'no-media', reason: whyNoMedia(signs) };
}

const CAMERA_IS = {
  starting: 'healthCameraStarting',
  degraded: 'healthCameraDegraded',
  frozen: 'healthCameraFrozen',
  offline: 'healthCameraOffline',
} as const;

/** The nearest cause that is known: the link, then what the relay says, then silence. */
function whyNoMedia(signs: TileSigns): string {
  if (signs.link !== 'open') return orElse(signs.linkReason, text('healthNoConnection'));
  if (signs.camera !== 'live') return orElse(signs.cameraReason, text(CAMERA_IS[signs.camera]));
  return text('healthNoMedia');
}

function orElse(text: string, otherwise: string): string {
  return text === '' ? otherwise : text;
}
