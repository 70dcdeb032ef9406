/** The streams' pictures, and what a page tells of them. */

export const GREYS = 18;
export const FPS = 30;
/** Steps of the grey from one frame to the next, as drawn, in 8 bits of luma. */
export const GREY_STEP = 12;
/** A tenth of a second above the target of most cases. */
export const DUE_MS = 400;

/** What was seen of a camera, for the test to judge. */
export interface Seen {
  readonly frames: number;
  /** From the start of the player to its first picture. */
  readonly firstMs: number;
  /** Until the first one that was less than {@link DUE_MS} behind the newest media. */
  readonly dueMs: number;
  /** How far behind the newest media the last one was. */
  readonly behindMs: number;
  /** Longest time without a new picture. */
  readonly gapMs: number;
  /** Longest time in which the browser drew nothing at all on the page: pictures that nobody could have shown. */
  readonly heldUpMs: number;
  /** Pictures that were older than one before. */
  readonly backwards: number;
  /** Pictures that came onto the screen before the player knew their date. */
  readonly undated: number;
  /** Pictures whose date names neither them nor the one before, nor another that the page was too late to look at. */
  readonly misdated: number;
  /** Pictures whose date names the one before although they were looked at in time. */
  readonly late: number;
  /** Largest difference between the date of a picture and the time at which it was taken. */
  readonly datedOffMs: number;
  readonly widths: readonly number[];
  readonly errors: readonly string[];
}
