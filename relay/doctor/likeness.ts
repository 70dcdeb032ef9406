/** How much two small grey pictures look alike: whether a substream is of the same camera as its main stream. Pure. */
import { STILL } from './stream-look.ts';

/** Standard deviation of grey values, of 255, below which there is nothing to compare: a dark or a covered camera. */
const FLAT = 4;

/**
 * @param a grey values, one byte each, as of {@link grey}
 * @param b as many
 * @returns the correlation of the two, from −1 to 1, which brightness and contrast do not change; undefined where one
 *   of them shows nothing
 * @throws RangeError when one has more values than the other
 */
export function likeness(a: Uint8Array, b: Uint8Array): number | undefined {
  if (a.length !== b.length) throw new RangeError(`${a.length} grey values beside ${b.length}`);
  const [meanA, meanB] = [mean(a), mean(b)];
  let [both, ofA, ofB] = [0, 0, 0];
  for (const [index, value] of a.entries()) {
    const [fromA, fromB] = [value - meanA, (b[index] ?? 0) - meanB];
    both += fromA * fromB;
    ofA += fromA ** 2;
    ofB += fromB ** 2;
  }
  const flat = FLAT ** 2 * a.length;
  return ofA < flat || ofB < flat ? undefined : both / Math.sqrt(ofA * ofB);
}

const mean = (values: Uint8Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/**
 * The still of a stream in grey and half as large: coarse enough that something that moves, or the clock in a corner,
 * changes little.
 * @param still red, green and blue bytes in the size STILL
 */
export function grey(still: Uint8Array): Uint8Array {
  const [width, height] = [STILL.width / 2, STILL.height / 2];
  return Uint8Array.from({ length: width * height }, (_none, n) => {
    const [x, y] = [2 * (n % width), 2 * Math.floor(n / width)];
    const corners = [y, y + 1].flatMap((row) => [x, x + 1].map((column) => 3 * (row * STILL.width + column)));
    return mean(Uint8Array.from(corners.flatMap((at) => [...still.subarray(at, at + 3)])));
  });
}
