import { describe, expect, it } from 'vitest';
import {
  MAX_PDT_STEP_MS,
  type PartInput,
  Timeline,
  type TimelinePart,
  type TimelineSegment,
} from '../../../../src/wire/timeline.ts';
import { init } from './init-segment.ts';

const input = (over: Partial<PartInput> = {}): PartInput => ({
  epoch: 0,
  initId: 'a',
  durationMs: 100,
  independent: false,
  pdtMs: 1000,
  startsSegment: false,
  data: Uint8Array.of(9),
  ...over,
});

function timelineWith(windowMs = 14_000, ...inits: string[]): Timeline {
  const timeline = new Timeline({ windowMs });
  for (const id of ['a', ...inits]) timeline.addInit(init(id));
  return timeline;
}

/** `parts` parts of 100 ms, a segment with a keyframe every `gop`. */
function fill(timeline: Timeline, parts: number, gop = 10): void {
  const startMs = timeline.edgePdtMs ?? 1000;
  for (let n = 0; n < parts; n += 1) {
    const first = n % gop === 0;
    timeline.append(input({ pdtMs: startMs + n * 100, independent: first, startsSegment: first }));
  }
}

describe('Timeline numbering', () => {
  it('is empty before the first part', () => {
    const timeline = timelineWith();
    expect(timeline.segments).toEqual([]);
    expect(timeline.open).toBeUndefined();
    expect(timeline.edgePdtMs).toBeUndefined();
    expect(timeline.startFor(0)).toBeUndefined();
    expect(timeline.segment(0)).toBeUndefined();
    expect(timeline.part(0, 0)).toBeUndefined();
    expect([timeline.nextMsn, timeline.maxPartMs, timeline.maxSegmentMs]).toEqual([0, 0, 0]);
  });

  it('starts at the media sequence it is told', () => {
    const timeline = new Timeline({ windowMs: 1000, firstMsn: 41 });
    timeline.addInit(init('a'));
    expect(timeline.append(input()).msn).toBe(41);
    expect(timeline.nextMsn).toBe(42);
    expect(timeline.segment(41)?.parts).toHaveLength(1);
  });

  it('opens a segment with the first part even when the part does not ask for one', () => {
    const timeline = timelineWith();
    expect(timeline.append(input())).toMatchObject({ msn: 0, index: 0 });
    expect(timeline.segments[0]).toMatchObject({ discontinuity: false, closed: false, pdtMs: 1000 });
  });

  it('closes a segment when the next one opens', () => {
    const timeline = timelineWith();
    fill(timeline, 11);
    expect(timeline.segments.map(({ closed, parts }) => [closed, parts.length])).toEqual([
      [true, 10],
      [false, 1],
    ]);
    expect(timeline.open?.msn).toBe(1);
  });

  it('marks a new epoch as a discontinuity and keeps counting', () => {
    const timeline = timelineWith(14_000, 'b');
    fill(timeline, 3);
    timeline.append(input({ epoch: 1, initId: 'b', pdtMs: 99_000 }));
    expect(timeline.segments[1]).toMatchObject({ msn: 1, epoch: 1, initId: 'b', discontinuity: true });
  });

  it('marks another init as a discontinuity even inside an epoch', () => {
    const timeline = timelineWith(14_000, 'b');
    timeline.append(input());
    timeline.append(input({ initId: 'b', pdtMs: 1100 }));
    expect(timeline.segments.map(({ discontinuity }) => discontinuity)).toEqual([false, true]);
  });

  it('opens a plain segment after one that was closed by hand', () => {
    const timeline = timelineWith();
    timeline.append(input());
    timeline.closeSegment();
    timeline.closeSegment();
    expect(timeline.open).toBeUndefined();
    timeline.append(input({ pdtMs: 1100 }));
    expect(timeline.segments.map(({ msn, discontinuity }) => [msn, discontinuity])).toEqual([
      [0, false],
      [1, false],
    ]);
  });

  it('closes nothing when there is nothing', () => {
    const timeline = timelineWith();
    timeline.closeSegment();
    expect(timeline.segments).toEqual([]);
  });

  it('tells the edge as the end of the newest part', () => {
    const timeline = timelineWith();
    timeline.append(input({ pdtMs: 5000.5, durationMs: 66.7 }));
    expect(timeline.edgePdtMs).toBeCloseTo(5067.2, 6);
  });
});

describe('Timeline refuses', () => {
  it.each<[string, Partial<PartInput>, RegExp]>([
    ['an init that was never added', { initId: 'zz' }, /init "zz"/],
    ['a duration of zero', { durationMs: 0 }, /above 0 ms, got 0/],
    ['a negative duration', { durationMs: -1 }, /above 0 ms/],
    ['a duration that is no number', { durationMs: Number.NaN }, /above 0 ms/],
    ['an endless duration', { durationMs: Number.POSITIVE_INFINITY }, /above 0 ms/],
    ['a PDT that is no number', { pdtMs: Number.NaN }, /PDT must be a number/],
    ['an epoch that goes back', { epoch: -1 }, /epoch went back from 0 to -1/],
    [
      'a PDT step inside an epoch',
      { pdtMs: 1100 + MAX_PDT_STEP_MS + 1 },
      /stepped by 251.0 ms inside epoch 0/,
    ],
    ['a PDT step back inside an epoch', { pdtMs: 1100 - MAX_PDT_STEP_MS - 1 }, /stepped by -251.0 ms/],
  ])('%s, and stays as it was', (_what, over, message) => {
    const timeline = timelineWith();
    timeline.append(input());
    expect(() => timeline.append(input({ pdtMs: 1100, ...over }))).toThrow(message);
    expect(timeline.segments[0]?.parts).toHaveLength(1);
    expect(timeline.append(input({ pdtMs: 1100 }))).toMatchObject({ msn: 0, index: 1 });
  });

  it('nothing when the PDT slews within the bound or a new epoch steps', () => {
    const timeline = timelineWith();
    timeline.append(input());
    timeline.append(input({ pdtMs: 1100 + MAX_PDT_STEP_MS }));
    timeline.append(input({ epoch: 1, pdtMs: 9e9 }));
    expect(timeline.nextMsn).toBe(2);
  });
});

describe('Timeline.reached', () => {
  it('waits for a part until it is there', () => {
    const timeline = timelineWith();
    expect(timeline.reached(0, 0)).toBe(false);
    fill(timeline, 2);
    expect([timeline.reached(0, 1), timeline.reached(0, 2), timeline.reached(1, 0)]).toEqual([
      true,
      false,
      false,
    ]);
  });

  it('waits for a whole segment until it is closed', () => {
    const timeline = timelineWith();
    fill(timeline, 10);
    expect(timeline.reached(0)).toBe(false);
    timeline.closeSegment();
    expect([timeline.reached(0), timeline.reached(0, 50), timeline.reached(1)]).toEqual([true, true, false]);
  });

  it('is true for what has left the window', () => {
    const timeline = timelineWith(1000);
    fill(timeline, 41);
    expect(timeline.segment(0)).toBeUndefined();
    expect([timeline.reached(0), timeline.reached(0, 3)]).toEqual([true, true]);
  });
});

describe('Timeline.startFor', () => {
  it('picks the newest independent part at least that far behind', () => {
    const timeline = timelineWith();
    fill(timeline, 35);
    expect([0, 500, 501, 1500, 1501].map((ms) => timeline.startFor(ms)?.msn)).toEqual([3, 3, 2, 2, 1]);
  });

  it('picks the oldest when the window is shorter, and nothing without a keyframe', () => {
    const timeline = timelineWith();
    timeline.append(input());
    expect(timeline.startFor(0)).toBeUndefined();
    timeline.append(input({ pdtMs: 1100, independent: true }));
    expect(timeline.startFor(60_000)).toMatchObject({ msn: 0, index: 1 });
  });
});

describe('Timeline listeners', () => {
  it('hear of each part with its segment, until they cancel', () => {
    const timeline = timelineWith();
    const heard: [TimelinePart, TimelineSegment][] = [];
    const cancel = timeline.onPart((part, segment) => heard.push([part, segment]));
    const part = timeline.append(input());
    cancel();
    cancel();
    timeline.append(input({ pdtMs: 1100 }));
    expect(heard).toEqual([[part, timeline.segments[0]]]);
  });

  it('may cancel one another while a part is told', () => {
    const timeline = timelineWith();
    let calls = 0;
    const cancels = [0, 1].map(() =>
      timeline.onPart(() => {
        calls += 1;
        for (const cancel of cancels) cancel();
      }),
    );
    timeline.append(input());
    timeline.append(input({ pdtMs: 1100 }));
    expect(calls).toBe(2);
  });
});

describe('Timeline that is cleared', () => {
  it('holds nothing, and goes on counting with a discontinuity', () => {
    const timeline = timelineWith();
    fill(timeline, 25);
    timeline.clear();
    expect(timeline.segments).toEqual([]);
    expect([timeline.bytes, timeline.maxPartMs, timeline.edgePdtMs]).toEqual([0, 0, undefined]);
    expect(timeline.startFor(0)).toBeUndefined();
    expect([timeline.partBySerial(3), timeline.segment(2)]).toEqual([undefined, undefined]);
    expect([2, 3].map((msn) => timeline.reached(msn))).toEqual([true, false]);
    const part = timeline.append(input({ pdtMs: 90_000, mediaMs: 12.5, independent: true }));
    expect(part).toMatchObject({ msn: 3, index: 0, serial: 25, mediaMs: 12.5 });
    expect(part.offsetMs).toBeCloseTo(2500);
    expect(timeline.segments).toMatchObject([{ msn: 3, epoch: 0, discontinuity: true, closed: false }]);
    expect(timeline.reached(3, 0)).toBe(true);
  });

  it('counts the discontinuities that it forgot, once each', () => {
    const timeline = timelineWith();
    fill(timeline, 10);
    timeline.append(input({ epoch: 1, pdtMs: 50_000 }));
    timeline.clear();
    expect(timeline.discontinuitySequence).toBe(1);
    timeline.clear();
    timeline.append(input({ epoch: 1, pdtMs: 60_000 }));
    expect(timeline.discontinuitySequence).toBe(1);
    timeline.append(input({ epoch: 1, pdtMs: 60_100, startsSegment: true }));
    expect(timeline.segments.map(({ discontinuity }) => discontinuity)).toEqual([true, false]);
    timeline.clear();
    expect(timeline.discontinuitySequence).toBe(2);
  });

  it('does not go back behind its epoch, and keeps the newest init and the part target', () => {
    const timeline = timelineWith(14_000, 'b');
    fill(timeline, 20);
    timeline.append(input({ epoch: 4, pdtMs: 50_000 }));
    timeline.clear();
    expect(() => timeline.append(input({ epoch: 3, initId: 'b' }))).toThrow('epoch went back from 4 to 3');
    expect(['a', 'b'].map((id) => timeline.init(id)?.id)).toEqual([undefined, 'b']);
    expect(timeline.partTargetMs).toBe(100);
  });

  it('has no discontinuity in front of its first part when it was empty', () => {
    const timeline = timelineWith();
    timeline.clear();
    timeline.append(input());
    expect(timeline.segments[0]?.discontinuity).toBe(false);
  });
});

describe('Timeline inits', () => {
  it('keeps the first of two with one id', () => {
    const timeline = timelineWith();
    timeline.addInit({ ...init('a'), width: 1 });
    expect(timeline.init('a')?.width).toBe(640);
    expect(timeline.init('b')).toBeUndefined();
  });

  it('forgets one that no segment uses any more, but never the newest', () => {
    const timeline = timelineWith(1000);
    fill(timeline, 20);
    timeline.addInit(init('b'));
    timeline.append(input({ epoch: 1, initId: 'b', pdtMs: 50_000, independent: true }));
    timeline.addInit(init('c'));
    for (let n = 1; n < 40; n += 1)
      timeline.append(input({ epoch: 1, initId: 'b', pdtMs: 50_000 + n * 100, startsSegment: n % 10 === 0 }));
    expect(['a', 'b', 'c'].map((id) => timeline.init(id) !== undefined)).toEqual([false, true, true]);
  });

  it('keeps one that returns at the moment its last old segment leaves', () => {
    const timeline = timelineWith(1000, 'b');
    timeline.append(input({ durationMs: 1000 }));
    timeline.append(input({ epoch: 1, initId: 'b', durationMs: 1000 }));
    timeline.append(input({ epoch: 2, initId: 'a', durationMs: 1000 }));
    timeline.append(input({ epoch: 3, initId: 'b', durationMs: 1000 }));
    timeline.append(input({ epoch: 4, initId: 'a', durationMs: 1000 }));
    expect(timeline.segments.map(({ initId }) => timeline.init(initId)?.id)).toEqual(
      timeline.segments.map(({ initId }) => initId),
    );
  });
});

describe('Timeline bounds', () => {
  it('holds no more bytes than it may when time stands still, and drops the oldest', () => {
    const maxBytes = 10_000;
    const timeline = new Timeline({ windowMs: 14_000, maxBytes });
    timeline.addInit(init('a'));
    // A muxer that gives each picture one tick: 1000 of them are no second.
    for (let n = 0; n < 1000; n += 1) {
      const first = n % 10 === 0;
      const tick = { durationMs: 0.05, pdtMs: 1000 + n * 0.05, data: new Uint8Array(100) };
      timeline.append(input({ ...tick, independent: first, startsSegment: first }));
      expect(timeline.bytes).toBeLessThanOrEqual(maxBytes);
    }
    const held = timeline.segments.flatMap(({ parts }) => parts);
    expect(timeline.bytes).toBe(held.reduce((sum, { data }) => sum + data.length, 0));
    expect(held.length).toBeGreaterThan(80);
    expect(held.at(-1)?.serial).toBe(999);
  });

  it('keeps to them also without any keyframe', () => {
    const timeline = new Timeline({ windowMs: 14_000, maxBytes: 10_000 });
    timeline.addInit(init('a'));
    for (let n = 0; n < 500; n += 1)
      timeline.append(
        input({ durationMs: 0.05, pdtMs: 1000, data: new Uint8Array(100), startsSegment: n === 0 }),
      );
    expect(timeline.bytes).toBeLessThanOrEqual(10_000);
  });

  it('cuts a segment that would round to more than the target duration, and never changes that', () => {
    const timeline = new Timeline({ windowMs: 14_000, targetDurationMs: 1000 });
    timeline.addInit(init('a'));
    for (let n = 0; n < 40; n += 1)
      timeline.append(input({ pdtMs: 1000 + n * 100, startsSegment: n === 0, independent: n === 0 }));
    expect(timeline.segments.map(({ durationMs }) => Math.round(durationMs))).toEqual([1400, 1400, 1200]);
    expect(timeline.targetDurationMs).toBe(1000);
  });
});
