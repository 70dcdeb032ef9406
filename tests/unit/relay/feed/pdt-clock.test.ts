import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PdtClock, SETTLE_MS } from '../../../../relay/feed/pdt-clock.ts';

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

const errorMs = (clock: PdtClock): number => (clock.pdtMs(0) ?? Number.NaN) - ORIGIN;

describe('PdtClock', () => {
  it('says nothing until it has settled', () => {
    const clock = new PdtClock();
    expect(feed(clock, Math.floor(SETTLE_MS / PART_MS), () => 5)).toBe('settling');
    expect(clock.pdtMs(0)).toBeUndefined();
    expect(feed(clock, 2, () => 5, 4)).toBe('steady');
    expect(errorMs(clock)).toBe(5);
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

  it('moves slowly to a better origin: at most 10 ms per second', () => {
    const clock = new PdtClock();
    feed(clock, 60, () => 103);
    feed(clock, 15, () => 3, 60);
    expect(errorMs(clock)).toBeGreaterThan(90);
    feed(clock, 150, () => 3, 75);
    expect(errorMs(clock)).toBeCloseTo(3, 0);
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

  it('survives a wall clock that is set back while it settles and later', () => {
    const clock = new PdtClock();
    feed(clock, 2, () => 3);
    feed(clock, 10, () => 3, 2, ORIGIN - 3_600_000);
    expect(errorMs(clock)).toBe(3 - 3_600_000);
    expect(feed(clock, 1, () => 3, 12, ORIGIN - 7_200_000)).toBe('stepped');
  });
});
