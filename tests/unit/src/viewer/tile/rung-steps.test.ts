import { expect, test } from 'vitest';
import type { RungSize } from '../../../../../src/viewer/tile/rung-choice.ts';
import { affordable, rungSteps } from '../../../../../src/viewer/tile/rung-steps.ts';

const rung = (id: string, height: number, bitrateKbps: number, more: Partial<RungSize> = {}): RungSize => ({
  id,
  height,
  bitrateKbps,
  ...more,
});
const RUNGS = [rung('main', 1080, 4_000), rung('sub1', 360, 600), rung('sub2', 180, 100)];
const signs = { rungs: RUNGS, shownHeightPx: 360, current: 'sub1' };

test('lead up to what the tile would like, and not beyond', () => {
  expect(rungSteps(signs)).toEqual([
    { id: 'sub2', kbps: 100 },
    { id: 'sub1', kbps: 600 },
  ]);
  expect(rungSteps({ ...signs, shownHeightPx: 1_080 }).map(({ id }) => id)).toEqual(['sub2', 'sub1', 'main']);
});

test('are pictures that move and that are played, each for more than the one before', () => {
  const rungs = [
    ...RUNGS,
    rung('keys', 170, 20, { pictures: 'keyframes' }),
    rung('dear', 160, 700),
    rung('hevc', 150, 50),
  ];
  const playable = ({ id }: RungSize) => ({ supported: id !== 'hevc', smooth: true, powerEfficient: false });
  expect(rungSteps({ ...signs, rungs, playable }).map(({ id }) => id)).toEqual(['sub2', 'sub1']);
});

test('of a camera without rungs are none', () => {
  expect(rungSteps({ ...signs, rungs: [] })).toEqual([]);
});

test('what takes no more than the bound is affordable, and all without one that is known', () => {
  expect(affordable(RUNGS, 'sub1').map(({ id }) => id)).toEqual(['sub1', 'sub2']);
  expect(affordable(RUNGS, undefined)).toBe(RUNGS);
  expect(affordable(RUNGS, 'gone')).toBe(RUNGS);
});

test('say which of them the relay would have to begin to make', () => {
  const made = { origin: 'transcode', asleep: true } as const;
  const rungs = [
    rung('main', 1080, 4_000, { origin: 'camera', asleep: true }),
    rung('awake', 540, 900, { ...made, asleep: false }),
    rung('asleep', 360, 500, made),
  ];
  expect(rungSteps({ ...signs, rungs, shownHeightPx: 1_080 })).toEqual([
    { id: 'asleep', kbps: 500, wakes: true },
    { id: 'awake', kbps: 900 },
    { id: 'main', kbps: 4_000 },
  ]);
});
