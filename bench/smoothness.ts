/** How smooth a tile was, from the times of its pictures. Pure. */
import type { FrameTimes } from '../rig/frame-times.ts';

export interface Smoothness {
  /** Times longer than {@link GAP_MS} without a new picture, one that is still open at the end included. */
  readonly gaps: number;
  readonly longestGapMs: number;
  /** Sum of these gaps. */
  readonly gapMs: number;
  /** Shown in the time measured. */
  readonly framesPerSecond: number;
  /** Jumps ahead in the media of more than {@link GAP_MS} from one picture to the next: what was never seen. */
  readonly skips: number;
}

/** What people see as a freeze. */
const GAP_MS = 200;
const NO_FRAMES: FrameTimes = { atMs: [], shown: [], mediaMs: [] };

/**
 * @param frames of one tile; none when it never had a picture
 * @param beganMs pictures are expected from here …
 * @param endedMs … until here
 */
export function smoothness(frames: FrameTimes | undefined, beganMs: number, endedMs: number): Smoothness {
  const { atMs, shown, mediaMs } = frames ?? NO_FRAMES;
  const gaps: number[] = [];
  let lastMs = beganMs;
  let total = 0;
  let skips = 0;
  for (const [index, at] of atMs.entries()) {
    if (at < beganMs || at > endedMs) continue;
    const since = shown[index] ?? 1;
    total += since;
    // Pictures that the page was too busy to notice were shown in this time, at places unknown: evenly, then.
    gaps.push((at - lastMs) / since);
    lastMs = at;
    const stepMs = ((mediaMs[index] ?? 0) - (mediaMs[index - 1] ?? mediaMs[index] ?? 0)) / since;
    if (stepMs > GAP_MS) skips += 1;
  }
  gaps.push(endedMs - lastMs);
  const long = gaps.filter((ms) => ms > GAP_MS);
  return {
    gaps: long.length,
    longestGapMs: Math.round(Math.max(...gaps)),
    gapMs: Math.round(long.reduce((sum, ms) => sum + ms, 0)),
    framesPerSecond: Number(((total * 1000) / (endedMs - beganMs)).toFixed(2)),
    skips,
  };
}
