import { describe, expect, it } from 'vitest';
import type { Frame } from '../../../../relay/media/frame-reader.ts';
import { KeyframePictures } from '../../../../relay/transcode/keyframe-pictures.ts';

const frame = (startMs: number, keyframe = true): Frame => ({
  ...{ kind: 'frame', startMs, durationMs: 40, compositionMs: 0, keyframe, newParameters: false },
  data: new Uint8Array(),
});

describe('KeyframePictures', () => {
  it('shows a keyframe until the next one is due', () => {
    const pictures = new KeyframePictures();
    const starts = [0, 4_000, 8_000, 12_000, 16_000, 17_000];
    const lengths = starts.map((startMs) => pictures.show(frame(startMs))?.durationMs);
    expect(lengths).toEqual([2_000, 2_000, 2_000, 4_000, 4_000, 1_000]);
  });

  it('promises nothing of a hole, in which the process had no time', () => {
    const pictures = new KeyframePictures();
    const starts = [0, 14_000, 16_000, 18_000, 32_000, 44_000, 46_000];
    for (const startMs of starts) expect(pictures.show(frame(startMs))?.durationMs).toBe(2_000);
  });

  it('leaves out the picture that pushed one out', () => {
    const pictures = new KeyframePictures();
    expect(pictures.show(frame(0, false))).toBeUndefined();
  });
});
