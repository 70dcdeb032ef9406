/** A clock and timers that stand still until the test moves them. */
import type { Cancel, Clock, Timers } from '../../src/wire/ports.ts';

interface Pending {
  readonly order: number;
  dueMs: number;
  readonly periodMs: number | undefined;
  readonly run: () => void;
}

export class FakeTime implements Clock, Timers {
  #nowMs: number;
  #order = 0;
  readonly #pending = new Set<Pending>();

  constructor(startMs = 1_000_000) {
    this.#nowMs = startMs;
  }

  now(): number {
    return this.#nowMs;
  }

  /** Timers that wait. */
  get pending(): number {
    return this.#pending.size;
  }

  after(delayMs: number, run: () => void): Cancel {
    return this.#add({ order: this.#order++, dueMs: this.#nowMs + delayMs, periodMs: undefined, run });
  }

  every(periodMs: number, run: () => void): Cancel {
    return this.#add({ order: this.#order++, dueMs: this.#nowMs + periodMs, periodMs, run });
  }

  /** Moves the clock, running each timer that comes due at its own time. */
  advance(ms: number): void {
    const endMs = this.#nowMs + ms;
    for (let next = this.#next(endMs); next !== undefined; next = this.#next(endMs)) {
      this.#nowMs = Math.max(this.#nowMs, next.dueMs);
      if (next.periodMs === undefined) this.#pending.delete(next);
      else next.dueMs += next.periodMs;
      next.run();
    }
    this.#nowMs = endMs;
  }

  /** Jumps without running timers in between, as after a suspended host. */
  jump(ms: number): void {
    this.#nowMs += ms;
  }

  #add(pending: Pending): Cancel {
    this.#pending.add(pending);
    return () => this.#pending.delete(pending);
  }

  #next(endMs: number): Pending | undefined {
    let first: Pending | undefined;
    for (const candidate of this.#pending) {
      if (candidate.dueMs > endMs) continue;
      if (
        first === undefined ||
        candidate.dueMs < first.dueMs ||
        (candidate.dueMs === first.dueMs && candidate.order < first.order)
      ) {
        first = candidate;
      }
    }
    return first;
  }
}
