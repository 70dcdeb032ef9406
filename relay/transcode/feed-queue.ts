/**
 * What a transcoder's process is to read next. Kept here and not in its pipe, so that it can be left out again when the
 * process does not come that far: what it was given already it reads, however old it is by then. Pure.
 */
import type { ChildInput } from '../process/child.ts';
import type { FedPart } from './feeder.ts';

export class FeedQueue {
  readonly #input: ChildInput | undefined;
  #parts: FedPart[] = [];
  #full = false;
  #givenMs = 0;

  constructor(input: ChildInput | undefined) {
    this.#input = input;
    input?.onDrained(() => {
      this.#full = false;
      this.#give();
    });
  }

  /** End of the newest part that it gets or got, in media time. */
  get endMs(): number {
    const last = this.#parts.at(-1);
    return last === undefined ? this.#givenMs : endOf(last);
  }

  /** Media time that waits here, in ms. */
  get waitingMs(): number {
    return this.#parts.reduce((sum, { durationMs }) => sum + durationMs, 0);
  }

  /** What it has not read yet, in bytes, as far as it is known. */
  get pendingBytes(): number {
    const waiting = this.#parts.reduce((sum, { data }) => sum + data.byteLength, 0);
    return waiting + (this.#input?.pendingBytes ?? 0);
  }

  /** Goes before everything else. */
  header(bytes: Uint8Array): void {
    this.#full = this.#input?.write(bytes) === false;
  }

  push(part: FedPart): void {
    this.#parts.push(part);
    this.#give();
  }

  /** Nothing of what waits is given any more: only before a keyframe, or up to one. */
  drop(): void {
    this.#parts = [];
  }

  #give(): void {
    while (!this.#full) {
      const part = this.#parts.shift();
      if (part === undefined) return;
      this.#givenMs = endOf(part);
      this.#full = this.#input?.write(part.data) === false;
    }
  }
}

const endOf = ({ mediaMs, durationMs }: FedPart): number => mediaMs + durationMs;
