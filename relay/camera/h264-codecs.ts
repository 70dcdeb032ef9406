/** The codec string of H.264 that is not made yet, as the encoder will most likely write it. Pure. */
import type { Size } from '../source/sizes.ts';

/** ITU-T H.264 table A-1: macroblocks a second and a picture, and level_idc. */
const LEVELS: readonly (readonly [perSecond: number, perPicture: number, idc: number])[] = [
  [11_880, 396, 0x0d],
  [40_500, 1_620, 0x1e],
  [108_000, 3_600, 0x1f],
  [245_760, 8_192, 0x28],
  [522_240, 8_704, 0x2a],
  [983_040, 36_864, 0x33],
  [2_073_600, 36_864, 0x34],
];
const HIGHEST = 0x3e;

/** RFC 6381, for high profile. */
export function h264Codecs({ width, height }: Size, fps: number): string {
  const blocks = Math.ceil(width / 16) * Math.ceil(height / 16);
  const level = LEVELS.find(([perSecond, perPicture]) => blocks * fps <= perSecond && blocks <= perPicture);
  return `avc1.6400${(level?.[2] ?? HIGHEST).toString(16).padStart(2, '0')}`;
}
