/**
 * What a transcoder does, in the terms of pictures, and the ladder of doing less of it. Pure. Each row saves what it
 * costs people least: bits first, then smoothness, then size, then rungs; keyframes alone are the last.
 */
import { PRESETS } from '../config/schema.ts';
import { type Preset, pixels, type Size, shrinkTo, sizeText } from '../source/sizes.ts';

export interface SourcePictures {
  /** ffmpeg's name, as in `h264` or `hevc`. */
  readonly codec: string;
  readonly size: Size;
  readonly fps: number;
  /** Distance of keyframes in ms; undefined while unknown. */
  readonly gopMs: number | undefined;
}

export interface RungPictures {
  readonly id: string;
  readonly size: Size;
  readonly fps: number;
  /** Undefined: a hardware encoder makes it, which costs no CPU worth counting. */
  readonly preset: Preset | undefined;
}

/** One transcoder: decodes a stream once, and makes rungs of it. */
export interface Work {
  readonly source: SourcePictures;
  readonly pictures: 'all' | 'keyframes';
  /** At least one. */
  readonly rungs: readonly RungPictures[];
}

interface Reduction {
  readonly fastest?: true;
  readonly halfRate?: true;
  /** Share of the pixels. */
  readonly pixels?: number;
  readonly smallestOnly?: true;
  readonly keyframes?: true;
}

const FULL: Reduction = {};
const REDUCTIONS: readonly Reduction[] = [
  FULL,
  { fastest: true },
  { fastest: true, halfRate: true },
  { fastest: true, halfRate: true, pixels: 0.5 },
  { fastest: true, halfRate: true, pixels: 0.25 },
  { fastest: true, halfRate: true, pixels: 0.25, smallestOnly: true },
  { fastest: true, smallestOnly: true, keyframes: true },
];
/** Index of the last row, which decodes keyframes only. */
export const KEYFRAMES_LEVEL = REDUCTIONS.length - 1;
/** A rung that is slow already stays as it is: at less it is a row of stills. */
const MIN_FPS = 7.5;
/** No smaller than this, whatever it saves: at a tile's size it would be a blur. */
const MIN_SIZE: Size = { width: 320, height: 180 };
/** Keyframes this far apart are assumed while it is not known. */
const ASSUMED_GOP_MS = 2_000;

/** @param level 0: all that is asked for; to {@link KEYFRAMES_LEVEL} */
export function reduce(work: Work, level: number): Work {
  const row = REDUCTIONS[Math.min(level, KEYFRAMES_LEVEL)] ?? FULL;
  const rungs = row.smallestOnly === true ? smallest(work.rungs) : work.rungs;
  const pictures = row.keyframes === true ? 'keyframes' : work.pictures;
  return { ...work, pictures, rungs: rungs.map((rung) => reduceRung(rung, row, work.source)) };
}

function reduceRung(rung: RungPictures, row: Reduction, source: SourcePictures): RungPictures {
  const size = row.pixels === undefined ? rung.size : smaller(rung.size, row.pixels);
  const preset = row.fastest === true && rung.preset !== undefined ? FASTEST : rung.preset;
  if (row.keyframes === true) return { ...rung, size, preset, fps: Math.min(rung.fps, keyframeFps(source)) };
  const halved = row.halfRate === true && rung.fps / 2 >= MIN_FPS;
  return { ...rung, size, preset, fps: halved ? rung.fps / 2 : rung.fps };
}

function smaller(size: Size, share: number): Size {
  const count = Math.max(pixels(size) * share, pixels(MIN_SIZE));
  return shrinkTo(size, { width: count, height: 1 });
}

function smallest(rungs: readonly RungPictures[]): readonly RungPictures[] {
  return [...rungs].sort((a, b) => pixels(a.size) * a.fps - pixels(b.size) * b.fps).slice(0, 1);
}

/** PRESETS lists `auto`, then from fast to slow. */
const FASTEST: Preset = PRESETS[1];

export const keyframeFps = ({ gopMs }: SourcePictures): number => 1000 / (gopMs ?? ASSUMED_GOP_MS);

/** What is less than asked for, as a user notices it; empty when nothing is. */
export function lessWords(asked: Work, now: Work): string {
  if (now.pictures === 'keyframes') return asked.pictures === 'keyframes' ? '' : 'keyframes only';
  const gone = asked.rungs.filter(({ id }) => now.rungs.every((rung) => rung.id !== id));
  const changed = now.rungs.flatMap((rung) => {
    const before = asked.rungs.find(({ id }) => id === rung.id);
    if (before === undefined) return [];
    const sized = sizeText(rung.size) === sizeText(before.size) ? undefined : sizeText(rung.size);
    const slowed = rung.fps === before.fps ? undefined : `${rounded(rung.fps)} fps`;
    const less = [sized, slowed].filter((part) => part !== undefined);
    return less.length === 0 ? [] : [`${less.join(' at ')} instead of ${asPictures(before)}`];
  });
  return [...changed, ...(gone.length === 0 ? [] : [`without ${gone.map(({ id }) => id).join(', ')}`])].join(
    ', ',
  );
}

export const asPictures = ({ size, fps }: { readonly size: Size; readonly fps: number }): string =>
  `${sizeText(size)} at ${rounded(fps)} fps`;

const rounded = (fps: number): number => Math.round(fps * 10) / 10;
