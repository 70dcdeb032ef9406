/** Picture sizes: parsing, and what follows from them for bit rate and effort. Pure. */
import type { PRESETS } from '../config/schema.ts';

export interface Size {
  readonly width: number;
  readonly height: number;
}

export type Preset = Exclude<(typeof PRESETS)[number], 'auto'>;

/** Reads a size as the configuration writes it, `640x360`. The schema has checked the form. */
export function parseSize(text: string): Size {
  const [width = 0, height = 0] = text.split('x').map(Number);
  return { width, height };
}

/** Even in both directions, as yuv420p needs. */
export function evenSize({ width, height }: Size): Size {
  return { width: even(width), height: even(height) };
}

const even = (length: number): number => Math.max(2, Math.floor(length / 2) * 2);
const nearestEven = (length: number): number => Math.max(2, Math.round(length / 2) * 2);

export const pixels = ({ width, height }: Size): number => width * height;

export const sizeText = ({ width, height }: Size): string => `${width}x${height}`;

/** Half as wide and half as high as `of`, or less: four of its pixels and more become one. */
export const atMostHalf = (size: Size, of: Size): boolean =>
  2 * size.width <= of.width && 2 * size.height <= of.height;

/** `size` made smaller, if need be, so that it has no more pixels than `box`; the aspect ratio stays. */
export function shrinkTo(size: Size, box: Size): Size {
  const factor = Math.min(1, Math.sqrt(pixels(box) / pixels(size)));
  if (factor === 1) return size;
  const width = nearestEven(size.width * factor);
  return { width, height: nearestEven((width * size.height) / size.width) };
}

/** Measured by eye on the ladder's rungs: enough for moving camera pictures at superfast and 30 fps. */
const BITRATES: readonly (readonly [pixels: number, kbps: number])[] = [
  [320 * 180, 300],
  [640 * 360, 600],
  [1280 * 720, 2000],
  [1920 * 1080, 4000],
  [2560 * 1440, 6500],
  [3840 * 2160, 12_000],
];

/** Rate of {@link BITRATES}. */
const TABLE_FPS = 30;
/** Half the pictures need more than half the bits: more changes from one to the next. */
const RATE_EXPONENT = 0.75;

/** Default bit rate in kbit/s of a picture that comes `fps` times a second. */
export function bitrateAt(size: Size, fps: number): number {
  return Math.round(defaultBitrateKbps(size) * Math.min(1, fps / TABLE_FPS) ** RATE_EXPONENT);
}

/** Default bit rate in kbit/s: between the table's rows in proportion to the pixels, beyond it the last row. */
export function defaultBitrateKbps(size: Size): number {
  const count = pixels(size);
  let [belowPixels, belowKbps] = [0, 100];
  for (const [rowPixels, rowKbps] of BITRATES) {
    if (count <= rowPixels) {
      const share = (count - belowPixels) / (rowPixels - belowPixels);
      return Math.round(belowKbps + share * (rowKbps - belowKbps));
    }
    [belowPixels, belowKbps] = [rowPixels, rowKbps];
  }
  return belowKbps;
}

/** Assumed where a source does not tell its size before it is opened. */
export const ASSUMED_SIZE: Size = { width: 1920, height: 1080 };
