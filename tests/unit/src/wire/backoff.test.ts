import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fullJitterMs } from '../../../../src/wire/backoff.ts';

const RETRY = { baseMs: 500, capMs: 15_000 };
const almostOne = () => 1 - Number.EPSILON;

test.each([
  [0, 500],
  [1, 1000],
  [4, 8000],
  [5, 15_000],
  [10_000, 15_000],
])('after %i failed attempts it waits at most %i ms', (attempt, boundMs) => {
  expect(fullJitterMs(RETRY, attempt, almostOne)).toBeCloseTo(boundMs, 5);
});

test('the wait is spread over the whole range below its bound', () => {
  expect(fullJitterMs(RETRY, 2, () => 0)).toBe(0);
  expect(fullJitterMs(RETRY, 2, () => 0.25)).toBe(500);
});

test('the wait is never negative, above the cap or not finite', () => {
  fc.assert(
    fc.property(
      fc.nat(),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (attempt, random) => {
        const waitMs = fullJitterMs(RETRY, attempt, () => random);
        return waitMs >= 0 && waitMs <= RETRY.capMs;
      },
    ),
  );
});
