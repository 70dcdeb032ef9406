/** The instant that the whole wall shows: relay clock minus wall latency (design.md §7). */
import type { Clock } from '../../wire/ports.ts';

export interface WallClockDeps {
  /** Ms since the Unix epoch, browser's clock. */
  readonly wallClock: Clock;
  /** Relay time − browser wall time; undefined before the first pong. */
  readonly offsetMs: () => number | undefined;
}

export class WallProgram {
  readonly #deps: WallClockDeps;

  constructor(deps: WallClockDeps) {
    this.#deps = deps;
  }

  /** Relay's clock now, ms since the Unix epoch. Until the first pong both clocks are taken to agree. */
  relayNowMs(): number {
    return this.#deps.wallClock.now() + (this.#deps.offsetMs() ?? 0);
  }

  /** Programme time on the screen now for this wall latency. */
  programMs(latencyMs: number): number {
    return this.relayNowMs() - latencyMs;
  }
}
