/**
 * What each encoder profile asks of x264, in x264's own terms; the backends write it down for their program. Pure.
 * No profile uses B-frames (they cost a frame of latency each, and WebRTC cannot show them), scene-cut keyframes or
 * open GOPs: keyframes come at fixed times, the same on all rungs.
 */
import type { EncodeConfig } from '../config/schema.ts';
import { type Preset, pixels, type Size } from '../source/sizes.ts';

export type Profile = EncodeConfig['profile'];

export interface X264Profile {
  /** Undefined: none. */
  readonly tune: 'zerolatency' | undefined;
  /** Set only where it should differ from what the tune brings. */
  readonly slicedThreads: true | undefined;
  /** Access unit delimiters. */
  readonly aud: boolean;
  /** Buffer of the rate control: a short one keeps keyframes from clogging a narrow link. */
  readonly vbvMs: number;
  /** Pictures that are held back to look ahead; undefined leaves it to the tune. */
  readonly lookaheadFrames: number | undefined;
  /** Frame threads, each of which holds back a picture; undefined leaves it to x264. */
  readonly threads: number | undefined;
  /** Pictures inside the encoder: by this much later they come out. */
  readonly delayFrames: number;
}

const LOOKAHEAD_FRAMES = 10;

/** `key-int-max` of the plan. */
const PLAN_GOP_FRAMES = 60;

/** @param size of the best rung */
export function x264Profile(profile: Profile, size: Size): X264Profile {
  switch (profile) {
    case 'low-latency':
      return { ...ZEROLATENCY, slicedThreads: undefined, aud: false, vbvMs: 400 };
    case 'plan':
      // tune=zerolatency bframes=0 sliced-threads=true aud=true; x264enc's own vbv-buf-capacity is 600 ms.
      return { ...ZEROLATENCY, slicedThreads: true, aud: true, vbvMs: 600 };
    case 'quality': {
      const threads = pixels(size) > 1920 * 1080 ? 4 : 2;
      return {
        tune: undefined,
        slicedThreads: undefined,
        aud: false,
        vbvMs: 1000,
        lookaheadFrames: LOOKAHEAD_FRAMES,
        threads,
        delayFrames: LOOKAHEAD_FRAMES + threads - 1,
      };
    }
  }
}

const ZEROLATENCY = {
  tune: 'zerolatency',
  lookaheadFrames: undefined,
  threads: undefined,
  delayFrames: 0,
} as const;

/** Distance of keyframes in ms: of time, not of frames, so that rungs of different rates have them together. */
export function gopMs({ profile, gopMs: configured, fps }: EncodeConfig): number {
  return profile === 'plan' ? (PLAN_GOP_FRAMES * 1000) / fps : configured;
}

/** Frames from one keyframe to the next. */
export const gopFrames = (ms: number, fps: number): number => Math.max(1, Math.round((ms * fps) / 1000));

/**
 * Where `preset: auto` starts. Low latency: many tiles matter more than the last bit of quality, superfast costs
 * about half of veryfast, and from 1440p up only ultrafast leaves a common CPU room for more than one camera.
 */
export function startPreset(profile: Profile, size: Size): Preset {
  const large = pixels(size) > 1920 * 1080;
  switch (profile) {
    case 'low-latency':
      return large ? 'ultrafast' : 'superfast';
    case 'plan':
      return 'medium';
    case 'quality':
      return large ? 'superfast' : 'veryfast';
  }
}
