/** When the pictures of a source were taken, by their media time: what is made of them has the same dates. Pure. */
/** Media times are rounded on their way. */
const ROUNDING_MS = 2;

/** A part of the source. */
export interface DatedPart extends SourceDate {
  readonly mediaMs: number;
}

export interface SourceDate {
  readonly pdtMs: number;
  /** Of the source: what belongs to different ones is no continuous media. */
  readonly epoch: number;
}

export class SourceDates {
  /** Oldest first; those in front of the newest question are gone, as times only rise. */
  #parts: DatedPart[] = [];
  #first = 0;

  add({ epoch, mediaMs, pdtMs }: DatedPart): void {
    this.#parts.push({ epoch, mediaMs, pdtMs });
  }

  /**
   * @param mediaMs never less than the last time
   * @returns undefined when no part of the source is near
   */
  at(mediaMs: number): SourceDate | undefined {
    let next = this.#parts[this.#first + 1];
    while (next !== undefined && next.mediaMs <= mediaMs + ROUNDING_MS) {
      this.#first += 1;
      next = this.#parts[this.#first + 1];
    }
    if (this.#first > 100) {
      this.#parts = this.#parts.slice(this.#first);
      this.#first = 0;
    }
    const part = this.#parts[this.#first];
    if (part === undefined || part.mediaMs > mediaMs + ROUNDING_MS) return undefined;
    return { pdtMs: part.pdtMs + mediaMs - part.mediaMs, epoch: part.epoch };
  }
}
