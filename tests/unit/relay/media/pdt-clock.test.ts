import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PdtClock, SETTLE_MS } from '../../../../relay/media/pdt-clock.ts';

const PART_MS = 67;
const ORIGIN = 1_700_000_000_000;

/** Parts of a source that began at `originMs`, each arriving `delayMs(i)` after its end. */
function feed(
  clock: PdtClock,
  count: number,
  delayMs: (i: number) => number,
  from = 0,
  originMs = ORIGIN,
): string {
  let verdict = '';
  for (let i = from; i < from + count; i += 1) {
    const endMs = (i + 1) * PART_MS;
    verdict = clock.observe(endMs, originMs + endMs + delayMs(i));
  }
  return verdict;
}

const HOUR_MS = 3_600_000;
/** Of media that is still to come: what has come keeps the origin that it was given. */
const errorMs = (clock: PdtClock): number => (clock.pdtMs(HOUR_MS) ?? Number.NaN) - HOUR_MS - ORIGIN;

describe('PdtClock', () => {
  it('says nothing until two parts in a row came at their own pace', () => {
    const clock = new PdtClock();
    expect(feed(clock, 2, () => 5)).toBe('settling');
    expect(clock.pdtMs(0)).toBeUndefined();
    expect(feed(clock, 1, () => 5, 2)).toBe('steady');
    expect(errorMs(clock)).toBe(5);
  });

  it('is not fooled by a burst at the start, nor by one that was held up in its middle', () => {
    const burst = new PdtClock();
    expect(feed(burst, 8, (i) => 5 + (8 - i) * PART_MS)).toBe('settling');
    expect(feed(burst, 2, () => 5, 8)).toBe('settling');
    expect(feed(burst, 1, () => 5, 10)).toBe('steady');
    expect(errorMs(burst)).toBe(5);
    const held = new PdtClock();
    // The first part at once, the others 100 ms later, all together.
    expect(feed(held, 8, (i) => 5 + (8 - i) * PART_MS + (i === 0 ? 0 : 100))).toBe('settling');
    feed(held, 3, () => 5, 8);
    expect(errorMs(held)).toBe(5);
  });

  it('waits for no more than its time, whatever the pace', () => {
    const clock = new PdtClock();
    // Twice as fast as it should, as a slow link delivers what a camera had in store.
    const store = (i: number): number => 2000 - (i * PART_MS) / 2;
    const parts = Math.ceil(SETTLE_MS / (PART_MS / 2));
    expect(feed(clock, parts, store)).toBe('settling');
    expect(feed(clock, 1, store, parts)).toBe('steady');
  });

  it('takes the earliest arrival, so that a slow start does not count', () => {
    const clock = new PdtClock();
    feed(clock, 10, (i) => (i < 3 ? 184 - i * 60 : 4));
    expect(errorMs(clock)).toBe(4);
  });

  it('is not moved by jitter', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 200 }), { minLength: 50, maxLength: 300 }), (jitter) => {
        const clock = new PdtClock();
        // Every fourth part is on time: the host is busy, not dead.
        feed(clock, jitter.length, (i) => 3 + (i % 4 === 0 ? 0 : (jitter[i] ?? 0)));
        expect(errorMs(clock)).toBe(3);
      }),
    );
  });

  it('follows a drifting camera clock within 10 ms', () => {
    const clock = new PdtClock();
    const driftPerPart = PART_MS * 100e-6;
    feed(clock, 60_000 / PART_MS, (i) => 3 + i * driftPerPart);
    expect(errorMs(clock)).toBeGreaterThan(3);
    expect(Math.abs(errorMs(clock) - (3 + (60_000 / PART_MS) * driftPerPart))).toBeLessThan(10);
  });

  it('moves to an earlier origin by 50 ms per second of media, also when much of it comes at once', () => {
    const clock = new PdtClock();
    feed(clock, 60, () => 203);
    feed(clock, 30, () => 3, 60);
    expect(errorMs(clock)).toBeCloseTo(203 - 30 * PART_MS * 0.05, 1);
    let lastMs = errorMs(clock);
    // Nothing for 670 ms, then ten parts together.
    for (let part = 90; part < 100; part += 1) {
      clock.observe((part + 1) * PART_MS, ORIGIN + 101 * PART_MS);
      expect(lastMs - errorMs(clock)).toBeLessThanOrEqual(PART_MS * 0.05 + 0.01);
      lastMs = errorMs(clock);
    }
    feed(clock, 30, () => 3, 100);
    expect(errorMs(clock)).toBe(3);
  });

  it('is not mistaken by rounded media times: one step for each part, the same for each rung', () => {
    const clock = new PdtClock();
    feed(clock, 60, () => 203);
    let lastMs = clock.pdtMs(59 * PART_MS) ?? Number.NaN;
    for (let part = 60; part < 90; part += 1) {
      // Up to 1 ms off, here this way and there that way.
      const [startMs, endMs] = [
        part * PART_MS + (part % 2) - 0.5,
        (part + 1) * PART_MS + (part % 3) / 2 - 0.5,
      ];
      clock.observe(endMs, ORIGIN + endMs + 3);
      const pdtMs = clock.pdtMs(startMs) ?? Number.NaN;
      expect(Math.abs(pdtMs - lastMs - PART_MS)).toBeLessThan(5);
      expect(Math.abs((clock.pdtMs(startMs + 0.9) ?? Number.NaN) - pdtMs)).toBeLessThan(1);
      expect(Math.abs((clock.pdtMs(startMs - 0.9) ?? Number.NaN) - pdtMs)).toBeLessThan(1);
      lastMs = pdtMs;
    }
  });

  it('moves to a later origin by 10 ms per second, once nothing has been earlier for 10 s', () => {
    const clock = new PdtClock();
    feed(clock, 60, () => 3);
    feed(clock, Math.floor(9_900 / PART_MS), () => 103, 60);
    expect(errorMs(clock)).toBe(3);
    feed(clock, 18, () => 103, 60 + Math.floor(9_900 / PART_MS));
    expect(errorMs(clock)).toBeGreaterThan(3);
    expect(errorMs(clock)).toBeLessThan(16);
  });

  it('asks for a new epoch when the origin jumps back, at once', () => {
    const clock = new PdtClock();
    feed(clock, 60, () => 403);
    expect(feed(clock, 1, () => 3, 60)).toBe('stepped');
    expect(errorMs(clock)).toBe(403);
    clock.restart();
    expect(errorMs(clock)).toBe(3);
    expect(feed(clock, 1, () => 3, 61)).toBe('steady');
  });

  it('asks for a new epoch when media stays late, after the window has passed', () => {
    const clock = new PdtClock();
    feed(clock, 60, () => 3);
    expect(feed(clock, 100, () => 403, 60)).toBe('steady');
    expect(feed(clock, 100, () => 403, 160)).toBe('stepped');
    clock.restart();
    expect(errorMs(clock)).toBe(403);
  });

  it('tells rungs that ask at different times for the same media the same, while the origin follows and where it jumps', () => {
    const clock = new PdtClock();
    const told = new Map<number, number>();
    // The quick rung has parts of 67 ms, the slow one a picture each 201 ms; the source first lags, then catches up.
    for (let part = 0; part < 300; part += 1) {
      const delayMs = part < 60 ? 103 : part < 200 ? 3 : -400;
      const endMs = (part + 1) * PART_MS;
      if (clock.observe(endMs, ORIGIN + endMs + delayMs) === 'stepped') clock.restart();
      told.set(part * PART_MS, clock.pdtMs(part * PART_MS) ?? Number.NaN);
      if (part % 3 < 2) continue;
      const startMs = (part - 2) * PART_MS;
      clock.observe(endMs, ORIGIN + endMs + delayMs + 40);
      // Media from before a new origin is not shown under it.
      if (clock.generation > 0 && startMs < 200 * PART_MS) continue;
      const slow = clock.pdtMs(startMs);
      if (slow !== undefined && !Number.isNaN(told.get(startMs))) expect(slow).toBe(told.get(startMs));
    }
    expect(clock.generation).toBe(1);
    expect(errorMs(clock)).toBe(-400);
  });
});
