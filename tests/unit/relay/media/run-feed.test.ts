import { beforeEach, describe, expect, it, vi } from 'vitest';
import { FrameReader } from '../../../../relay/media/frame-reader.ts';
import { PdtClock } from '../../../../relay/media/pdt-clock.ts';
import { type FeedRun, RunFeed, type RunTiming } from '../../../../relay/media/run-feed.ts';
import { type InitSegment, Timeline, type TimelinePart } from '../../../../src/wire/timeline.ts';
import { fragment, fragmentBoxes, initBoxes, join } from '../../../support/boxes.ts';
import { FakeTime } from '../../../support/fake-time.ts';

const PART_MS = 1024 / 15.36;
const PARTS_PER_GOP = 15;

let time: FakeTime;
let timeline: Timeline;
let feed: RunFeed;
let parts: TimelinePart[];
let heard: string[];

beforeEach(() => {
  time = new FakeTime(1_700_000_000_000);
  timeline = new Timeline({ windowMs: 14_000 });
  feed = new RunFeed({ timeline, mediaClock: time, partMs: 67 });
  parts = [];
  heard = [];
  timeline.onPart((part) => parts.push(part));
});

const silent = { onInit: () => undefined, onMedia: () => undefined, onFault: () => undefined };

function open(timing: RunTiming = {}): FeedRun {
  const events = {
    onInit: (init: InitSegment) => heard.push(`init ${init.width}x${init.height}`),
    onMedia: () => heard.push('media'),
    onGap: (gapMs: number) => heard.push(`gap of ${Math.round(gapMs)} ms`),
    onRetimed: (reason: string) => heard.push(`retimed: ${reason}`),
    onFault: (problem: string) => heard.push(`fault: ${problem}`),
  };
  const run = feed.open(events, timing);
  const { ftyp, moov } = initBoxes();
  run.push(join(ftyp, moov));
  return run;
}

/** Parts number `from` and following, in real time. */
function play(run: FeedRun, count: number, from = 0): void {
  for (let i = from; i < from + count; i += 1) {
    time.advance(PART_MS);
    run.push(fragment(i * PART_MS, i % PARTS_PER_GOP === 0));
  }
}

describe('RunFeed', () => {
  it('keeps the first parts back until their time is known, and reports them as media already', () => {
    const run = open();
    play(run, 2);
    expect(parts).toHaveLength(0);
    expect(heard).toEqual(['init 640x360', 'media', 'media']);
    play(run, 1, 2);
    expect(parts).toHaveLength(3);
    expect(parts[0]).toMatchObject({ msn: 0, index: 0, independent: true });
    expect(parts[0]?.durationMs).toBeCloseTo(PART_MS);
  });

  it('gives each part the time when it was taken: its arrival less its length', () => {
    const run = open();
    const beganMs = time.now();
    play(run, 30);
    parts.forEach((part, i) => {
      expect(part.pdtMs).toBeCloseTo(beganMs + i * PART_MS, 0);
    });
  });

  it('opens a segment at each keyframe', () => {
    play(open(), 40);
    expect(timeline.segments.map(({ parts: own, closed }) => [own.length, closed])).toEqual([
      [15, true],
      [15, true],
      [10, false],
    ]);
  });

  it('a new process is a new epoch, and the sequence goes on', () => {
    play(open(), 20);
    time.advance(1500);
    play(open(), 20);
    expect(timeline.segments.map(({ msn, epoch, discontinuity }) => [msn, epoch, discontinuity])).toEqual([
      [0, 1, false],
      [1, 1, false],
      [2, 2, true],
      [3, 2, false],
    ]);
    expect(timeline.segments[2]?.initId).not.toBe(timeline.segments[1]?.initId);
  });

  it('ignores what an older process still had to say', () => {
    const old = open();
    play(old, 10);
    play(open(), 10);
    const count = parts.length;
    old.push(fragment(10 * PART_MS, false));
    expect(parts).toHaveLength(count);
  });

  it('closes the open segment when a new process starts', () => {
    play(open(), 20);
    expect(timeline.open).toBeDefined();
    open();
    expect(timeline.open).toBeUndefined();
  });

  it('missing media starts a new epoch at the next keyframe, and is told', () => {
    const run = open();
    play(run, 20);
    expect(heard.filter((line) => line.startsWith('gap'))).toEqual([]);
    time.advance(10 * PART_MS);
    play(run, 15, 30);
    expect(heard.filter((line) => line.startsWith('gap'))).toEqual([`gap of ${Math.round(10 * PART_MS)} ms`]);
    expect(timeline.segments.at(-1)).toMatchObject({ epoch: 2, discontinuity: true });
    time.advance(17 * PART_MS);
    play(run, 10, 62);
    expect(timeline.segments.at(-1)).toMatchObject({ epoch: 2 });
    play(run, 10, 72);
    expect(timeline.segments.at(-1)).toMatchObject({ epoch: 3, discontinuity: true });
    expect(timeline.segments.at(-1)?.parts[0]).toMatchObject({ independent: true });
  });

  it('a source that stood still leaves a gap, not one picture of four seconds', () => {
    const run = open();
    play(run, 20);
    const longMs = 4000;
    time.advance(longMs);
    const start = Math.round(20 * PART_MS * 15.36);
    const long = fragmentBoxes({ start, duration: longMs * 15.36, frames: 1 });
    run.push(join(long.moof, long.mdat));
    const resumedMs = 20 * PART_MS + longMs;
    for (let i = 0; i < 20; i += 1) {
      time.advance(PART_MS);
      run.push(fragment(resumedMs + i * PART_MS, i === 5));
    }
    expect(heard.filter((line) => /gap|fault/.test(line))).toEqual(['gap of 3967 ms']);
    expect(Math.max(...parts.map(({ durationMs }) => durationMs))).toBeLessThan(PART_MS + 1);
    expect(timeline.segments.at(-1)).toMatchObject({ epoch: 2, discontinuity: true });
    expect(timeline.segments.at(-1)?.parts).toHaveLength(15);
  });

  it('a camera that sends a picture each two seconds does so on purpose', () => {
    const run = open();
    for (let i = 0; i < 10; i += 1) {
      time.advance(2000);
      run.push(fragment(i * 2000, true, 2000));
    }
    expect(parts.length).toBeGreaterThan(8);
    expect(heard.filter((line) => /gap|fault/.test(line))).toEqual([]);
  });

  it('media that was dated far too late starts a new epoch at the next keyframe', () => {
    const run = open();
    play(run, 20);
    // Nothing goes back in time; this much earlier does it come from now on.
    time.jump(-400);
    play(run, 25, 20);
    const last = timeline.segments.at(-1);
    expect(last).toMatchObject({ epoch: 2, discontinuity: true });
    expect(Math.abs((timeline.edgePdtMs ?? 0) - time.now())).toBeLessThan(5);
    expect(heard.filter((line) => line.startsWith('fault'))).toEqual([]);
  });

  it.each([
    ['garbage', () => new TextEncoder().encode('this is no media at all')],
    ['an oversized box', () => Uint8Array.of(0x7f, 0xff, 0xff, 0xff, 0x6d, 0x64, 0x61, 0x74)],
  ])('reports %s once and ignores the rest of the process', (_what, bytes) => {
    const run = open();
    play(run, 20);
    const count = parts.length;
    run.push(bytes());
    play(run, 5, 20);
    expect(heard.filter((line) => line.startsWith('fault'))).toHaveLength(1);
    expect(parts).toHaveLength(count);
  });

  it('a clock that is set back or ahead breaks nothing', () => {
    const run = open();
    play(run, 40);
    for (const jumpMs of [-2000, 60_000]) {
      for (let n = 0; n < 30; n += 1) {
        time.advance(PART_MS);
        run.push(fragment((40 + n) * PART_MS + jumpMs, n % PARTS_PER_GOP === 5));
      }
    }
    expect(heard.filter((line) => /retimed|gap|fault/.test(line))).toEqual([
      'retimed: its clock jumped 2.0 s back: the pictures go on as they came',
      'retimed: its clock jumped 60.0 s ahead: the pictures go on as they came',
    ]);
    expect(parts).toHaveLength(100);
    expect(timeline.segments.at(-1)?.epoch).toBe(1);
    expect(Math.abs((timeline.edgePdtMs ?? 0) - time.now())).toBeLessThan(1);
  });

  it('frames whose time stands still are timed by their arrival, from their first keyframe on', () => {
    const run = open({ cameraTimes: true });
    for (let n = 0; n < 120; n += 1) {
      time.advance(40);
      const { moof, mdat } = fragmentBoxes({ start: n, duration: 1, frames: 1, keyframe: n % 50 === 0 });
      run.push(join(moof, mdat));
    }
    expect(heard.filter((line) => /retimed|gap|fault/.test(line))).toEqual([
      'retimed: its time stamps stand still: pictures are timed by their arrival',
    ]);
    expect(timeline.segments.map(({ discontinuity }) => discontinuity)).toEqual([false, false, false]);
    expect(timeline.segments[1]?.durationMs).toBeCloseTo(2000, -1);
    expect(Math.abs((timeline.edgePdtMs ?? 0) - time.now())).toBeLessThan(80);
  });

  it('dates pictures by when they are shown: a stream with B-frames is in step with one without', () => {
    const plain = open();
    const other = new Timeline({ windowMs: 14_000 });
    const reordered = new RunFeed({ timeline: other, mediaClock: time, partMs: 67 }).open(silent);
    const { ftyp, moov } = initBoxes();
    reordered.push(join(ftyp, moov));
    // Both cameras take a picture each 40 ms; one sends I P B B, each P ahead of the two that were taken before it.
    const order = [2, 0, 1];
    for (let n = 0; n < 120; n += 1) {
      time.advance(40);
      const times = { start: n * 614.4, duration: 614.4, frames: 1 };
      const { moof: a, mdat: b } = fragmentBoxes({ ...times, keyframe: n % 30 === 0 });
      plain.push(join(a, b));
      // Decoded as the n-th, taken as number `taken`, on its way as soon as it was.
      const taken = n - (n % 3) + (order[n % 3] ?? 0);
      const frame = fragmentBoxes({ ...times, keyframe: n % 30 === 0, composition: (taken - n + 1) * 614.4 });
      reordered.push(join(frame.moof, frame.mdat));
    }
    // The picture with composition time t of the one was taken when that of the other was, two frames earlier.
    const last = other.segments.at(-1)?.parts.at(-1);
    const same = timeline.segments.at(-1)?.parts.at(-1);
    const originOf = (part: TimelinePart | undefined): number => (part?.pdtMs ?? 0) - (part?.mediaMs ?? 0);
    expect(originOf(same) - originOf(last)).toBeCloseTo(120, 0);
  });

  it('a slip of the reader itself ends that run and goes no further', () => {
    const bug = new TypeError("Cannot read properties of undefined (reading 'size')");
    const faults: unknown[] = [];
    const run = feed.open({
      onInit: () => undefined,
      onMedia: () => undefined,
      onFault: (...fault) => faults.push(fault),
    });
    const reader = vi.spyOn(FrameReader.prototype, 'push').mockImplementation(() => {
      throw bug;
    });
    const { ftyp, moov } = initBoxes();
    try {
      run.push(join(ftyp, moov));
    } finally {
      reader.mockRestore();
    }
    run.push(fragment(0, true));
    expect(faults).toEqual([[`a box cannot be read (${bug.message})`, bug]]);
    play(open(), 20);
    expect(parts.length).toBeGreaterThan(10);
  });

  it('what a listener of the timeline throws is not taken for damaged media', () => {
    const run = open();
    timeline.onPart(() => {
      throw new TypeError('of a viewer');
    });
    expect(() => play(run, 20)).toThrow('of a viewer');
    expect(heard.filter((line) => line.startsWith('fault'))).toEqual([]);
  });

  it('a process after a damaged one is read from the start', () => {
    const run = open();
    run.push(new TextEncoder().encode('garbage garbage'));
    play(open(), 20);
    expect(parts.length).toBeGreaterThan(10);
  });
});

describe('the rungs of one process', () => {
  const second = (): { timeline: Timeline; feed: RunFeed } => {
    const other = new Timeline({ windowMs: 14_000 });
    return { timeline: other, feed: new RunFeed({ timeline: other, mediaClock: time, partMs: 67 }) };
  };
  const events = {
    onInit: () => undefined,
    onMedia: () => undefined,
    onFault: (problem: string) => heard.push(problem),
  };

  it('share what they know of the time: the same picture has the same PDT on both', () => {
    const small = second();
    const clock = new PdtClock();
    const runs = [feed.open(events, { clock }), small.feed.open(events, { clock })];
    const { ftyp, moov } = initBoxes();
    for (const run of runs) run.push(join(ftyp, moov));
    for (let i = 0; i < 30; i += 1) {
      time.advance(PART_MS - 20);
      runs[1]?.push(fragment(i * PART_MS, i % PARTS_PER_GOP === 0));
      // The larger picture takes longer to encode.
      time.advance(20);
      runs[0]?.push(fragment(i * PART_MS, i % PARTS_PER_GOP === 0));
    }
    const times = (of: Timeline) => of.segments.map(({ pdtMs }) => pdtMs);
    expect(times(timeline)).toHaveLength(2);
    expect(times(timeline)).toEqual(times(small.timeline));
  });

  it('both begin anew where one of them shows that all was dated far too late', () => {
    const small = second();
    const clock = new PdtClock();
    const runs = [feed.open(events, { clock }), small.feed.open(events, { clock })];
    const { ftyp, moov } = initBoxes();
    for (const run of runs) run.push(join(ftyp, moov));
    const playBoth = (count: number, from: number): void => {
      for (let i = from; i < from + count; i += 1) {
        time.advance(PART_MS);
        for (const run of runs) run.push(fragment(i * PART_MS, i % PARTS_PER_GOP === 0));
      }
    };
    playBoth(30, 0);
    const beforeMs = timeline.edgePdtMs ?? Number.NaN;
    time.jump(-400);
    playBoth(60, 30);
    for (const each of [timeline, small.timeline]) {
      expect(each.segments.filter(({ discontinuity }) => discontinuity)).toHaveLength(1);
      expect((each.edgePdtMs ?? Number.NaN) - beforeMs).toBeCloseTo(60 * PART_MS - 400, 0);
    }
    expect(heard).toEqual([]);
  });

  it('are timed earlier by what the encoder keeps back', () => {
    const held = second();
    const runs = [feed.open(events), held.feed.open(events, { delayMs: 400 })];
    const { ftyp, moov } = initBoxes();
    for (const run of runs) run.push(join(ftyp, moov));
    for (let i = 0; i < 20; i += 1) {
      time.advance(PART_MS);
      for (const run of runs) run.push(fragment(i * PART_MS, i === 0));
    }
    expect((timeline.segments[0]?.pdtMs ?? 0) - (held.timeline.segments[0]?.pdtMs ?? 0)).toBeCloseTo(400);
  });
});
