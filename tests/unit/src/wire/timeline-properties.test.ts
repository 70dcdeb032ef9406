/** What holds of a timeline whatever it is fed. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_PDT_STEP_MS, Timeline, type TimelineSegment } from '../../../../src/wire/timeline.ts';
import { init } from './init-segment.ts';

interface Step {
  readonly durationMs: number;
  readonly independent: boolean;
  readonly startsSegment: boolean;
  readonly slewMs: number;
  readonly epochGapMs: number | undefined;
  readonly closeFirst: boolean;
}
const step: fc.Arbitrary<Step> = fc.record({
  durationMs: fc.double({ min: 1, max: 400, noNaN: true }),
  independent: fc.boolean(),
  startsSegment: fc.boolean(),
  slewMs: fc.double({ min: -20, max: 20, noNaN: true }),
  epochGapMs: fc.option(fc.double({ min: -5000, max: 5000, noNaN: true }), { nil: undefined, freq: 8 }),
  closeFirst: fc.boolean(),
});
const steps = fc.array(step, { minLength: 1, maxLength: 120 });

/** Plays the steps, calling `check` after each with every segment that ever was. */
function play(
  windowMs: number,
  list: readonly Step[],
  check: (t: Timeline, all: readonly TimelineSegment[]) => void,
): void {
  const timeline = new Timeline({ windowMs });
  const all = new Map<number, TimelineSegment>();
  let epoch = 0;
  let pdtMs = 1_000_000;
  for (const { durationMs, independent, startsSegment, slewMs, epochGapMs, closeFirst } of list) {
    if (epochGapMs !== undefined) {
      epoch += 1;
      pdtMs += epochGapMs;
    }
    if (closeFirst && startsSegment) timeline.closeSegment();
    timeline.addInit(init(`e${epoch % 3}`));
    pdtMs += slewMs;
    timeline.append({
      epoch,
      initId: `e${epoch % 3}`,
      durationMs,
      independent,
      startsSegment,
      pdtMs,
      data: Uint8Array.of(1),
    });
    pdtMs += durationMs;
    for (const segment of timeline.segments) all.set(segment.msn, segment);
    check(timeline, [...all.values()]);
  }
}

describe('Timeline, whatever it is fed', () => {
  const windows = fc.double({ min: 0, max: 5000, noNaN: true });

  it('counts media sequences up by one, and parts from zero', () => {
    void fc.assert(
      fc.property(windows, steps, (windowMs, list) => {
        play(windowMs, list, (timeline, all) => {
          expect(all.map(({ msn }) => msn)).toEqual(all.map((_, n) => n));
          expect(timeline.nextMsn).toBe(all.length);
          for (const segment of timeline.segments) {
            expect(segment.parts.map(({ msn, index }) => [msn, index])).toEqual(
              segment.parts.map((_, n) => [segment.msn, n]),
            );
            expect(timeline.segment(segment.msn)).toBe(segment);
          }
        });
      }),
      { numRuns: 60 },
    );
  });

  it('counts parts through all segments, and finds by that count what the window still holds', () => {
    void fc.assert(
      fc.property(windows, steps, (windowMs, list) => {
        let appended = 0;
        play(windowMs, list, (timeline, all) => {
          appended += 1;
          const parts = all.flatMap((segment) => segment.parts);
          expect(parts.map(({ serial }) => serial)).toEqual(parts.map((_, n) => n));
          expect(timeline.nextSerial).toBe(appended);
          const held = new Set(timeline.segments.flatMap((segment) => segment.parts));
          for (const part of parts)
            expect(timeline.partBySerial(part.serial)).toBe(held.has(part) ? part : undefined);
          expect(timeline.partBySerial(appended)).toBeUndefined();
        });
      }),
      { numRuns: 30 },
    );
  });

  it('keeps a segment as long as its parts together, and only the last one open', () => {
    void fc.assert(
      fc.property(windows, steps, (windowMs, list) => {
        play(windowMs, list, (timeline) => {
          for (const { durationMs, parts } of timeline.segments)
            expect(durationMs).toBeCloseTo(
              parts.reduce((sum, part) => sum + part.durationMs, 0),
              6,
            );
          expect(timeline.segments.slice(0, -1).every(({ closed }) => closed)).toBe(true);
          expect(Math.max(...timeline.segments.map(({ durationMs }) => durationMs))).toBeLessThanOrEqual(
            timeline.maxSegmentMs,
          );
        });
      }),
      { numRuns: 60 },
    );
  });

  it('forgets a long part with the segment that held it', () => {
    void fc.assert(
      fc.property(windows, steps, (windowMs, list) => {
        play(windowMs, list, (timeline) => {
          const held = timeline.segments.flatMap(({ parts }) => parts.map(({ durationMs }) => durationMs));
          expect(timeline.maxPartMs).toBe(Math.max(0, ...held));
        });
      }),
      { numRuns: 60 },
    );
  });

  it('lets the PDT run on inside an epoch, and puts a discontinuity at every new one', () => {
    void fc.assert(
      fc.property(windows, steps, (windowMs, list) => {
        play(windowMs, list, (timeline) => {
          timeline.segments.forEach((segment, n) => {
            const before = timeline.segments[n - 1];
            expect(segment.pdtMs).toBe(segment.parts[0]?.pdtMs);
            if (before === undefined) return;
            expect(segment.discontinuity).toBe(segment.epoch !== before.epoch);
            const last = before.parts.at(-1);
            if (segment.epoch === before.epoch && last !== undefined)
              expect(Math.abs(segment.pdtMs - last.pdtMs - last.durationMs)).toBeLessThanOrEqual(
                MAX_PDT_STEP_MS,
              );
          });
        });
      }),
      { numRuns: 60 },
    );
  });

  it('drops nothing that the window still needs, and little more than that is kept', () => {
    void fc.assert(
      fc.property(windows, steps, (windowMs, list) => {
        play(windowMs, list, (timeline, all) => {
          const keptMs = timeline.segments.reduce((sum, { durationMs }) => sum + durationMs, 0);
          const newestMs = timeline.segments.at(-1)?.durationMs ?? 0;
          if (timeline.segments.length < all.length) expect(keptMs).toBeGreaterThan(windowMs - 1e-6);
          const first = timeline.segments[0]?.durationMs ?? 0;
          if (timeline.segments.length > 1) expect(keptMs - first - newestMs).toBeLessThan(windowMs + 1e-6);
        });
      }),
      { numRuns: 60 },
    );
  });

  it('counts the discontinuities that left with their segments', () => {
    void fc.assert(
      fc.property(windows, steps, (windowMs, list) => {
        play(windowMs, list, (timeline, all) => {
          const firstMsn = timeline.segments[0]?.msn ?? 0;
          const gone = all.filter(({ msn, discontinuity }) => msn < firstMsn && discontinuity);
          expect(timeline.discontinuitySequence).toBe(gone.length);
        });
      }),
      { numRuns: 60 },
    );
  });

  it('always has the init of every segment it lists', () => {
    void fc.assert(
      fc.property(windows, steps, (windowMs, list) => {
        play(windowMs, list, (timeline) => {
          for (const { initId } of timeline.segments) expect(timeline.init(initId)?.id).toBe(initId);
        });
      }),
      { numRuns: 60 },
    );
  });

  it('never takes back that something was reached', () => {
    void fc.assert(
      fc.property(windows, steps, (windowMs, list) => {
        const reached = new Set<string>();
        play(windowMs, list, (timeline) => {
          for (const { msn, parts, closed } of timeline.segments) {
            if (closed) reached.add(`${msn}`);
            for (const { index } of parts) reached.add(`${msn}.${index}`);
          }
          for (const key of reached) {
            const [msn, index] = key.split('.').map(Number);
            expect(timeline.reached(msn ?? -1, index)).toBe(true);
          }
          expect(timeline.reached(timeline.nextMsn, 0)).toBe(false);
        });
      }),
      { numRuns: 40 },
    );
  });
});

describe('Timeline that is cleared now and then', () => {
  const cleared = fc.array(fc.tuple(step, fc.boolean()), { minLength: 1, maxLength: 80 });

  it('never counts anything twice or backwards, and adds up what it holds', () => {
    void fc.assert(
      fc.property(fc.double({ min: 0, max: 5000, noNaN: true }), cleared, (windowMs, list) => {
        const timeline = new Timeline({ windowMs });
        timeline.addInit(init('a'));
        let totalMs = 0;
        let shouldBreak = false;
        let discontinuities = 0;
        const seen = new Map<number, boolean>();
        list.forEach(([{ durationMs, independent, startsSegment }, clear], n) => {
          if (clear) {
            shouldBreak = timeline.segments.length > 0 || shouldBreak;
            timeline.clear();
            expect(timeline.segments).toEqual([]);
          }
          const pdtMs = timeline.edgePdtMs ?? 1_000_000 + n * 10_000;
          const part = timeline.append({
            ...{ epoch: 0, initId: 'a', durationMs, independent, startsSegment, pdtMs },
            ...{ mediaMs: totalMs, data: new Uint8Array(n) },
          });
          const segment = timeline.segment(part.msn);
          if (part.index === 0) {
            expect(segment?.discontinuity).toBe(shouldBreak);
            if (shouldBreak) discontinuities += 1;
            shouldBreak = false;
            expect(part.msn).toBe(seen.size);
          }
          seen.set(part.msn, segment?.discontinuity === true);
          expect([part.serial, part.mediaMs]).toEqual([n, totalMs]);
          expect(part.offsetMs).toBeCloseTo(totalMs, 6);
          totalMs += durationMs;
          const held = timeline.segments.flatMap(({ parts }) => parts);
          expect(timeline.endMs).toBeCloseTo(totalMs, 6);
          expect(timeline.bytes).toBe(held.reduce((sum, { data }) => sum + data.length, 0));
          const listed = timeline.segments.filter(({ discontinuity }) => discontinuity).length;
          expect(timeline.discontinuitySequence + listed).toBe(discontinuities);
        });
      }),
      { numRuns: 80 },
    );
  });

  it('finds the start for a latency as one finds it by going through all parts', () => {
    void fc.assert(
      fc.property(cleared, fc.double({ min: 0, max: 6000, noNaN: true }), (list, behindMs) => {
        const timeline = new Timeline({ windowMs: 4000 });
        timeline.addInit(init('a'));
        list.forEach(([{ durationMs, independent, startsSegment }, clear], n) => {
          if (clear && n % 7 === 0) timeline.clear();
          const pdtMs = timeline.edgePdtMs ?? n * 10_000;
          const part = { epoch: 0, initId: 'a', durationMs, independent, startsSegment, pdtMs };
          timeline.append({ ...part, data: new Uint8Array() });
          const held = timeline.segments.flatMap(({ parts }) => parts).filter((each) => each.independent);
          const early = held.filter(({ offsetMs }) => timeline.endMs - offsetMs >= behindMs);
          expect(timeline.startFor(behindMs)).toBe(early.at(-1) ?? held[0]);
        });
      }),
      { numRuns: 60 },
    );
  });
});
