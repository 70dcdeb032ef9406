/** Estimates what encoding the cameras costs, before anything runs. Pure. */

import { CostModel } from '../capacity/cost.ts';
import type { CameraConfig } from '../config/schema.ts';
import { planStreams } from '../ingest/stream-plan.ts';
import type { Preset, Size } from '../source/sizes.ts';
import { type Finding, ok, warn } from './finding.ts';

/** The rest is for the relay, the system, and what the estimates miss. */
const USABLE_SHARE = 0.8;

/**
 * Cores that a camera takes while nobody watches it: what its own streams do not give is made on demand, as far as there is
 * room. `auto` counts as the cheapest preset, since it steps down to it.
 */
export function cameraCores(camera: CameraConfig): number {
  const preset = camera.encode.preset === 'auto' ? 'ultrafast' : camera.encode.preset;
  return planStreams(camera)
    .filter(({ own, always }) => !own && always)
    .reduce((sum, { picture: { id, expected: size, fps } }) => sum + coresOf(id, size, fps, preset), 0);
}

/** What drawing or decoding takes is little beside encoding. */
const coresOf = (id: string, size: Size, fps: number, preset: Preset): number =>
  new CostModel().estimate({
    source: { codec: 'test', size, fps, gopMs: undefined },
    pictures: 'all',
    rungs: [{ id, size, fps, preset }],
  }).cores;

export function judgeWorkload(cameras: readonly CameraConfig[], cores: number): Finding {
  const costs = cameras.map((camera) => ({ id: camera.id, cores: cameraCores(camera) }));
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
