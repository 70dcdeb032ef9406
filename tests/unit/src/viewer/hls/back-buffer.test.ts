import { describe, expect, it } from 'vitest';
import { endsSegment, trimEndSec } from '../../../../../src/viewer/hls/back-buffer.ts';
import { Mirror } from '../../../../../src/viewer/push/mirror.ts';
import { bytes, init, part } from '../push/media.ts';

describe('endsSegment', () => {
  const mirror = new Mirror();
  mirror.addInit(init(), bytes(0));
  for (let n = 0; n < 20; n += 1) mirror.addPart(part(n), bytes(n));
  const segment = (msn: number) => {
    const found = mirror.timeline.segment(msn);
    if (found === undefined) throw new Error(`no segment ${msn}`);
    return found;
  };

  it('knows the last part of a closed segment', () => {
    expect(endsSegment(segment(1), 9, undefined)).toBe(true);
    expect(endsSegment(segment(1), 8, undefined)).toBe(false);
  });

  it('foresees the last part of an open segment from the length of the one before', () => {
    expect(segment(2).closed).toBe(false);
    expect(endsSegment(segment(2), 9, segment(1))).toBe(true);
    expect(endsSegment(segment(2), 8, segment(1))).toBe(false);
  });

  it('foresees nothing without a segment before', () => {
    expect(endsSegment(segment(2), 9, undefined)).toBe(false);
  });
});

describe('trimEndSec', () => {
  it('keeps 14 s and waits until twice that has piled up', () => {
    expect(trimEndSec(28, 0)).toBeUndefined();
    expect(trimEndSec(28.5, 0)).toBe(14.5);
    expect(trimEndSec(42, 14.5)).toBeUndefined();
  });
});
