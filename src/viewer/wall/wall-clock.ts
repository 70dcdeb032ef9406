/** One instant by several clocks: the browser's, and the media clock of each relay that dates its pictures. */
import type { Clock } from '../../wire/ports.ts';

export interface RelayClock {
  /** Relay's media clock − the browser's, in ms; undefined before the first pong. */
  offsetMs(relay: string): number | undefined;
  /** Round trip that it was measured with, in ms. */
  rttMs(relay: string): number | undefined;
}

export interface WallClockDeps {
  /** Ms since the Unix epoch by the browser's media clock, which is never set. */
  readonly wallClock: Clock;
  readonly relayClock: Pick<RelayClock, 'offsetMs'>;
}

/** The relay's media clock now, ms since the Unix epoch. Until the first pong both clocks are taken to agree. */
export function relayNowMs({ wallClock, relayClock }: WallClockDeps, relay: string): number {
  return wallClock.now() + (relayClock.offsetMs(relay) ?? 0);
}
