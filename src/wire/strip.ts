/**
 * The machine-readable clock that synthetic cameras draw over the top of their picture: one row of black and
 * white cells over the full width, the low 24 bits of the wall clock in ms (least significant bit in the first
 * cell, left), then 8 check bits. Whoever reads a frame back knows when it was taken: true glass-to-glass
 * latency. Drawing it is left to relay/source/test-scene.ts, reading pixels to whoever holds a frame.
 */

export const STRIP = {
  /** Cells across the full width of the picture; cell i covers x from i·width/32 to (i+1)·width/32. */
  cells: 32,
  /** Cells 0 to 23 hold the clock. */
  clockBits: 24,
  /** Cells 24 to 31 hold the clock value modulo this: a torn or blurred strip fails the check in 250 of 251 cases. */
  checkModulus: 251,
  /** The strip's height as a share of the picture's: 24 of 360 lines. Sample at half of it. */
  heightRatio: 1 / 15,
} as const;

/** The clock value wraps after this many ms (4 h 39 min). */
export const STRIP_WRAP_MS = 2 ** STRIP.clockBits;

/**
 * The clock value of a row of cells (true = white), or undefined when the check bits do not fit.
 * @returns wall clock in ms modulo {@link STRIP_WRAP_MS}
 */
export function decodeStrip(cells: readonly boolean[]): number | undefined {
  if (cells.length !== STRIP.cells) return undefined;
  const number = (from: number, to: number): number =>
    cells.slice(from, to).reduce((sum, white, bit) => sum + (white ? 2 ** bit : 0), 0);
  const value = number(0, STRIP.clockBits);
  // All black would pass the check as 0; it is far more often a black picture than that one ms.
  if (value === 0) return undefined;
  return number(STRIP.clockBits, STRIP.cells) === value % STRIP.checkModulus ? value : undefined;
}

/** The full wall-clock time in ms since the Unix epoch whose strip shows `value`, nearest to `nearMs`. */
export function unwrapStripMs(value: number, nearMs: number): number {
  const turns = Math.round((nearMs - value) / STRIP_WRAP_MS);
  return turns * STRIP_WRAP_MS + value;
}
