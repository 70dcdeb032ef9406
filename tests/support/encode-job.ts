/** An encode job as the relay would make it of a configuration, without looking at the host. */

import { planStreams } from '../../relay/ingest/stream-plan.ts';
import type { EncodeJob } from '../../relay/transcode/backend.ts';
import { gopMs, x264Profile } from '../../relay/transcode/profiles.ts';
import { cameraConfig } from './camera-config.ts';

export function encodeJob(
  source: Record<string, unknown>,
  encode: Record<string, unknown> = {},
  job: Partial<EncodeJob> = {},
): EncodeJob {
  const camera = cameraConfig(source, encode);
  const [stream] = planStreams(camera);
  if (stream === undefined) throw new Error('a camera without streams');
  const rung = stream.picture;
  return {
    camera,
    rung,
    gopMs: gopMs(camera.encode),
    preset: 'superfast',
    profile: x264Profile(camera.encode.profile, rung.expected),
    pass: false,
    inOrder: false,
    hardware: undefined,
    publishUrl: undefined,
    text: true,
    ...job,
  };
}
