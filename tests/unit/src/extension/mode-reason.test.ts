import { expect, test } from 'vitest';
import { isNews, modeReason } from '../../../../src/extension/mode-reason.tsx';

const why = 'pictures come up to 0.03 s late';
const told = { atMs: 0, mode: 'ultra-low', targetMs: 300, why } as const;

test('names the cameras that the wall goes on without', () => {
  const wall = { why, tiles: [1, 2, 3] };
  expect(modeReason(wall, [])).toBe('Pictures come up to 0.03 s late');
  expect(modeReason(wall, ['Gate', 'Yard'])).toBe('Pictures come up to 0.03 s late; without Gate and Yard');
  expect(modeReason(wall, ['Gate', 'Yard', 'Door'])).toBe(
    'Pictures come up to 0.03 s late; no camera keeps up',
  );
});

test('a screen reader hears a new mode at once, and another reason after half a minute', () => {
  const later = { ...told, atMs: 10_000, why: 'pictures ran out 2 times within 30 s' };
  expect(isNews(told, { ...later, mode: 'balanced' })).toBe(true);
  expect(isNews(told, later)).toBe(false);
  expect(isNews(told, { ...later, atMs: 30_000 })).toBe(true);
  expect(isNews(told, { ...told, atMs: 60_000 })).toBe(false);
});
