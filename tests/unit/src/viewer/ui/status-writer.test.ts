import { beforeEach, expect, test } from 'vitest';
import type { WallStatus } from '../../../../../src/extension/wall-status.ts';
import { StatusWriter } from '../../../../../src/viewer/ui/status-writer.ts';
import { FakeTime } from '../../../../support/fake-time.ts';
import { wallView } from '../../../../support/wall-state.ts';

let time: FakeTime;
let written: WallStatus[];
let writer: StatusWriter;
let shownMs: number;

beforeEach(() => {
  time = new FakeTime();
  written = [];
  shownMs = 1000;
  writer = new StatusWriter({
    write: (status) => written.push(status),
    shownMs: () => shownMs,
    clock: time,
    timers: time,
  });
});

test('writes the first view at once', () => {
  writer.offer(wallView());
  expect(written).toEqual([
    {
      mode: 'auto',
      effective: 'ultra-low',
      targetMs: 300,
      why: 'the link holds it',
      decisions: [],
      skewMs: 7,
      tiles: [{ camera: 'gate', phase: 'playing', inGroup: true }],
      shownMs: 1000,
    },
  ]);
});

test('writes at most once a second, and then the newest', () => {
  for (let n = 0; n < 9; n += 1) {
    writer.offer(wallView({ skewMs: n }));
    time.advance(250);
  }
  expect(written.map(({ skewMs }) => skewMs)).toEqual([0, 3, 7]);
});

test('writes a change of mode at once', () => {
  writer.offer(wallView());
  time.advance(10);
  writer.offer(wallView({ mode: 'stable', effective: 'stable' }));
  expect(written.map(({ mode }) => mode)).toEqual(['auto', 'stable']);
});

test('writes at once that the wall came to the front', () => {
  writer.offer(wallView());
  time.advance(10);
  shownMs = 2000;
  writer.offer(wallView());
  expect(written.map((status) => status.shownMs)).toEqual([1000, 2000]);
});

test('does not write the same twice', () => {
  writer.offer(wallView());
  time.advance(5000);
  writer.offer(wallView());
  expect(written).toHaveLength(1);
});

test('leaves the skew out when there is none', () => {
  writer.offer(wallView({ skewMs: undefined }));
  expect(written[0]).not.toHaveProperty('skewMs');
});

test('writes nothing after its stop', () => {
  writer.offer(wallView());
  writer.offer(wallView({ skewMs: 50 }));
  writer.stop();
  time.advance(5000);
  expect(written).toHaveLength(1);
  expect(time.pending).toBe(0);
});
