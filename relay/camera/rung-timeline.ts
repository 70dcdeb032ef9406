/** The timeline of a camera's rung, with the promises that its playlists keep for good. */
import { Timeline } from '../../src/wire/timeline.ts';
import type { CameraConfig } from '../config/schema.ts';
import { heldMsFor } from '../media/listing.ts';
import { copyExcluded, MAX_COPY_GOP_MS } from '../source/copy-policy.ts';
import { gopMs } from '../transcode/profiles.ts';

/**
 * TARGETDURATION is the distance of keyframes as configured, in whole seconds, and where the camera's own stream may be
 * passed on at least the longest that is taken from a camera.
 */
export function createRungTimeline(config: CameraConfig): Timeline {
  const longestMs = Math.max(gopMs(config.encode), copyExcluded(config) === undefined ? MAX_COPY_GOP_MS : 0);
  const targetDurationMs = 1000 * Math.ceil(longestMs / 1000);
  return new Timeline({ windowMs: heldMsFor(targetDurationMs), targetDurationMs });
}
