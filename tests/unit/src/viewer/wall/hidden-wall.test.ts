import { expect, test } from 'vitest';
import { HiddenWall } from '../../../../../src/viewer/wall/hidden-wall.ts';

test('asks for less the longer nobody sees it, and for all when somebody does', () => {
  const wall = new HiddenWall();
  expect(wall.step(0, false)).toBe('all');
  expect(wall.step(100_000, true)).toBe('all');
  expect(wall.step(159_000, true)).toBe('all');
  expect(wall.step(160_000, true)).toBe('smallest');
  expect(wall.step(700_000, true)).toBe('nothing');
  expect(wall.step(701_000, false)).toBe('all');
  expect(wall.step(702_000, true)).toBe('all');
});

test('that is looked at now and then is never hidden for long', () => {
  const wall = new HiddenWall();
  for (let atMs = 0; atMs < 3_600_000; atMs += 50_000) {
    expect(wall.step(atMs, true)).toBe('all');
    wall.step(atMs + 40_000, false);
  }
});
