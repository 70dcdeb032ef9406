/** The timeline of a camera's rung, with the promises that its playlists keep for good. */
import { Timeline } from '../../src/wire/timeline.ts';
import type { CameraConfig } from '../config/schema.ts';
import { heldMsFor } from '../media/listing.ts';
import { gopMs } from '../transcode/profiles.ts';

/** What cameras should be set to at most, and mostly are; a segment of one with fewer keyframes is cut at a part. */
const CAMERA_GOP_MS = 2_000;

/** TARGETDURATION is the distance of keyframes as configured or as a camera has it, in whole seconds. */
export function createRungTimeline({ source, encode }: CameraConfig): Timeline {
  const longestMs = Math.max(gopMs(encode), source.type === 'rtsp' ? CAMERA_GOP_MS : 0);
  const targetDurationMs = 1000 * Math.ceil(longestMs / 1000);
  return new Timeline({ windowMs: heldMsFor(targetDurationMs), targetDurationMs });
}
