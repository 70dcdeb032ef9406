/** What cameras of a house send, as clips: a main stream of 4K or 1080p, and the small one that most cameras send beside it. */
import type { ClipSpec } from './clips.ts';

/** Alike for all: keyframes 2 s apart as most cameras come, and the noise of a sensor in daylight. */
const HOUSE = { keyframeSeconds: 2, seconds: 30, noise: 12 } as const;

const MAIN_4K = { ...HOUSE, width: 3840, height: 2160, fps: 25 } as const;

export const CAMERA_CLIPS = {
  '4k-h264': { ...MAIN_4K, codec: 'h264', bitrateKbps: 14_000 },
  // Shorter, since x265 takes minutes for it; the others' length is a multiple.
  '4k-hevc': { ...MAIN_4K, codec: 'hevc', bitrateKbps: 12_000, seconds: 10 },
  '1080p': { ...HOUSE, codec: 'h264', width: 1920, height: 1080, fps: 25, bitrateKbps: 4_000 },
  /** So slow that a small host decodes many of them. */
  '1080p-slow': { ...HOUSE, codec: 'h264', width: 1920, height: 1080, fps: 5, bitrateKbps: 1_000 },
  /** One camera with three streams: what can be chosen on a thin link. */
  '720p': { ...HOUSE, codec: 'h264', width: 1280, height: 720, fps: 30, bitrateKbps: 2_000 },
  '360p': { ...HOUSE, codec: 'h264', width: 640, height: 360, fps: 30, bitrateKbps: 600 },
  '180p': { ...HOUSE, codec: 'h264', width: 320, height: 180, fps: 15, bitrateKbps: 100 },
  sub: { ...HOUSE, codec: 'h264', width: 640, height: 360, fps: 15, bitrateKbps: 500 },
} as const satisfies Readonly<Record<string, ClipSpec>>;
