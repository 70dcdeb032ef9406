/** Whether somebody watches something that is made only for that. Pure: time is injected. */
import type { Cancel, Timers } from '../../src/wire/ports.ts';

/** A viewer that leaves is often back at once: a tile made smaller again, a page reloaded. */
export const LINGER_MS = 30_000;

export class Lease {
  readonly #timers: Timers;
  readonly #onChange: (wanted: boolean) => void;
  #held = 0;
  #wanted = false;
  #linger: Cancel | undefined;

  constructor(timers: Timers, onChange: (wanted: boolean) => void) {
    this.#timers = timers;
    this.#onChange = onChange;
  }

  get wanted(): boolean {
    return this.#wanted;
  }

  /** Somebody watches it now; it stays wanted for a while after that. */
  get held(): boolean {
    return this.#held > 0;
  }

  /** Holds it; the returned function lets go, once. */
  use(): Cancel {
    this.#held += 1;
    this.#linger?.();
    this.#linger = undefined;
    this.#set(true);
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#held -= 1;
      if (this.#held === 0) this.#linger = this.#timers.after(LINGER_MS, () => this.#set(false));
    };
  }

  /** Nothing is made any more, whoever holds it. */
  end(): void {
    this.#linger?.();
    this.#linger = undefined;
    this.#set(false);
  }

  #set(wanted: boolean): void {
    if (wanted === this.#wanted) return;
    this.#wanted = wanted;
    this.#onChange(wanted);
  }
}
