import { beforeEach, expect, test } from 'vitest';
import { type WallStatus, WallStatuses } from '../../../../src/extension/wall-status.ts';
import { FakeStorage } from '../../../support/fake-storage.ts';

const wall = (patch: Partial<WallStatus> = {}): WallStatus => ({
  mode: 'auto',
  effective: 'ultra-low',
  targetMs: 300,
  why: '',
  decisions: [],
  tiles: [],
  shownMs: 0,
  ...patch,
});

let storage: FakeStorage;
let walls: WallStatuses;

beforeEach(() => {
  storage = new FakeStorage();
  walls = new WallStatuses(storage);
});

test('two walls do not overwrite each other, and the one that came to the front last is told', async () => {
  await walls.write(1, wall({ mode: 'stable', shownMs: 20 }));
  await walls.write(2, wall({ mode: 'balanced', shownMs: 10 }));
  expect((await walls.newest())?.mode).toBe('stable');
  await walls.write(2, wall({ mode: 'balanced', shownMs: 30 }));
  expect((await walls.newest())?.mode).toBe('balanced');
});

test('a wall that closes takes only its own status with it', async () => {
  await walls.write(1, wall({ mode: 'stable', shownMs: 20 }));
  await walls.write(2, wall({ shownMs: 30 }));
  await walls.remove(2);
  expect((await walls.newest())?.mode).toBe('stable');
  await walls.remove(1);
  expect(await walls.newest()).toBeUndefined();
});

test('all are forgotten together, and nothing else in the area', async () => {
  await storage.set({ relay: { phase: 'open' } });
  await walls.write(1, wall());
  await walls.write(2, wall());
  await walls.clear();
  expect([...storage.items.keys()]).toEqual(['relay']);
});

test('what is no status of a wall is passed over', async () => {
  await storage.set({ 'wall-1': { mode: 'warp' } });
  expect(await walls.newest()).toBeUndefined();
});

test('a listener hears of walls only, until it ends', async () => {
  let heard = 0;
  const stop = walls.subscribe(() => {
    heard += 1;
  });
  await storage.set({ relay: 1 });
  await walls.write(1, wall());
  expect(heard).toBe(1);
  stop();
  await walls.remove(1);
  expect(heard).toBe(1);
});
