import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { GAP_PX, layoutTiles } from '../../../../../src/viewer/ui/layout.ts';

const WIDE = { width: 1600, height: 900, aspect: 16 / 9 };

function rows(rects: readonly { top: number }[]): number[] {
  const counts = new Map<number, number>();
  for (const { top } of rects) counts.set(Math.round(top), (counts.get(Math.round(top)) ?? 0) + 1);
  return [...counts.values()];
}

test.each([
  [1, [1]],
  [2, [2]],
  [3, [2, 1]],
  [4, [2, 2]],
  [5, [3, 2]],
  [9, [3, 3, 3]],
  [12, [4, 4, 4]],
])('%i tiles on a wide wall stand in rows of %j', (count, expected) => {
  expect(rows(layoutTiles({ ...WIDE, count }))).toEqual(expected);
});

test('three tiles on a tall wall stand below each other', () => {
  expect(rows(layoutTiles({ width: 500, height: 1200, aspect: 16 / 9, count: 3 }))).toEqual([1, 1, 1]);
});

test('a single tile fills the wall', () => {
  expect(layoutTiles({ ...WIDE, count: 1 })).toEqual([{ left: 0, top: 0, width: 1600, height: 900 }]);
});

test('an incomplete last row is centred', () => {
  const [first, second, third] = layoutTiles({ ...WIDE, count: 3 });
  expect((first?.left ?? 0) + (second?.left ?? 0)).toBeCloseTo(2 * (third?.left ?? 0), 5);
});

test('nothing is laid out before the size is known', () => {
  expect(layoutTiles({ width: 0, height: 0, aspect: 1, count: 3 })).toEqual([]);
  expect(layoutTiles({ ...WIDE, count: 0 })).toEqual([]);
});

describe('with an enlarged tile', () => {
  test('it is by far the largest, and the others stand in order beside it', () => {
    const rects = layoutTiles({ ...WIDE, count: 4, enlarged: 1 });
    const [a, main, c, d] = rects;
    expect(main?.width).toBeGreaterThan(4 * (a?.width ?? Number.POSITIVE_INFINITY));
    expect(a?.top).toBeLessThan(c?.top ?? 0);
    expect(c?.top).toBeLessThan(d?.top ?? 0);
  });

  test('on a tall wall the strip is below', () => {
    const [main, other] = layoutTiles({ width: 600, height: 1000, aspect: 16 / 9, count: 3, enlarged: 0 });
    expect(other?.top).toBeGreaterThan((main?.top ?? 0) + (main?.height ?? 0));
  });

  test('a position that is not there leaves the grid', () => {
    expect(layoutTiles({ ...WIDE, count: 3, enlarged: 7 })).toEqual(layoutTiles({ ...WIDE, count: 3 }));
  });
});

test('tiles keep their shape, stay on the wall and never overlap', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 25 }),
      fc.integer({ min: 320, max: 4000 }),
      fc.integer({ min: 240, max: 2500 }),
      fc.constantFrom(16 / 9, 4 / 3, 1, 9 / 16),
      fc.option(fc.nat(24), { nil: undefined }),
      (count, width, height, aspect, enlarged) => {
        const rects = layoutTiles({ count, width, height, aspect, enlarged });
        expect(rects).toHaveLength(count);
        const slack = 0.01;
        rects.forEach((rect, index) => {
          expect(rect.width / rect.height).toBeCloseTo(aspect, 3);
          expect(rect.left).toBeGreaterThanOrEqual(-slack);
          expect(rect.top).toBeGreaterThanOrEqual(-slack);
          expect(rect.left + rect.width).toBeLessThanOrEqual(width + slack);
          expect(rect.top + rect.height).toBeLessThanOrEqual(height + slack);
          for (const other of rects.slice(index + 1)) {
            const apart = (near: number, size: number, far: number) => near + size + GAP_PX <= far + slack;
            expect(
              apart(rect.left, rect.width, other.left) ||
                apart(other.left, other.width, rect.left) ||
                apart(rect.top, rect.height, other.top) ||
                apart(other.top, other.height, rect.top),
            ).toBe(true);
          }
        });
      },
    ),
  );
});
