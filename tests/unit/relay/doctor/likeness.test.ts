import { expect, test } from 'vitest';
import { grey, likeness } from '../../../../relay/doctor/likeness.ts';

const STREET = Uint8Array.of(10, 200, 40, 90, 160, 30);

test.each([
  ['itself', STREET, 1],
  ['itself at half the contrast, and brighter', STREET.map((grey) => grey / 2 + 100), 1],
  ['its negative', STREET.map((grey) => 255 - grey), -1],
])('a picture beside %s', (_what, other, expected) => {
  expect(likeness(STREET, other)).toBeCloseTo(expected, 2);
});

test('a picture that shows nothing cannot be compared', () => {
  expect(
    likeness(
      STREET,
      STREET.map(() => 16),
    ),
  ).toBeUndefined();
});

test('pictures of two sizes are a mistake', () => {
  expect(() => likeness(STREET, STREET.subarray(1))).toThrow('6 grey values beside 5');
});

test('a still becomes half as large, and grey', () => {
  const still = new Uint8Array(64 * 36 * 3);
  // The second pixel of the second line, which belongs to the first block.
  still.set([120, 240, 0], 3 * 65);
  const small = grey(still);
  expect(small).toHaveLength(32 * 18);
  expect([small[0], small[1]]).toEqual([(120 + 240) / 12, 0]);
});
