/**
 * How far apart the moments are that the tiles show, in words that hold. The controllers know only the playback
 * clocks, which they keep within a few ms; the picture on the screen is up to one frame older than its clock. Pure.
 */
import type { CameraState } from '../../wire/protocol.ts';
import type { WallView } from '../wall/wall-view.ts';

export interface Together {
  /** Before the figure. */
  readonly label: string;
  readonly apartMs: number;
  /** What the figure is made of. */
  readonly explanation: string;
}

/** Undefined with fewer than two tiles in step. */
export function together(
  { skewMs, tiles }: WallView,
  cameras: readonly Pick<CameraState, 'id' | 'rungs'>[],
): Together | undefined {
  if (skewMs === undefined) return undefined;
  const clocksMs = Math.round(skewMs);
  const frames = tiles.flatMap(({ camera, rung, inGroup, latencyMs }) => {
    if (!inGroup || latencyMs === undefined) return [];
    const rungs = cameras.find(({ id }) => id === camera)?.rungs ?? [];
    const { fps = 0 } = rungs.find(({ id }) => id === rung) ?? rungs[0] ?? {};
    return [fps > 0 ? 1000 / fps : Number.NaN];
  });
  const frameMs = Math.max(...frames);
  if (!(frameMs > 0) || !Number.isFinite(frameMs)) {
    return {
      label: 'clocks within',
      apartMs: clocksMs,
      explanation: `The playback clocks of the tiles are ${clocksMs} ms apart. How long a picture stands is not known, so what you see may differ by more.`,
    };
  }
  return {
    label: 'pictures within',
    apartMs: Math.round(skewMs + frameMs),
    explanation: `The playback clocks of the tiles are ${clocksMs} ms apart, and a picture stands for up to ${Math.round(frameMs)} ms. Each camera takes its pictures in its own rhythm, so two tiles may differ by both together.`,
  };
}
