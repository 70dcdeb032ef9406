import { expect, test } from 'vitest';
import { ViewPace } from '../../../../../src/viewer/ui/view-pace.ts';
import { FakeTime } from '../../../../support/fake-time.ts';
import { tileView, wallView } from '../../../../support/wall-state.ts';

test('passes two of four views a second', () => {
  const time = new FakeTime();
  const pace = new ViewPace(time);
  const taken = Array.from({ length: 8 }, () => {
    const takes = pace.takes(wallView());
    time.advance(250);
    return takes;
  });
  expect(taken.filter(Boolean)).toHaveLength(4);
});

test('passes every change of phase and mode at once', () => {
  const pace = new ViewPace(new FakeTime());
  expect(pace.takes(wallView())).toBe(true);
  expect(pace.takes(wallView({ tiles: [tileView({ offsetMs: 9 })] }))).toBe(false);
  expect(pace.takes(wallView({ tiles: [tileView({ phase: 'stale' })] }))).toBe(true);
  expect(pace.takes(wallView({ mode: 'stable', tiles: [tileView({ phase: 'stale' })] }))).toBe(true);
});
