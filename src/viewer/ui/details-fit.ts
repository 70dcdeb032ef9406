/** Which figures of a tile its panel has room for, most telling first. Pure: text and CSS pixels in, rows out. */

export type DetailRow = readonly [label: string, value: string];

export interface TileSize {
  readonly widthPx: number;
  readonly heightPx: number;
}

/** Of the panel's font (wall.css, .details): 11 px monospace, 16 px a line. The widest such font has 0.62 em a letter. */
const LETTER_PX = 6.9;
const LINE_PX = 16;
/** Margins and padding of the panel. */
const SIDES_PX = 32;
/** The same, and the bar with the name below it. */
const ENDS_PX = 58;
/** Between label and value. */
const GAP_LETTERS = 1;

/** The rows that fit whole, in their order; a shorter one may still fit after one that does not. */
export function rowsThatFit(
  rows: readonly DetailRow[],
  { widthPx, heightPx }: TileSize,
): readonly DetailRow[] {
  const letters = Math.floor((widthPx - SIDES_PX) / LETTER_PX);
  const lines = Math.floor((heightPx - ENDS_PX) / LINE_PX);
  const kept: DetailRow[] = [];
  for (const row of rows) {
    if (linesOf([...kept, row], letters) <= lines) kept.push(row);
  }
  return kept;
}

/** Infinity when a word does not fit into its column. */
function linesOf(rows: readonly DetailRow[], letters: number): number {
  const label = Math.max(...rows.map(([text]) => text.length));
  const width = letters - label - GAP_LETTERS;
  return rows.reduce((sum, [, value]) => sum + wrappedLines(value, width), 0);
}

function wrappedLines(text: string, width: number): number {
  let lines = 1;
  let used = 0;
  for (const word of text.split(' ')) {
    if (word.length > width) return Number.POSITIVE_INFINITY;
    const needed = used === 0 ? word.length : used + 1 + word.length;
    if (needed > width) {
      lines += 1;
      used = word.length;
    } else used = needed;
  }
  return lines;
}
