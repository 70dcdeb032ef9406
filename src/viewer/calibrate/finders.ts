/**
 * Finds the three-ringed squares of the target in a picture: along any line through the middle of one, dark and light
 * stand in the ratio 1:1:3:1:1, turned and in perspective as well.
 */
import type { Point } from './target.ts';

/** Brightness, row by row. */
export interface Gray {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

export interface Finder extends Point {
  /** Length of a module, in pixels. */
  readonly modulePx: number;
}

interface Cluster {
  x: number;
  y: number;
  modulePx: number;
  hits: number;
}

/** Below this, light and dark are noise. */
const MIN_CONTRAST = 4;
/** A module of less than this is lost in the sampling. */
const MIN_MODULE_PX = 1.7;
/** Squares by pure chance are hit by one line only. */
const MIN_HITS = 2;
const MAX_FINDERS = 12;

/**
 * At most twelve, the surest first.
 * @param surroundings what a pixel is compared with: this share of the picture's width, to each side
 */
export function findFinders(picture: Gray, surroundings: number): Finder[] {
  const dark = darkPixels(picture, Math.round(picture.width * surroundings));
  const clusters: Cluster[] = [];
  for (let y = 0; y < picture.height; y += 1) {
    scanRow(dark, picture.width, y, (middle) => {
      const found = confirm(dark, picture, middle, y);
      if (found !== undefined) join(clusters, found);
    });
  }
  return clusters
    .filter(({ hits }) => hits >= MIN_HITS)
    .sort((a, b) => b.hits - a.hits)
    .slice(0, MAX_FINDERS)
    .map(({ x, y, modulePx }) => ({ x, y, modulePx }));
}

/** 1 where a pixel, softened a little, is darker than its surroundings. */
function darkPixels({ width, height, data }: Gray, reach: number): Uint8Array {
  const sums = sumsOf({ width, height, data });
  const stride = width + 1;
  const dark = new Uint8Array(width * height);
  for (let y = 1; y < height - 1; y += 1) {
    const top = Math.max(0, y - reach);
    const bottom = Math.min(height, y + reach + 1);
    for (let x = 1; x < width - 1; x += 1) {
      const left = Math.max(0, x - reach);
      const right = Math.min(width, x + reach + 1);
      const around = boxSum(sums, stride, left, top, right, bottom) / ((right - left) * (bottom - top));
      const here = boxSum(sums, stride, x - 1, y - 1, x + 2, y + 2) / 9;
      if (here < around - MIN_CONTRAST) dark[y * width + x] = 1;
    }
  }
  return dark;
}

/** At (x, y): the sum of all pixels above and left of it; one row and one column more than the picture. */
function sumsOf({ width, height, data }: Gray): Uint32Array {
  const sums = new Uint32Array((width + 1) * (height + 1));
  for (let y = 0; y < height; y += 1) {
    let row = 0;
    for (let x = 0; x < width; x += 1) {
      row += data[y * width + x] ?? 0;
      sums[(y + 1) * (width + 1) + x + 1] = (sums[y * (width + 1) + x + 1] ?? 0) + row;
    }
  }
  return sums;
}

function boxSum(
  sums: Uint32Array,
  stride: number,
  left: number,
  top: number,
  right: number,
  bottom: number,
): number {
  const above = (sums[top * stride + right] ?? 0) - (sums[top * stride + left] ?? 0);
  return (sums[bottom * stride + right] ?? 0) - (sums[bottom * stride + left] ?? 0) - above;
}

/** Calls back with the middle of each dark, light, dark, light, dark in the right ratio. */
function scanRow(dark: Uint8Array, width: number, y: number, found: (middle: number) => void): void {
  const runs = [0, 0, 0, 0, 0];
  let value = 0;
  let run = 0;
  for (let x = 0; x <= width; x += 1) {
    const next = x === width ? -1 : (dark[y * width + x] ?? 0);
    if (next === value) {
      run += 1;
      continue;
    }
    runs.shift();
    runs.push(run);
    if (value === 1 && isFinder(runs)) {
      const [, , third = 0, fourth = 0, fifth = 0] = runs;
      found(x - fifth - fourth - third / 2);
    }
    value = next;
    run = 1;
  }
}

function isFinder(runs: readonly number[]): boolean {
  const modulePx = sum(runs) / 7;
  if (modulePx < MIN_MODULE_PX || runs.includes(0)) return false;
  return runs.every((run, n) => {
    const modules = n === 2 ? 3 : 1;
    return Math.abs(run - modules * modulePx) <= Math.max(1, modules * modulePx * 0.5);
  });
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);

/** The same ratio from top to bottom, and again from left to right through the middle of that. */
function confirm(dark: Uint8Array, { width, height }: Gray, x: number, y: number): Finder | undefined {
  const column = Math.floor(x);
  const down = through((at) => dark[at * width + column], height, y);
  if (down === undefined) return undefined;
  const row = Math.floor(down.middle);
  const across = through((at) => dark[row * width + at], width, column);
  if (across === undefined) return undefined;
  const ratio = across.modulePx / down.modulePx;
  if (ratio < 0.4 || ratio > 2.5) return undefined;
  return { x: across.middle, y: down.middle, modulePx: Math.sqrt(across.modulePx * down.modulePx) };
}

/** The line through `from`, which is in the dark middle. */
function through(
  pixel: (at: number) => number | undefined,
  length: number,
  from: number,
): { middle: number; modulePx: number } | undefined {
  const walk = (step: 1 | -1): number[] => {
    const runs: number[] = [];
    let at = from;
    for (const wanted of [1, 0, 1]) {
      let run = 0;
      while (at >= 0 && at < length && pixel(at) === wanted) {
        run += 1;
        at += step;
      }
      runs.push(run);
    }
    return runs;
  };
  const [back = 0, lightBack = 0, darkBack = 0] = walk(-1);
  const [ahead = 0, lightAhead = 0, darkAhead = 0] = walk(1);
  if (back === 0 || ahead === 0) return undefined;
  const runs = [darkBack, lightBack, back + ahead - 1, lightAhead, darkAhead];
  if (!isFinder(runs)) return undefined;
  return { middle: from + (ahead - back) / 2 + 0.5, modulePx: sum(runs) / 7 };
}

function join(clusters: Cluster[], { x, y, modulePx }: Finder): void {
  const near = clusters.find(
    (each) => Math.hypot(each.x - x, each.y - y) < 1.5 * Math.max(each.modulePx, modulePx),
  );
  if (near === undefined) {
    clusters.push({ x, y, modulePx, hits: 1 });
    return;
  }
  const mix = (old: number, fresh: number): number => (old * near.hits + fresh) / (near.hits + 1);
  Object.assign(near, {
    x: mix(near.x, x),
    y: mix(near.y, y),
    modulePx: mix(near.modulePx, modulePx),
    hits: near.hits + 1,
  });
}
