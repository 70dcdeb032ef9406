/** Headers of init and part frames as the relay sends them, with overrides. */
import type { Frame } from '../../../../../relay/media/frame-reader.ts';
import { writePart } from '../../../../../relay/media/part-writer.ts';
import type { PartFrame } from '../../../../../src/viewer/push/lead-in.ts';
import type { InitHeader, PartHeader } from '../../../../../src/wire/media-frames.ts';

export const BASE_MS = 1_700_000_000_000;
export const PART_MS = 100;
export const PARTS_PER_SEGMENT = 10;
export const FRAME_MS = 40;
export const TIMESCALE = 90_000;

export function init(changes: Partial<InitHeader> = {}): InitHeader {
  return { kind: 'init', run: 'run1', id: 'i1', codecs: 'avc1.64001e', width: 640, height: 360, ...changes };
}

/** Part number `n` of a relay that began at {@link BASE_MS} with segment 0. */
export function part(n: number, changes: Partial<PartHeader> = {}): PartHeader {
  return {
    kind: 'part',
    msn: Math.floor(n / PARTS_PER_SEGMENT),
    part: n % PARTS_PER_SEGMENT,
    epoch: 0,
    init: 'i1',
    durationMs: PART_MS,
    independent: n % PARTS_PER_SEGMENT === 0,
    pdtMs: BASE_MS + n * PART_MS,
    ...changes,
  };
}

export const bytes = (n: number): Uint8Array => new Uint8Array([n, n, n, n]);

/** As the relay writes them: two frames in each part, the first one of all a keyframe. */
export function writtenParts(
  count: number,
  { startMs = 8_000, pdtMs = 50_000, compositionMs = 0 } = {},
): PartFrame[] {
  return Array.from({ length: count }, (_, n) => {
    const at = startMs + n * 2 * FRAME_MS;
    const frames = [0, 1].map(
      (i): Frame => ({
        kind: 'frame',
        startMs: at + i * FRAME_MS,
        durationMs: FRAME_MS,
        compositionMs: compositionMs * (1 + i),
        keyframe: n + i === 0,
        newParameters: false,
        data: Uint8Array.of(2 * n + i, 7),
      }),
    );
    const group = { frames, startMs: at, durationMs: 2 * FRAME_MS, independent: n === 0 };
    return {
      header: {
        ...{ kind: 'part', msn: 4, part: n, epoch: 2, init: 'i1', durationMs: 2 * FRAME_MS },
        ...{ independent: n === 0, pdtMs: pdtMs + n * 2 * FRAME_MS, mediaMs: at },
      },
      bytes: writePart(group, { timescale: TIMESCALE, trackId: 1 }, n + 1),
    } as PartFrame;
  });
}
