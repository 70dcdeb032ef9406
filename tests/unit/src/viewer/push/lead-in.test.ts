/** Parts as the relay writes them, read again as it reads what an encoder sends. */
import { describe, expect, it } from 'vitest';
import { type Frame, FrameReader } from '../../../../../relay/media/frame-reader.ts';
import { leadIn, type PartFrame } from '../../../../../src/viewer/push/lead-in.ts';
import { initBoxes, join } from '../../../../support/boxes.ts';
import { FRAME_MS, TIMESCALE, writtenParts } from './media.ts';

const { ftyp, moov } = initBoxes({ timescale: TIMESCALE });

function read({ bytes }: PartFrame): Frame[] {
  return new FrameReader()
    .push(join(ftyp, moov, bytes))
    .filter((item): item is Frame => item.kind === 'frame');
}

describe('leadIn', () => {
  it('begins with the picture that was asked for, all before it decoded within a moment', () => {
    const lead = leadIn(writtenParts(3), 50_000 + 5 * FRAME_MS);
    if (lead === undefined) throw new Error('unreadable');
    const frames = read(lead);
    expect(frames.map(({ data }) => data[0])).toEqual([0, 1, 2, 3, 4, 5]);
    expect(frames.map(({ keyframe }) => keyframe)).toEqual([true, false, false, false, false, false]);
    expect(frames.map(({ durationMs }) => Number(durationMs.toFixed(3)))).toEqual([
      0.1, 0.1, 0.1, 0.1, 0.1, 40,
    ]);
    // Where it was in the track, so that the next part follows.
    expect(frames[5]?.startMs).toBeCloseTo(8_000 + 5 * FRAME_MS, 3);
    expect(lead.header).toMatchObject({ independent: true, msn: 4, part: 2, epoch: 2, init: 'i1' });
    expect(lead.header.pdtMs).toBeCloseTo(50_000 + 5 * FRAME_MS - 0.5, 3);
    expect(lead.header.mediaMs).toBeCloseTo(8_000 + 5 * FRAME_MS - 0.5, 3);
    expect(lead.header.durationMs).toBeCloseTo(40.5, 3);
  });

  it('keeps the composition times of what is seen', () => {
    const lead = leadIn(writtenParts(2, { compositionMs: -20 }), 50_000 + 2 * FRAME_MS);
    if (lead === undefined) throw new Error('unreadable');
    expect(read(lead).map(({ compositionMs }) => Math.round(compositionMs))).toEqual([0, 0, -20, -40]);
  });

  it('takes a picture that has hardly begun', () => {
    const lead = leadIn(writtenParts(2), 50_000 + 2 * FRAME_MS + 10);
    expect(lead?.header.pdtMs).toBeCloseTo(50_000 + 2 * FRAME_MS - 0.2, 3);
  });

  it('makes nothing of what does not reach so far, or is not written like that', () => {
    expect(leadIn(writtenParts(2), 50_000 + 4 * FRAME_MS)).toBeUndefined();
    const [first] = writtenParts(1);
    if (first === undefined) throw new Error('no part');
    expect(leadIn([], 50_000)).toBeUndefined();
    expect(leadIn([{ ...first, bytes: new Uint8Array(200) }], 50_000)).toBeUndefined();
    expect(leadIn([{ ...first, bytes: first.bytes.subarray(0, 100) }], 50_000)).toBeUndefined();
    expect(
      leadIn([{ ...first, bytes: first.bytes.subarray(0, first.bytes.length - 1) }], 50_000),
    ).toBeUndefined();
  });
});
