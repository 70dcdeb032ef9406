/**
 * EXT-X-PART-INF:PART-TARGET (RFC 8216bis §4.4.3.7) of one timeline: one value that says how its parts are cut. Pure.
 *
 * No part may be longer, and all but the last of a segment are at least 85 % of it. Players of Apple take a value that
 * moves as an error, so it is what the feed cuts regularly (whole pictures, so rarely what was configured), not the
 * longest part of the moment: one late picture makes one long part, which a playlist has to say in another way. It moves
 * only when the feed cuts otherwise from now on, as after a change of the frame rate.
 */

/** Least share of PART-TARGET that a part has which is not the last of its segment. */
export const SHORTEST_SHARE = 0.85;
/** Fewer parts than this say nothing against a value that is known. */
const ENOUGH_PARTS = 3;
/** Media times are rounded to ticks, each camera's to its own. */
const ROUNDING_MS = 0.01;
/** Parts that differ by more come from a camera that dates its pictures unevenly: what it may do next needs room. */
const UNEVEN_MS = 1;
/** In the middle: 8 % above the usual part, and so that a part of 92 % is no shorter than it may be. */
const UNEVEN_ROOM = 1.08;

export class PartTarget {
  #ms: number | undefined;

  /** In ms, whole; undefined before the first segment was complete. */
  get ms(): number | undefined {
    return this.#ms;
  }

  /** @param durationsMs of all parts of a complete segment, in their order */
  observe(durationsMs: readonly number[]): void {
    const [first] = durationsMs;
    if (first === undefined) return;
    const regular = durationsMs.length > 1 ? durationsMs.slice(0, -1) : durationsMs;
    const median = regular.toSorted((a, b) => a - b)[Math.floor(regular.length / 2)] ?? first;
    if (this.#ms !== undefined && (regular.length < ENOUGH_PARTS || this.#fits(median, this.#ms))) return;
    const usual = regular.filter((ms) => SHORTEST_SHARE * Math.ceil(ms - ROUNDING_MS) <= median);
    const uneven = Math.max(...usual) - Math.min(...usual) > UNEVEN_MS;
    const longestMs = Math.max(median, ...usual, uneven ? median * UNEVEN_ROOM : 0);
    this.#ms = Math.ceil(longestMs - ROUNDING_MS);
  }

  #fits(partMs: number, targetMs: number): boolean {
    return partMs <= targetMs + ROUNDING_MS && partMs >= SHORTEST_SHARE * targetMs;
  }
}
