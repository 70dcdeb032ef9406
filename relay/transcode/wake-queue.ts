/**
 * Lets only a few transcoders start at the same time: each start reads and decodes up to a whole group of pictures at
 * once, and a wall that opens asks for all its rungs in the same moment. First come, first served. Pure: time is injected.
 */
import type { Cancel, Timers } from '../../src/wire/ports.ts';

export interface WakeQueueOptions {
  readonly timers: Timers;
  /** So many start at the same time. */
  readonly atOnce: number;
}

/**
 * One that takes longer is no reason for the others to wait: on a host that others filled, 16 rungs in pairs of one
 * second each had their last first picture after 8 s and more, all at once after 3.2 s.
 */
const LONGEST_MS = 500;

export class WakeQueue {
  readonly #options: WakeQueueOptions;
  readonly #waiting = new Set<() => void>();
  #starting = 0;

  constructor(options: WakeQueueOptions) {
    this.#options = options;
  }

  /**
   * @param go called when it may start, at once if there is room
   * @returns to be called when it has started, or does not want to any more; twice is harmless
   */
  enter(go: () => void): Cancel {
    let state: 'waits' | 'starts' | 'done' = 'waits';
    let cancel: Cancel | undefined;
    const done = (): void => {
      cancel?.();
      this.#waiting.delete(turn);
      const began = state === 'starts';
      state = 'done';
      if (!began) return;
      this.#starting -= 1;
      this.#next();
    };
    const turn = (): void => {
      state = 'starts';
      this.#starting += 1;
      cancel = this.#options.timers.after(LONGEST_MS, done);
      go();
    };
    this.#waiting.add(turn);
    this.#next();
    return done;
  }

  #next(): void {
    for (const turn of this.#waiting) {
      if (this.#starting >= this.#options.atOnce) return;
      this.#waiting.delete(turn);
      turn();
    }
  }
}
