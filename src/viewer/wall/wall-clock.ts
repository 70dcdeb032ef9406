/** The instant that the whole wall shows: the relay's media clock minus the wall latency. */
import type { Clock } from '../../wire/ports.ts';

export interface WallClockDeps {
  /** Ms since the Unix epoch by the browser's media clock, which is never set. */
  readonly wallClock: Clock;
  /** Relay's media clock − the browser's; undefined before the first pong. */
  readonly offsetMs: () => number | undefined;
}

export class WallProgram {
  readonly #deps: WallClockDeps;

  constructor(deps: WallClockDeps) {
    this.#deps = deps;
  }

  /** Relay's media clock now, ms since the Unix epoch. Until the first pong both clocks are taken to agree. */
  relayNowMs(): number {
    return this.#deps.wallClock.now() + (this.#deps.offsetMs() ?? 0);
  }

  /** Programme time on the screen now for this wall latency. */
  programMs(latencyMs: number): number {
    return this.relayNowMs() - latencyMs;
  }
}
