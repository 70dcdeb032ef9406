/**
 * Tiles that are all late go to the wall together, when the last of them can: on a link that became thin the first ones were
 * there 0.2 to 1.5 s before the others, and seconds from them meanwhile. Pure.
 */

/** One that cannot seek by then comes after the others. */
const TOGETHER_MS = 2000;

export interface WayToWall {
  /** Enough for a seek. */
  readonly late: boolean;
  /** What is due is buffered. */
  readonly reached: boolean;
}

export class SeekTogether {
  #sinceMs: number | undefined;

  /**
   * Whether a tile leaves its seek for later.
   * @param others of the group, those that show something
   */
  waits(nowMs: number, { late, reached }: WayToWall, others: () => readonly WayToWall[]): boolean {
    const ways = late && reached ? others() : [];
    if (!ways.every((way) => way.late) || ways.every((way) => way.reached)) {
      this.#sinceMs = undefined;
      return false;
    }
    this.#sinceMs ??= nowMs;
    return nowMs - this.#sinceMs < TOGETHER_MS;
  }
}
