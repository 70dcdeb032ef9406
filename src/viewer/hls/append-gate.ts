/**
 * Keeps back the playlist that completes a segment while the player takes in a part of it. hls.js 1.7.4
 * (fragment-tracker.ts, detectPartialFragments) asks only when the part is buffered whether its segment is still
 * growing, and asks the newest playlist: it takes the segment for loaded, and the parts after that one are never
 * fetched. Measured on a busy host: a hole of 0.1 to 0.4 s and a tile that stands still for half a second.
 */
import type { Cancel, Timers } from '../../wire/ports.ts';
import type { Timeline, TimelinePart } from '../../wire/timeline.ts';

/** A part that is not buffered by then was dropped, as by a seek: the player waits for a new playlist. */
const HOLD_MS = 300;

export type PartId = Pick<TimelinePart, 'msn' | 'index'>;

export class AppendGate {
  readonly #timeline: Timeline;
  readonly #timers: Timers;
  /** The newest part that the player asked for; hls.js asks for the next one before it tells of the last. */
  #part: PartId | undefined;
  /** The newest whole segment of the last playlist. */
  #toldMsn = -1;
  #waiting: (() => void) | undefined;
  #cancel: Cancel | undefined;

  constructor(timeline: Timeline, timers: Timers) {
    this.#timeline = timeline;
    this.#timers = timers;
  }

  /** The player asks for a part. */
  asked(part: PartId): void {
    this.#part = part;
  }

  /** The part is buffered, or will never be. */
  done({ msn, index }: PartId): void {
    if (this.#part?.msn === msn && this.#part.index === index) this.#open();
  }

  /** Gives the playlist, at once or when it may. `give` must do it synchronously; only one may wait. */
  pass(give: () => void): Cancel {
    const wholeMsn = this.#timeline.segments.findLast(({ closed }) => closed)?.msn ?? -1;
    if (this.#part === undefined || this.#part.msn <= this.#toldMsn || this.#part.msn > wholeMsn) {
      this.#toldMsn = wholeMsn;
      give();
      return () => {};
    }
    this.#waiting = give;
    this.#cancel ??= this.#timers.after(HOLD_MS, () => this.#open());
    return () => {
      if (this.#waiting === give) this.#waiting = undefined;
    };
  }

  #open(): void {
    this.#part = undefined;
    this.#cancel?.();
    this.#cancel = undefined;
    const give = this.#waiting;
    this.#waiting = undefined;
    if (give !== undefined) this.pass(give);
  }
}
