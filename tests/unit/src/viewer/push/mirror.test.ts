import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Mirror } from '../../../../../src/viewer/push/mirror.ts';
import { bytes, init, part } from './media.ts';

function mirrorWith(from: number, to: number): Mirror {
  const mirror = new Mirror();
  mirror.addInit(init(), bytes(0));
  for (let n = from; n < to; n += 1) expect(mirror.addPart(part(n), bytes(n))).toBe('appended');
  return mirror;
}

const discontinuities = (mirror: Mirror): number =>
  mirror.timeline.segments.filter(({ discontinuity }) => discontinuity).length;

describe('Mirror', () => {
  it("copies the relay's segments with a media sequence of its own", () => {
    const mirror = mirrorWith(30, 55);
    expect(mirror.timeline.segments.map(({ msn, parts }) => [msn, parts.length])).toEqual([
      [0, 10],
      [1, 10],
      [2, 5],
    ]);
    expect(discontinuities(mirror)).toBe(0);
    expect(mirror.timeline.part(1, 3)?.pdtMs).toBe(part(43).pdtMs);
  });

  it('joins short GOPs to segments of about a second, and begins none in front of another picture', () => {
    const mirror = new Mirror();
    mirror.addInit(init(), bytes(0));
    // A keyframe every 0.3 s, and then none for 2.5 s, which the relay cuts all the same.
    for (let n = 0; n < 40; n += 1) {
      const independent = n <= 15 ? n % 3 === 0 : n === 39;
      expect(mirror.addPart(part(n, { independent }), bytes(n))).toBe('appended');
    }
    expect(mirror.timeline.segments.map(({ parts }) => parts.length)).toEqual([9, 30, 1]);
    expect(mirror.timeline.segments.every(({ parts }) => parts[0]?.independent)).toBe(true);
    expect(discontinuities(mirror)).toBe(0);
  });

  it('waits for a keyframe before the first picture', () => {
    const mirror = new Mirror();
    mirror.addInit(init(), bytes(0));
    expect(mirror.addPart(part(3), bytes(3))).toBe('waiting-for-keyframe');
    expect(mirror.addPart(part(10), bytes(10))).toBe('appended');
  });

  it('opens a discontinuity when the encoder restarted', () => {
    const mirror = mirrorWith(0, 15);
    const restarted = part(20, { epoch: 1, pdtMs: part(40).pdtMs });
    expect(mirror.addPart(restarted, bytes(20))).toBe('appended');
    expect(discontinuities(mirror)).toBe(1);
    expect(mirror.skippedParts).toBe(0);
  });

  it('counts what the relay skipped and goes on with a discontinuity at a keyframe', () => {
    const mirror = mirrorWith(0, 15);
    expect(mirror.addPart(part(40, { skipped: true }), bytes(40))).toBe('appended');
    expect(mirror.addPart(part(41), bytes(41))).toBe('appended');
    expect(discontinuities(mirror)).toBe(1);
    expect(mirror.skippedParts).toBe(25);
  });

  it('does not take a part after a hole until a keyframe comes', () => {
    const mirror = mirrorWith(0, 15);
    expect(mirror.addPart(part(17), bytes(17))).toBe('waiting-for-keyframe');
    expect(mirror.addPart(part(18), bytes(18))).toBe('waiting-for-keyframe');
    expect(mirror.addPart(part(20), bytes(20))).toBe('appended');
    expect(discontinuities(mirror)).toBe(1);
  });

  it('goes on without a seam when a reopened socket repeats what was there', () => {
    const mirror = mirrorWith(0, 15);
    mirror.addInit(init(), bytes(0));
    for (let n = 0; n < 15; n += 1) expect(mirror.addPart(part(n), bytes(n))).toBe('duplicate');
    expect(mirror.addPart(part(15), bytes(15))).toBe('appended');
    expect(discontinuities(mirror)).toBe(0);
    expect(mirror.skippedParts).toBe(0);
  });

  it('takes the same numbers at a later time for a restarted encoder, not for a repetition', () => {
    const mirror = mirrorWith(0, 15);
    mirror.addInit(init(), bytes(0));
    expect(mirror.addPart(part(0, { pdtMs: part(50).pdtMs }), bytes(0))).toBe('appended');
    expect(discontinuities(mirror)).toBe(1);
  });

  it('keeps two inits apart that carry the same id before and after a restart of the relay', () => {
    const mirror = mirrorWith(0, 15);
    mirror.addInit(init(), bytes(99));
    expect(mirror.addPart(part(0, { pdtMs: part(50).pdtMs }), bytes(0))).toBe('appended');
    const [before, after] = mirror.timeline.segments
      .slice(-2)
      .map(({ initId }) => mirror.timeline.init(initId));
    expect(before?.bytes).toEqual(bytes(0));
    expect(after?.bytes).toEqual(bytes(99));
  });

  it('takes media of another run of the relay for new, with the same bytes and numbers at an earlier time', () => {
    const mirror = mirrorWith(0, 15);
    mirror.addInit(init({ run: 'run2' }), bytes(0));
    const earlier = (n: number) => part(n, { pdtMs: part(n).pdtMs - 60_000 });
    expect(mirror.addPart(earlier(0), bytes(0))).toBe('appended');
    expect(mirror.addPart(earlier(1), bytes(1))).toBe('appended');
    expect(discontinuities(mirror)).toBe(1);
    expect(mirror.edgeMs()).toBe(earlier(2).pdtMs);
    expect(mirror.skippedParts).toBe(0);
  });

  it('has no edge for media of a run that it has not seen', () => {
    const mirror = mirrorWith(0, 15);
    expect([mirror.edgeMs(), mirror.edgeMs('run1')]).toEqual([part(15).pdtMs, part(15).pdtMs]);
    expect(mirror.edgeMs('run2')).toBeUndefined();
  });

  it('calls a part unusable without its init or without a duration', () => {
    const mirror = new Mirror();
    expect(mirror.addPart(part(0), bytes(0))).toBe('unusable');
    mirror.addInit(init(), bytes(0));
    expect(mirror.addPart(part(0, { durationMs: 0 }), bytes(0))).toBe('unusable');
  });

  it('takes a step of the clock as a new epoch', () => {
    const mirror = mirrorWith(0, 20);
    const stepped = part(20, { pdtMs: part(20).pdtMs - 3000 });
    expect(mirror.addPart(stepped, bytes(20))).toBe('appended');
    expect(discontinuities(mirror)).toBe(1);
  });

  it('never throws and never goes back, whatever the relay sends', () => {
    const header = fc.record({
      n: fc.integer({ min: 0, max: 60 }),
      epoch: fc.integer({ min: 0, max: 2 }),
      shiftMs: fc.integer({ min: -5000, max: 5000 }),
      skipped: fc.boolean(),
      fresh: fc.boolean(),
    });
    void fc.assert(
      fc.property(fc.array(header, { maxLength: 60 }), (headers) => {
        const mirror = mirrorWith(0, 10);
        for (const { n, epoch, shiftMs, skipped, fresh } of headers) {
          if (fresh) mirror.addInit(init(), bytes(n));
          mirror.addPart(part(n, { epoch, skipped, pdtMs: part(n).pdtMs + shiftMs }), bytes(n));
        }
        const { segments } = mirror.timeline;
        for (const [i, segment] of segments.entries()) {
          const next = segments[i + 1];
          if (next === undefined) continue;
          expect(next.msn).toBe(segment.msn + 1);
          expect(next.epoch).toBeGreaterThanOrEqual(segment.epoch);
          if (next.discontinuity) expect(next.parts[0]?.independent).toBe(true);
        }
      }),
    );
  });
});
