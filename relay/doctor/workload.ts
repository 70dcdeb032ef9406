/** Estimates what encoding the cameras costs, before anything runs. Pure. */
import type { CameraConfig } from '../config/schema.ts';
import { ASSUMED_SIZE, parseSize } from '../source/sizes.ts';
import { encodeCores } from '../transcode/cost.ts';
import { USABLE_SHARE } from '../transcode/host-budget.ts';
import { planLadder } from '../transcode/ladder.ts';
import { type Finding, ok, warn } from './finding.ts';

/** Cores that encoding one camera takes; `auto` counts as the cheapest preset, since it steps down to it. */
export function cameraCores({ source, encode }: CameraConfig): number {
  const size = 'size' in source ? source.size : undefined;
  const preset = encode.preset === 'auto' ? 'ultrafast' : encode.preset;
  const rungs = planLadder({
    encode,
    source: size === undefined ? ASSUMED_SIZE : parseSize(size),
    cap: undefined,
    // Rungs that `auto` adds are added only where there is room.
    spareCores: 0,
    noMoreThan: undefined,
    coresOf: (rung, fps) => encodeCores(rung, fps, preset),
  });
  return rungs.reduce((sum, { expected, fps }) => sum + encodeCores(expected, fps, preset), 0);
}

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
