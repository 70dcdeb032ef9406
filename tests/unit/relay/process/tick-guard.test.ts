import { expect, it } from 'vitest';
import { TickGuard } from '../../../../relay/process/tick-guard.ts';

const late = (...ticksMs: number[]): boolean[] => {
  const guard = new TickGuard(250, 9_750);
  return ticksMs.map((ms) => guard.late(ms));
};

it('ticks in time are not late, nor is the first one', () => {
  expect(late(10_000, 10_250, 10_500, 11_240)).toEqual([false, false, false, false]);
});

it('a tick more than two periods late is, and so are those that are made up for at once', () => {
  expect(late(60_000, 60_000, 60_010, 60_250)).toEqual([true, true, true, false]);
});
