/**
 * The clock that cameras film from a screen: three-ringed squares in its corners, by which it is found anywhere in a
 * picture, and between them the time in large cells. All lengths in modules; the target is 32 × 18 of them, on white.
 *
 * The time is counted in ticks, in Gray code: a picture that was exposed while the tick changed holds a mixture of both,
 * in which one bit is unclear, and either reading of it is right. Each bit is a pair of cells, one dark and one light, so
 * that no brightness has to be known, and the whole stays equally bright.
 *
 * The strip of src/wire/strip.ts is read at a known place of an undistorted picture; this one need not be.
 */

export const TARGET = { width: 32, height: 18, finder: 7 } as const;

/** Half of a picture at 25 a second: read often, its mean is much closer than that. */
export const TICK_MS = 20;
const VALUE_BITS = 10;
/** The clock begins again after this: 20.48 s. */
export const CYCLE_MS = TICK_MS * 2 ** VALUE_BITS;

/** Pairs of cells: a fixed one, the bits of the value, a fixed one. Upside down, the fixed ones are inverted. */
export const PAIRS = VALUE_BITS + 2;
const PAIRS_IN_ROW = 2;
const CELL = { width: 4, height: 3 } as const;
const CELLS_LEFT = (TARGET.width - 2 * PAIRS_IN_ROW * CELL.width) / 2;

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

const NEAR = TARGET.finder / 2;
/** Middles of the finders, clockwise from the top left. */
export const FINDERS: readonly Point[] = [
  { x: NEAR, y: NEAR },
  { x: TARGET.width - NEAR, y: NEAR },
  { x: TARGET.width - NEAR, y: TARGET.height - NEAR },
  { x: NEAR, y: TARGET.height - NEAR },
];

/** The cell of a pair that is light when its bit is 1, or the other one. */
export function cellOf(pair: number, which: 'one' | 'zero'): Box {
  const column = (pair % PAIRS_IN_ROW) * 2 + (which === 'one' ? 0 : 1);
  const row = Math.floor(pair / PAIRS_IN_ROW);
  return { x: CELLS_LEFT + column * CELL.width, y: row * CELL.height, ...CELL };
}

/** The bits of all pairs at this time in ms. */
export function encodeTarget(timeMs: number): boolean[] {
  const tick = Math.floor((((timeMs % CYCLE_MS) + CYCLE_MS) % CYCLE_MS) / TICK_MS);
  const gray = tick ^ (tick >> 1);
  return [true, ...Array.from({ length: VALUE_BITS }, (_, bit) => ((gray >> bit) & 1) === 1), true];
}

/** The middle of the tick that the bits say, in ms from the beginning of a cycle; undefined when the fixed ones do not fit. */
export function decodeTarget(bits: readonly boolean[]): number | undefined {
  if (bits.length !== PAIRS || bits[0] !== true || bits[PAIRS - 1] !== true) return undefined;
  let tick = bits.slice(1, -1).reduce((sum, set, bit) => sum + (set ? 2 ** bit : 0), 0);
  for (let shift = 1; shift < VALUE_BITS; shift *= 2) tick ^= tick >> shift;
  return (tick + 0.5) * TICK_MS;
}

/** The dark boxes of the target at this time; the ground is light. Light boxes lie on dark ones: see `light`. */
export function drawnBoxes(timeMs: number): { readonly box: Box; readonly light: boolean }[] {
  const finders = FINDERS.flatMap(({ x, y }) =>
    [7, 5, 3].map((size) => ({
      box: { x: x - size / 2, y: y - size / 2, width: size, height: size },
      light: size === 5,
    })),
  );
  const cells = encodeTarget(timeMs).map((set, pair) => ({
    box: cellOf(pair, set ? 'zero' : 'one'),
    light: false,
  }));
  return [...finders, ...cells];
}
