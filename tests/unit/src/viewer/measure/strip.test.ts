import { describe, expect, it } from 'vitest';
import { cellsOf } from '../../../../../src/viewer/measure/strip.ts';
import { decodeStrip, STRIP } from '../../../../../src/wire/strip.ts';

/** RGBA pixels of a strip, as bright and as dark as lossy video leaves them. */
function pixels(value: number): number[] {
  const check = value % STRIP.checkModulus;
  return Array.from({ length: STRIP.cells }, (_, i) => {
    const bit =
      i < STRIP.clockBits
        ? Math.floor(value / 2 ** i) % 2
        : Math.floor(check / 2 ** (i - STRIP.clockBits)) % 2;
    const grey = bit === 1 ? 200 : 60;
    return [grey, grey, grey, 255];
  }).flat();
}

describe('cellsOf', () => {
  it('reads back the clock value that the pixels carry', () => {
    for (const value of [1, 12_345_678, 2 ** STRIP.clockBits - 1]) {
      expect(decodeStrip(cellsOf(pixels(value)))).toBe(value);
    }
  });

  it('reads nothing out of a picture without a strip', () => {
    expect(decodeStrip(cellsOf(Array(STRIP.cells * 4).fill(200)))).toBeUndefined();
  });
});
