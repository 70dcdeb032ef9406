import { describe, expect, it } from 'vitest';
import { isLost, laterStart, mediaFrom, partAt } from '../../../../relay/edge/cursor.ts';
import { Timeline } from '../../../../src/wire/timeline.ts';
import { SyntheticCamera } from '../../../support/synthetic-camera.ts';

/** Ten parts of 100 ms in a segment. */
function fed(parts: number, windowMs = 14_000): Timeline {
  const camera = new SyntheticCamera({ id: 'cam1', windowMs });
  camera.feed(parts);
  return camera.timeline();
}

describe('partAt', () => {
  it('finds a part, and behind a finished segment the first of the next', () => {
    const timeline = fed(12);
    expect(partAt(timeline, { msn: 0, index: 3 })?.part).toMatchObject({ msn: 0, index: 3 });
    expect(partAt(timeline, { msn: 0, index: 10 })?.part).toMatchObject({ msn: 1, index: 0 });
  });

  it('finds nothing where nothing is yet', () => {
    const timeline = fed(12);
    expect(partAt(timeline, { msn: 1, index: 2 })).toBeUndefined();
    timeline.closeSegment();
    expect(partAt(timeline, { msn: 1, index: 2 })).toBeUndefined();
    expect(partAt(timeline, { msn: 2, index: 0 })).toBeUndefined();
  });
});

it('mediaFrom sums up what is left, the part at the cursor included', () => {
  const timeline = fed(23);
  expect(
    [
      { msn: 0, index: 0 },
      { msn: 1, index: 5 },
      { msn: 1, index: 10 },
      { msn: 2, index: 2 },
      { msn: 2, index: 3 },
      { msn: 3, index: 0 },
    ].map((cursor) => mediaFrom(timeline, cursor)),
  ).toEqual([2300, 800, 300, 100, 0, 0]);
});

describe('laterStart', () => {
  it('is the start for that latency when it lies ahead', () => {
    expect(laterStart(fed(35), { msn: 1, index: 4 }, 150)).toMatchObject({ msn: 3, index: 0 });
    expect(laterStart(fed(35), { msn: 1, index: 4 }, 600)).toMatchObject({ msn: 2, index: 0 });
  });

  it('is nothing when the cursor is there or beyond', () => {
    expect(laterStart(fed(35), { msn: 3, index: 0 }, 150)).toBeUndefined();
    // Behind the last part of a segment: what comes next is the first one of the next.
    expect(laterStart(fed(31), { msn: 2, index: 10 }, 50)).toBeUndefined();
    expect(laterStart(fed(35), { msn: 3, index: 4 }, 2000)).toBeUndefined();
    expect(laterStart(new Timeline({ windowMs: 1 }), { msn: 0, index: 0 }, 0)).toBeUndefined();
  });
});

it('isLost when the segment has left the window', () => {
  const timeline = fed(51, 2000);
  expect(timeline.segments[0]?.msn).toBe(3);
  expect([2, 3, 9].map((msn) => isLost(timeline, { msn, index: 0 }))).toEqual([true, false, false]);
  expect(isLost(new Timeline({ windowMs: 1 }), { msn: 0, index: 0 })).toBe(false);
});
