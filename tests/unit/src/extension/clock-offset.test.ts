import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ClockOffset } from '../../../../src/extension/clock-offset.ts';

/** A ping to a relay that is `aheadMs` ahead, delayed by `outMs` on the way and `backMs` on the way back. */
function ping(sentMs: number, aheadMs: number, outMs: number, backMs: number) {
  return { sentMs, receivedMs: sentMs + outMs + backMs, serverMs: sentMs + outMs + aheadMs };
}

test('knows nothing before the first answer', () => {
  const offset = new ClockOffset();
  expect(offset.rttMs).toBeUndefined();
  expect(offset.offsetMs).toBe(0);
});

test('takes the offset of the ping with the smallest round trip', () => {
  const offset = new ClockOffset();
  offset.add(ping(1000, 5000, 40, 2));
  offset.add(ping(2000, 5000, 3, 3));
  offset.add(ping(3000, 5000, 2, 60));
  expect(offset.offsetMs).toBe(5000);
  expect(offset.rttMs).toBe(6);
});

test('forgets a ping after eight newer ones', () => {
  const offset = new ClockOffset();
  offset.add(ping(0, 100, 1, 1));
  for (let n = 1; n <= 7; n += 1) offset.add(ping(n * 5000, 100, 10, 10));
  expect(offset.rttMs).toBe(2);
  offset.add(ping(40_000, 100, 10, 10));
  expect(offset.rttMs).toBe(20);
});

test('drops the old pings when a clock was set in between', () => {
  const offset = new ClockOffset();
  offset.add(ping(1000, 0, 1, 1));
  offset.add(ping(6000, 3000, 8, 8));
  expect(offset.offsetMs).toBe(3000);
});

test('ignores an answer that came before its question', () => {
  const offset = new ClockOffset();
  offset.add({ sentMs: 2000, receivedMs: 1000, serverMs: 1500 });
  expect(offset.rttMs).toBeUndefined();
});

test('starts anew after a reset', () => {
  const offset = new ClockOffset();
  offset.add(ping(1000, 500, 1, 1));
  offset.reset();
  expect(offset.rttMs).toBeUndefined();
});

test('is never further off than half the smallest round trip', () => {
  const delay = fc.double({ min: 0, max: 500, noNaN: true });
  fc.assert(
    fc.property(
      fc.double({ min: -1e7, max: 1e7, noNaN: true }),
      fc.array(fc.tuple(delay, delay), { minLength: 1, maxLength: 20 }),
      (aheadMs, delays) => {
        const offset = new ClockOffset();
        delays.forEach(([outMs, backMs], n) => {
          offset.add(ping(n * 5000, aheadMs, outMs, backMs));
        });
        return Math.abs(offset.offsetMs - aheadMs) <= (offset.rttMs ?? 0) / 2 + 1e-6;
      },
    ),
  );
});
