/** Frames that were grouped, written and read again are the same frames, however they came. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Frame, FrameReader } from '../../../../relay/media/frame-reader.ts';
import { type FrameGroup, PartGrouper } from '../../../../relay/media/part-grouper.ts';
import { writePart } from '../../../../relay/media/part-writer.ts';
import { initBoxes, join } from '../../../support/boxes.ts';

const TIMESCALE = 90_000;
const track = { timescale: TIMESCALE, trackId: 1 };
const { ftyp, moov } = initBoxes({ timescale: TIMESCALE });

const isFrame = (item: { kind: string }): item is Frame => item.kind === 'frame';

function read(parts: readonly Uint8Array[]): Frame[] {
  const reader = new FrameReader();
  return reader.push(join(ftyp, moov, ...parts)).filter(isFrame);
}

interface Made {
  readonly ticks: number;
  readonly composition: number;
  readonly keyframe: boolean;
  readonly data: Uint8Array;
}
const made: fc.Arbitrary<Made> = fc.record({
  ticks: fc.integer({ min: 1, max: 20_000 }),
  composition: fc.integer({ min: -9000, max: 18_000 }),
  keyframe: fc.boolean(),
  data: fc.uint8Array({ minLength: 1, maxLength: 50 }),
});

function frames(list: readonly Made[], startTicks: number): Frame[] {
  let at = startTicks;
  return list.map(({ ticks, composition, keyframe, data }) => {
    const startMs = (at * 1000) / TIMESCALE;
    at += ticks;
    return {
      kind: 'frame',
      startMs,
      durationMs: (ticks * 1000) / TIMESCALE,
      compositionMs: (composition * 1000) / TIMESCALE,
      keyframe,
      newParameters: false,
      data,
    };
  });
}

function group(list: readonly Frame[], partMs: number): FrameGroup[] {
  const grouper = new PartGrouper(partMs);
  return [...list.flatMap((frame) => grouper.push(frame)), ...grouper.flush()];
}

describe('writePart', () => {
  it('loses and moves nothing, after days either', () => {
    void fc.assert(
      fc.property(
        fc.array(made, { minLength: 1, maxLength: 60 }),
        fc.double({ min: 10, max: 1000, noNaN: true }),
        fc.integer({ min: 0, max: 90_000 * 86_400 * 400 }),
        (list, partMs, startTicks) => {
          const given = frames(list, startTicks);
          const groups = group(given, partMs);
          const back = read(groups.map((each, n) => writePart(each, track, n)));
          expect(back).toHaveLength(given.length);
          back.forEach((frame, n) => {
            const before = given[n];
            expect(frame.startMs).toBeCloseTo(before?.startMs ?? Number.NaN, 3);
            expect(frame.durationMs).toBeCloseTo(before?.durationMs ?? Number.NaN, 3);
            expect(frame.compositionMs).toBeCloseTo(before?.compositionMs ?? Number.NaN, 3);
            expect([frame.keyframe, [...frame.data]]).toEqual([before?.keyframe, [...(before?.data ?? [])]]);
          });
        },
      ),
      { numRuns: 100 },
    );
  });

  it('ends each part where the next begins, whatever the ticks are', () => {
    const thirds = Array.from({ length: 30 }, (_, n) => ({
      ...frames([{ ticks: 1, composition: 0, keyframe: n === 0, data: Uint8Array.of(n) }], 0)[0],
      startMs: (n * 1000) / 30,
      durationMs: 1000 / 30,
    })) as Frame[];
    const coarse = { timescale: 1000, trackId: 7 };
    const back = new FrameReader()
      .push(
        join(
          ftyp,
          initBoxes({ timescale: 1000 }).moov,
          ...group(thirds, 67).map((each, n) => writePart(each, coarse, n)),
        ),
      )
      .filter(isFrame);
    back.slice(1).forEach((frame, n) => {
      const before = back[n];
      expect(frame.startMs).toBe((before?.startMs ?? 0) + (before?.durationMs ?? 0));
    });
  });
});
