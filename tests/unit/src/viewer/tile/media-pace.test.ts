import { expect, it } from 'vitest';
import { MediaPace } from '../../../../../src/viewer/tile/media-pace.ts';

it('takes a rung for silent a second after its last part, and longer by its own pace', () => {
  const pace = new MediaPace();
  expect(pace.silent(60_000)).toBe(false);
  pace.heard(0, 67);
  expect([pace.silent(1_160), pace.silent(1_170)]).toEqual([false, true]);
  pace.heard(2_000, 2_000);
  expect([pace.slow, pace.pictureMs, pace.silent(7_900), pace.silent(8_100)]).toEqual([
    true,
    2_000,
    false,
    true,
  ]);
});

it('forgets the pace of another rung, and counts from when the socket was opened', () => {
  const pace = new MediaPace();
  pace.opened(0);
  expect(pace.silent(10_000)).toBe(false);
  pace.heard(0, 10_000);
  pace.begin();
  expect([pace.slow, pace.pictureMs]).toEqual([false, 0]);
  pace.opened(5_000);
  expect([pace.silent(5_900), pace.silent(6_100)]).toEqual([false, true]);
});

it('is slow as long as one of its last parts was', () => {
  const pace = new MediaPace();
  pace.heard(0, 10_000);
  for (let n = 0; n < 7; n += 1) pace.heard(n, 67);
  expect(pace.slow).toBe(true);
  pace.heard(8, 67);
  expect(pace.slow).toBe(false);
});

it('knows a part that stands for pictures that were left out', () => {
  const pace = new MediaPace();
  expect(pace.stretched(1_500)).toBe(false);
  for (let n = 0; n < 4; n += 1) pace.heard(n * 80, 80);
  expect(pace.stretched(1_500)).toBe(true);
  expect(pace.stretched(120)).toBe(false);
});

it('takes a rung of keyframes only for nothing else', () => {
  const pace = new MediaPace();
  for (let n = 0; n < 4; n += 1) pace.heard(n * 2_000, 2_000);
  expect(pace.stretched(2_000)).toBe(false);
});

it('measures what comes of the rung that plays, without the history that it begins with', () => {
  const pace = new MediaPace();
  for (let n = 0; n < 20; n += 1) pace.heard(0, 100);
  for (let n = 0; n < 20; n += 1) pace.heard(n * 100, 100, 5_000);
  expect(pace.figures).toEqual({ bitrateKbps: 400, speed: 1 });
  pace.begin();
  expect(pace.figures).toBeUndefined();
});
