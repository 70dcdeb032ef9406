import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeStrip, STRIP, STRIP_WRAP_MS, unwrapStripMs } from '../../../../src/wire/strip.ts';

/** The cells as the synthetic camera draws them. */
function cells(value: number): boolean[] {
  const bits = (number: number, count: number): boolean[] =>
    Array.from({ length: count }, (_, bit) => Math.floor(number / 2 ** bit) % 2 === 1);
  return [
    ...bits(value, STRIP.clockBits),
    ...bits(value % STRIP.checkModulus, STRIP.cells - STRIP.clockBits),
  ];
}

const clockValue = fc.integer({ min: 1, max: STRIP_WRAP_MS - 1 });

describe('decodeStrip', () => {
  it('reads every value back', () => {
    fc.assert(
      fc.property(clockValue, (value) => {
        expect(decodeStrip(cells(value))).toBe(value);
      }),
    );
  });

  it('refuses a strip with one wrong cell', () => {
    fc.assert(
      fc.property(clockValue, fc.nat(STRIP.cells - 1), (value, wrong) => {
        const damaged = cells(value).map((white, i) => (i === wrong ? !white : white));
        expect(decodeStrip(damaged)).toBeUndefined();
      }),
    );
  });

  it('refuses a black picture', () => {
    expect(decodeStrip(cells(0))).toBeUndefined();
  });

  it('refuses another number of cells', () => {
    expect(decodeStrip(cells(5).slice(1))).toBeUndefined();
  });
});

describe('unwrapStripMs', () => {
  it('finds the full time near a known one', () => {
    const times = fc.integer({ min: 1_600_000_000_000, max: 2_000_000_000_000 });
    fc.assert(
      fc.property(times, fc.integer({ min: -3_600_000, max: 3_600_000 }), (time, off) => {
        expect(unwrapStripMs(time % STRIP_WRAP_MS, time + off)).toBe(time);
      }),
    );
  });
});
