/**
 * What encoding and decoding cost, before anything runs: cores as a function of size, rate and preset. Pure.
 * How fast this very host is against the table, self-test.ts measures.
 */
import type { SourceConfig } from '../config/schema.ts';
import { type Preset, pixels, type Size } from '../source/sizes.ts';

/**
 * Cores for one million pixels per second, x264 with zerolatency: measured at 1080p30 and 2160p30 on a noisy
 * synthetic clip, single short runs. Good enough to tell one core from four.
 */
const CORES_PER_MEGAPIXEL: Readonly<Record<Preset, number>> = {
  ultrafast: 0.0039,
  superfast: 0.0063,
  veryfast: 0.0087,
  faster: 0.0162,
  fast: 0.0286,
  medium: 0.0355,
};
/** Decoding H.264: 0.106 cores at 1080p30, 0.267 at 2160p30. */
const DECODE_PER_MEGAPIXEL = 0.0017;
/** Drawing the test picture, of which most is drawn once: 0.018 cores at 1080p30, 0.09 at 2160p30. */
const DRAW_PER_MEGAPIXEL = 0.0004;

/**
 * Making a picture smaller, by its pixels before: 0.05 cores from 1080p30, 0.2 from 2160p30 in an encoder's process,
 * where it competes for memory; alone it is a quarter of that. Taken for less, a host with three large cameras got
 * more rungs than it had cores for.
 */
const SCALE_PER_MEGAPIXEL = 0.0008;

const megapixelRate = (size: Size, fps: number): number => (pixels(size) * fps) / 1e6;

/** Cores that one rung takes. */
export function encodeCores(size: Size, fps: number, preset: Preset): number {
  return megapixelRate(size, fps) * CORES_PER_MEGAPIXEL[preset];
}

/** Cores that it takes to have the raw picture of a source. */
export function sourceCores(type: SourceConfig['type'], size: Size, fps: number): number {
  return megapixelRate(size, fps) * (type === 'test' ? DRAW_PER_MEGAPIXEL : DECODE_PER_MEGAPIXEL);
}

/** Cores that it takes to have a rung's pictures from those of a larger one. */
export function scaleCores(from: Size, fps: number): number {
  return megapixelRate(from, fps) * SCALE_PER_MEGAPIXEL;
}
