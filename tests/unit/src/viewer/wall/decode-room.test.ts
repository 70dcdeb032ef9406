import { expect, it } from 'vitest';
import type { DecodeWish } from '../../../../../src/viewer/tile/rung-choice.ts';
import { decodeRoom } from '../../../../../src/viewer/wall/decode-room.ts';

const pps = (width: number, height: number, fps: number): number => width * height * fps;
const SMALL = pps(640, 360, 25);
const FULL: DecodeWish = {
  leastPps: SMALL,
  passedOnPps: pps(1920, 1080, 25),
  passedOn: 'main',
  powerEfficient: false,
};
const CONTENT: DecodeWish = {
  leastPps: SMALL,
  passedOnPps: SMALL,
  passedOn: undefined,
  powerEfficient: false,
};
const wall = (...wishes: DecodeWish[]) => new Map(wishes.map((wish, n) => [`cam${n + 1}`, wish]));
const room = (
  wishes: ReadonlyMap<string, DecodeWish>,
  cores: number,
  before: readonly string[] = [],
): string[] => [...decodeRoom(wishes, new Set(before), cores)];

it('passes on four 1080p streams on two cores, and no fifth one', () => {
  expect(room(wall(FULL, FULL, CONTENT), 2)).toEqual(['cam1', 'cam2']);
  expect(room(wall(FULL, FULL, FULL, FULL, FULL), 2)).toEqual(['cam1', 'cam2', 'cam3', 'cam4']);
});

it('has room for ten by hardware, whatever the processor', () => {
  const tiles = Array.from({ length: 16 }, () => ({ ...FULL, powerEfficient: true }));
  expect(room(wall(...tiles), 2)).toHaveLength(10);
});

it('takes nothing from a tile that has its wish for one that comes, or for a measured rate that moves a little', () => {
  const five = wall(FULL, FULL, FULL, FULL, FULL);
  expect(room(five, 2, ['cam5', 'cam4'])).toEqual(['cam4', 'cam5', 'cam1', 'cam2']);
  const faster = { ...FULL, passedOnPps: FULL.passedOnPps * 1.6 };
  const three = wall(faster, faster, faster);
  expect(room(three, 2)).toEqual(['cam1', 'cam2']);
  expect(room(three, 2, ['cam1', 'cam2', 'cam3'])).toEqual(['cam1', 'cam2', 'cam3']);
});

it('leaves the others their wish when one tile is enlarged to 4K', () => {
  const large = {
    leastPps: pps(3840, 2160, 25),
    passedOnPps: pps(3840, 2160, 25),
    passedOn: undefined,
    powerEfficient: false,
  };
  expect(room(wall(FULL, FULL, large), 2, ['cam1', 'cam2'])).toEqual(['cam1', 'cam2']);
});

it('has room on two cores for the 4K stream of an enlarged tile beside substreams in tiles smaller still', () => {
  const enlarged = { ...FULL, leastPps: pps(1280, 720, 25), passedOnPps: pps(3840, 2160, 25) };
  const strip = { ...FULL, leastPps: pps(320, 180, 5), passedOnPps: pps(640, 360, 15) };
  expect(room(wall(strip, strip, enlarged), 2)).toEqual(['cam1', 'cam2', 'cam3']);
});

it('grants the cheaper ones first, so that more tiles have theirs', () => {
  const large = { ...FULL, passedOnPps: pps(1920, 1088, 75) };
  expect(room(wall(large, FULL, FULL), 2)).toEqual(['cam2', 'cam3']);
});

it('has nothing to grant where nobody wishes for anything', () => {
  expect(room(wall(CONTENT, CONTENT), 2)).toEqual([]);
  expect(room(new Map(), 2)).toEqual([]);
});
