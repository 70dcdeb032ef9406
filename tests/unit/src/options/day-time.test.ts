import { expect, test } from 'vitest';
import { minuteOf, timeText } from '../../../../src/options/day-time.ts';

test.each([
  ['00:00', 0],
  ['07:05', 425],
  ['23:59', 1439],
])('%s is minute %i, both ways', (text, minute) => {
  expect(minuteOf(text)).toBe(minute);
  expect(timeText(minute)).toBe(text);
});

test.each(['', '24:00', '12:60', '7:05', 'noon'])('"%s" is no time of day', (text) => {
  expect(minuteOf(text)).toBeUndefined();
});
