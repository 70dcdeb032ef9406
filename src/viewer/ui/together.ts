/**
 * How far apart the moments are that the tiles show, in words that hold. The controllers know only the playback
 * clocks, which they keep within a few ms; the picture on the screen is up to one frame older than its clock. Pure.
 */
import { text } from '../../texts/text.ts';
import type { CameraState } from '../../wire/protocol.ts';
import type { WallView } from '../wall/wall-view.ts';

export interface Together {
  /** Before the figure. */
  readonly label: string;
  readonly apartMs: number;
  /** What the figure is made of. */
  readonly explanation: string;
}

/** Undefined with fewer than two tiles that play in step. */
export function together(
  { skewMs, tiles }: WallView,
  cameras: readonly Pick<CameraState, 'id' | 'rungs'>[],
): Together | undefined {
  if (skewMs === undefined) return undefined;
  const clocksMs = Math.round(skewMs);
  const frames = tiles.flatMap(({ camera, rung, inGroup, phase }) => {
    if (!inGroup || phase !== 'playing') return [];
    const rungs = cameras.find(({ id }) => id === camera)?.rungs ?? [];
    const { fps = 0 } = rungs.find(({ id }) => id === rung) ?? rungs[0] ?? {};
    return [fps > 0 ? 1000 / fps : Number.NaN];
  });
  const frameMs = Math.max(...frames);
  if (!(frameMs > 0) || !Number.isFinite(frameMs)) {
    return {
      label: text('clocksWithin'),
      apartMs: clocksMs,
      explanation: text('clocksHelp', clocksMs),
    };
  }
  return {
    label: text('picturesWithin'),
    apartMs: Math.round(skewMs + frameMs),
    explanation: text('picturesHelp', clocksMs, Math.round(frameMs)),
  };
}
