/** An encode job as the relay would make it of a configuration, without looking at the host. */

import { ASSUMED_SIZE, parseSize } from '../../relay/source/sizes.ts';
import type { EncodeJob } from '../../relay/transcode/backend.ts';
import { planLadder } from '../../relay/transcode/ladder.ts';
import { gopMs, x264Profile } from '../../relay/transcode/profiles.ts';
import { cameraConfig } from './camera-config.ts';

export function encodeJob(
  source: Record<string, unknown>,
  encode: Record<string, unknown> = {},
  job: Partial<EncodeJob> = {},
): EncodeJob {
  const camera = cameraConfig(source, encode);
  const size = camera.source.type === 'test' ? parseSize(camera.source.size) : undefined;
  const rungs = planLadder({
    encode: camera.encode,
    source: size,
    cap: undefined,
    spareCores: Number.POSITIVE_INFINITY,
    noMoreThan: undefined,
    coresOf: () => 0,
  });
  return {
    camera,
    rungs,
    gopMs: gopMs(camera.encode),
    preset: 'superfast',
    profile: x264Profile(camera.encode.profile, rungs[0]?.expected ?? ASSUMED_SIZE),
    copyBest: false,
    hardware: undefined,
    sink: {},
    text: true,
    ...job,
  };
}
