/** A small picture as coloured text: each letter is a half block, two pixels above each other. Pure. */
import type { Size } from '../source/sizes.ts';

/**
 * For terminals with 24-bit colours.
 * @param rgb three bytes for each pixel, line by line; an even number of lines
 */
export function stillText(rgb: Uint8Array, { width, height }: Size): string {
  const colour = (x: number, y: number): string =>
    rgb.subarray(3 * (y * width + x), 3 * (y * width + x) + 3).join(';');
  return Array.from({ length: height / 2 }, (_line, row) => {
    const letters = Array.from(
      { length: width },
      (_letter, x) => `\u001b[38;2;${colour(x, 2 * row)}m\u001b[48;2;${colour(x, 2 * row + 1)}m▀`,
    );
    return `${letters.join('')}\u001b[0m`;
  }).join('\n');
}
