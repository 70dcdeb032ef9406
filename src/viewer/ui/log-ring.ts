/** The wall's own log: its last entries in memory, for "Copy diagnostics". Nothing of it leaves the page by itself. */
import type { Clock } from '../../wire/ports.ts';

const CAPACITY = 400;

export interface LogEntry {
  /** Ms since the Unix epoch. */
  readonly atMs: number;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export class LogRing {
  readonly #clock: Clock;
  readonly #capacity: number;
  #entries: LogEntry[] = [];

  /** @param clock in ms since the Unix epoch */
  constructor(clock: Clock, capacity = CAPACITY) {
    this.#clock = clock;
    this.#capacity = capacity;
  }

  /** Oldest first. */
  get entries(): readonly LogEntry[] {
    return this.#entries;
  }

  readonly log = (message: string, fields: Readonly<Record<string, unknown>> = {}): void => {
    this.#entries.push({ atMs: this.#clock.now(), message, fields });
    if (this.#entries.length > this.#capacity) this.#entries.shift();
  };
}
