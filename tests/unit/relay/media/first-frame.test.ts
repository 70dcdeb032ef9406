import { expect, it } from 'vitest';
import { FirstFrame } from '../../../../relay/media/first-frame.ts';
import type { Frame } from '../../../../relay/media/frame-reader.ts';

const frame = (startMs: number, durationMs: number): Frame => ({
  ...{ kind: 'frame', startMs, durationMs, compositionMs: 0 },
  ...{ keyframe: false, newParameters: false, data: new Uint8Array() },
});

function passed(...frames: readonly (readonly [startMs: number, durationMs: number])[]) {
  const first = new FirstFrame();
  return frames.map(([startMs, durationMs]) => {
    const out: number[][] = [];
    first.push(frame(startMs, durationMs), (taken) => out.push([taken.startMs, taken.durationMs]));
    return out;
  });
}

it('gives a first picture of one tick the length of the second, and shifts what follows', () => {
  expect(passed([0, 0.5], [0.5, 40], [40.5, 40], [80.5, 0.5])).toEqual([
    [],
    [
      [0, 40],
      [40, 40],
    ],
    [[80, 40]],
    [[120, 0.5]],
  ]);
});

it('leaves all others as they are: whole ones, ones of no length, and times that stand still', () => {
  expect(passed([0, 40], [40, 0.5])).toEqual([[[0, 40]], [[40, 0.5]]]);
  expect(passed([0, 0], [0, 40])).toEqual([[[0, 0]], [[0, 40]]]);
  expect(passed([0, 0.5], [0.5, 0.5])).toEqual([
    [],
    [
      [0, 0.5],
      [0.5, 0.5],
    ],
  ]);
});
