import { expect, test } from 'vitest';
import { listWords, spanWords } from '../../../../src/extension/camera-words.ts';

test.each([
  [-50, '0 s'],
  [4_400, '4 s'],
  [59_499, '59 s'],
  [60_000, '1 min'],
  [3_599_000, '59 min'],
  [3_600_000, '1 h'],
  [7_500_000, '2 h 5 min'],
  [3 * 86_400_000, '3 days'],
])('%i ms is said as %s', (ms, words) => {
  expect(spanWords(ms)).toBe(words);
});

test.each([
  [[], ''],
  [['A'], 'A'],
  [['A', 'B'], 'A and B'],
  [['A', 'B', 'C', 'D'], 'A, B, C and D'],
  [['A', 'B', 'C', 'D', 'E'], 'A, B, C and 2 more'],
])('%j is listed as "%s"', (names, words) => {
  expect(listWords(names)).toBe(words);
});
