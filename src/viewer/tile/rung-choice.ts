/**
 * Which rung a tile should play. Pure.
 *
 * No more picture than the tile shows, weighed against what it costs whom: a rung that the camera itself sends is
 * passed on and costs the relay's host nothing, one that the relay makes costs a decoder and an encoder for as long as
 * somebody watches it, and a picture larger than its tile costs the viewer's decoder. So
 *
 * 1. only what this browser plays, and pictures that move before keyframes only;
 * 2. of these the smallest that fills the tile, or the largest when none does;
 * 3. if the relay would have to make that one: rather a passed-on rung, up to {@link PASSED_ON_PIXELS} in a small tile, that plays
 *    smoothly and that the wall has room to decode; failing that one which is awake anyway and hardly larger.
 *
 * What did not come lately, or was too much to decode, is left out, unless nothing is left then but a picture far too large
 * for the tile (better one that stands for a while than 4K on a host that had no room for less), or keyframes only: half of
 * the pictures are better than one every two seconds.
 *
 * A relay that tells nothing of its rungs gets 2 alone. What plays counts as awake and is kept within margins, so that
 * nothing here flaps with measured rates or with what others watch.
 */
import type { Playability } from '../player/playability.ts';

/** A `Rung` of the protocol fits. */
export interface RungSize {
  readonly id: string;
  readonly height: number;
  readonly width?: number | undefined;
  readonly fps?: number | undefined;
  readonly bitrateKbps?: number | undefined;
  readonly codecs?: string | undefined;
  readonly asleep?: boolean | undefined;
  readonly origin?: 'camera' | 'transcode' | undefined;
  readonly pictures?: 'all' | 'keyframes' | undefined;
}

export interface RungSigns {
  /** Best first. */
  readonly rungs: readonly RungSize[];
  readonly shownHeightPx: number;
  /** The rung that plays, or is on its way. */
  readonly current: string | undefined;
  /** Those that did not come, or fell silent, a while ago. */
  readonly failed?: ReadonlySet<string> | undefined;
  /** Absent: everything plays. */
  readonly playable?: ((rung: RungSize) => Playability) | undefined;
  /** The wall has room to decode a passed-on rung that is larger than this tile needs (decode-room.ts). */
  readonly roomy?: boolean | undefined;
}

/** A rung this much smaller than the tile still looks sharp enough; video is soft by nature. */
const ENOUGH = 0.85;
/** The present rung stays until another one fits clearly better, so that a tile at the limit does not flap. */
const KEEP = 1.15;
/** Between two changes of rung: a window that is being resized passes many sizes. */
const HOLD_MS = 3_000;
/**
 * 1080p, as coded. Up to here decoding costs about what the relay would spend on decoding the same stream, before it had
 * scaled and encoded anything; 4K costs four times that in every viewer, for a tile of which it shows a ninth.
 */
const PASSED_ON_PIXELS = 1920 * 1088;
/**
 * A tile that was enlarged, or one of few on a large screen: a 4K stream is worth its decoding there. Enlarged in a window
 * 1280 wide it has 585 lines; one of four on a screen of 1080 lines has less than this.
 */
export const LARGE_TILE_PX = 540;
/** An awake rung is nearly as good as one that would have to be woken up to a third more lines: 720 for 540. */
const NEARLY = 1.34;
const NONE: ReadonlySet<string> = new Set();
const PLAYS: Playability = { supported: true, smooth: true, powerEfficient: false };

/** The rung to play; undefined when there is none, or none that this browser plays. */
export function chooseRung(signs: RungSigns): string | undefined {
  const { failed = NONE, rungs } = signs;
  const good = choose({ ...signs, rungs: rungs.filter(({ id }) => !failed.has(id)) });
  const poor = good === undefined || good.pictures === 'keyframes' || farTooLarge(signs, good);
  return (poor ? choose(signs) : good)?.id;
}

/** 4K in a small tile, which nobody decodes by hardware. */
export function farTooLarge({ shownHeightPx, playable }: RungSigns, rung: RungSize): boolean {
  const small = shownHeightPx > 0 && shownHeightPx < LARGE_TILE_PX;
  return small && pixels(rung) > PASSED_ON_PIXELS && !(playable?.(rung) ?? PLAYS).powerEfficient;
}

/** Whoever makes a smaller one of it decodes it as well: for the same computer that is no relief. */
export const costsAsMuchToMake = (rung: RungSize): boolean => pixels(rung) <= PASSED_ON_PIXELS;

/** The rung plays in place of a smaller one that the relay would make, and costs this computer several times its decoding. */
export function isInstead(signs: RungSigns, rung: RungSize): boolean {
  return pixels(rung) > PASSED_ON_PIXELS / 2 && decodeWish(signs).passedOn === rung.id;
}

function choose(signs: RungSigns): RungSize | undefined {
  const { shownHeightPx, current, roomy = true } = signs;
  const usable = usableRungs(signs);
  if (shownHeightPx <= 0) return usable.find(({ id }) => id === current) ?? usable[0];
  const fitting = fittingRung(usable, shownHeightPx, current);
  if (fitting === undefined || fitting.origin !== 'transcode') return fitting;
  const passedOn = passedOnInstead({ ...signs, rungs: usable }, fitting);
  if (passedOn !== undefined && roomy) return passedOn;
  const hardlyLarger = usable.filter(
    ({ origin, height }) =>
      origin === 'transcode' && height >= fitting.height && height <= fitting.height * NEARLY,
  );
  const playing = hardlyLarger.find(({ id }) => id === current);
  const awake = hardlyLarger.filter(({ asleep }) => asleep !== true);
  return playing ?? rising(awake)[0] ?? fitting;
}

/**
 * The passed-on rung that a tile would take in place of `fitting`, which the relay would have to make, if the wall has
 * room for it; undefined when there is none.
 */
function passedOnInstead(
  { rungs, playable, shownHeightPx }: RungSigns,
  fitting: RungSize,
): RungSize | undefined {
  const larger = rungs.filter((rung) => {
    const { smooth, powerEfficient } = playable?.(rung) ?? PLAYS;
    // Better 4K than one picture every few seconds, where it is decoded by hardware: two cores that decoded it beside two
    // streams of 1080p showed two pictures a second of all three.
    const instead = shownHeightPx >= LARGE_TILE_PX || (fitting.pictures === 'keyframes' && powerEfficient);
    return (
      rung.origin === 'camera' &&
      rung.height >= fitting.height &&
      rung.pictures !== 'keyframes' &&
      (pixels(rung) <= PASSED_ON_PIXELS || instead) &&
      smooth
    );
  });
  return rising(larger)[0];
}

/** Pictures that this browser plays, in pixels per second of decoding: what the tile needs at least, and what it would like. */
export interface DecodeWish {
  readonly leastPps: number;
  /** With a passed-on rung in place of one that the relay makes; the same as `leastPps` when there is none. */
  readonly passedOnPps: number;
  /** The passed-on one; undefined when there is none. */
  readonly passedOn: string | undefined;
  /** The browser says that it decodes it by hardware. */
  readonly powerEfficient: boolean;
}

export function decodeWish(signs: RungSigns): DecodeWish {
  const usable = usableRungs(signs);
  const fitting = fittingRung(usable, signs.shownHeightPx, signs.current);
  const passedOn =
    fitting?.origin === 'transcode' ? passedOnInstead({ ...signs, rungs: usable }, fitting) : undefined;
  const wished = passedOn ?? fitting;
  return {
    leastPps: pixelsPerSecond(fitting),
    passedOnPps: pixelsPerSecond(wished),
    passedOn: passedOn?.id,
    powerEfficient: wished !== undefined && (signs.playable?.(wished) ?? PLAYS).powerEfficient,
  };
}

/** What this browser plays: pictures that all move, or failing that what there is. */
function usableRungs({ rungs, playable }: RungSigns): readonly RungSize[] {
  const played = rungs.filter((rung) => (playable?.(rung) ?? PLAYS).supported);
  const moving = played.filter(({ pictures }) => pictures !== 'keyframes');
  const small = moving.filter((rung) => pixels(rung) <= PASSED_ON_PIXELS);
  // Nothing that moves but 4K: it is for the size of the tile to say whether keyframes will do.
  return small.length > 0 || moving.length === played.length ? moving : played;
}

function fittingRung(
  rungs: readonly RungSize[],
  shownHeightPx: number,
  current: string | undefined,
): RungSize | undefined {
  const sorted = rising(rungs);
  const enough = Math.min(shownHeightPx * ENOUGH, sorted.at(-1)?.height ?? 0);
  const wanted = sorted.find(({ height }) => height >= enough);
  const playing = rungs.find(({ id }) => id === current);
  if (wanted === undefined || playing === undefined) return wanted;
  const smaller = wanted.height < playing.height;
  return smaller && wanted.height < shownHeightPx * ENOUGH * KEEP ? playing : wanted;
}

/** Smallest first; of two of one size the one that nobody has to make, then the one that is awake. */
function rising(rungs: readonly RungSize[]): RungSize[] {
  const trouble = ({ origin, asleep }: RungSize): number =>
    (origin === 'transcode' ? 2 : 0) + (asleep === true ? 1 : 0);
  return rungs.toSorted((a, b) => a.height - b.height || trouble(a) - trouble(b));
}

function pixels({ width, height }: RungSize): number {
  return (width ?? (height * 16) / 9) * height;
}

/** What is asked for while the relay does not know the rate yet. */
const TYPICAL_FPS = 25;

function pixelsPerSecond(rung: RungSize | undefined): number {
  return rung === undefined ? 0 : pixels(rung) * (rung.fps || TYPICAL_FPS);
}

/** When a tile that plays changes its rung. */
export class RungPace {
  #changedMs = Number.NEGATIVE_INFINITY;

  /** The rung to go over to now; undefined to stay. `nowMs` is monotonic. */
  next(nowMs: number, signs: RungSigns): string | undefined {
    if (nowMs - this.#changedMs < HOLD_MS) return undefined;
    const wanted = chooseRung(signs);
    if (wanted === undefined || wanted === signs.current) return undefined;
    this.#changedMs = nowMs;
    return wanted;
  }
}
