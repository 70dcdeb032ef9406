/** Estimates what encoding the cameras costs, before anything runs. Pure. */
import type { CameraConfig } from '../config/schema.ts';
import { ASSUMED_SIZE, type Preset, parseSize } from '../encoder/sizes.ts';
import { type Finding, ok, warn } from './finding.ts';

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
/** The rest is for decoding, the relay and the system. */
const USABLE_SHARE = 0.8;

/** Cores that encoding one camera takes; `auto` counts as the cheapest preset, since it steps down to it. */
export function encodeCores({ source, encode }: CameraConfig): number {
  const size = encode.size ?? ('size' in source ? source.size : undefined);
  const { width, height } = size === undefined ? ASSUMED_SIZE : parseSize(size);
  const preset = encode.preset === 'auto' ? 'ultrafast' : encode.preset;
  return ((width * height * encode.fps) / 1e6) * CORES_PER_MEGAPIXEL[preset];
}

export function judgeWorkload(cameras: readonly CameraConfig[], cores: number): Finding {
  const costs = cameras.map((camera) => ({ id: camera.id, cores: encodeCores(camera) }));
  const total = costs.reduce((sum, cost) => sum + cost.cores, 0);
  const what = `encoding ${cameras.length === 1 ? '1 camera' : `${cameras.length} cameras`} takes about ${total.toFixed(1)} of ${cores} cores`;
  if (total <= cores * USABLE_SHARE) return ok('cameras', what);
  const largest = costs.reduce((most, cost) => (cost.cores > most.cores ? cost : most));
  return warn(
    'cameras',
    what,
    `Lower encode.size, encode.fps or encode.preset, first of camera "${largest.id}" (about ${largest.cores.toFixed(1)}), or spread the cameras over two hosts.`,
  );
}
