/** The pings of one open control connection: when to send one, and what the answers say about the relay's media clock. */

import type { Cancel, Clock, Timers } from '../wire/ports.ts';
import { PING_MS, type RelayMessageOf } from '../wire/protocol.ts';
import { ClockOffset } from './clock-offset.ts';

/** Pings right after the welcome, so that the offset is good before the first picture is placed. */
const FIRST_PINGS = 4;
const FIRST_PINGS_EVERY_MS = 150;
/** A timer that is only this late is left to run. */
const SLACK_MS = 500;

export interface LinkPingsDeps {
  /** Monotonic. */
  readonly clock: Clock;
  /** Ms since the Unix epoch; the offset of the relay's media clock is measured against it. */
  readonly wallClock: Clock;
  readonly timers: Timers;
  readonly send: (id: number) => void;
}

export class LinkPings {
  readonly #deps: LinkPingsDeps;
  readonly #offset = new ClockOffset();
  readonly #sent = new Map<number, number>();
  /** What is known was measured on an earlier connection. */
  #old = false;
  #timers: Cancel[] = [];
  #nextId = 1;
  #lastMs = 0;

  constructor(deps: LinkPingsDeps) {
    this.#deps = deps;
  }

  /** Relay's media clock minus our wall clock, in ms; undefined before the first answer. Outlives a lost connection. */
  get offsetMs(): number | undefined {
    return this.#offset.rttMs === undefined ? undefined : this.#offset.offsetMs;
  }

  get rttMs(): number | undefined {
    return this.#offset.rttMs;
  }

  /**
   * A connection opened. What was measured on the one before holds until the first answer on this one: without it every
   * tile would seek or stand still for a round trip. After that it counts no more, since the relay may have been
   * started anew, or this host may have slept.
   */
  start(): void {
    this.stop();
    this.#old = true;
    this.#ping();
    const { timers } = this.#deps;
    for (let n = 1; n < FIRST_PINGS; n += 1) {
      this.#timers.push(timers.after(n * FIRST_PINGS_EVERY_MS, () => this.#ping()));
    }
    this.#timers.push(timers.every(PING_MS, () => this.#ping()));
  }

  stop(): void {
    for (const cancel of this.#timers) cancel();
    this.#timers = [];
    this.#sent.clear();
  }

  /** The connection went to another relay: what was measured means nothing any more. */
  reset(): void {
    this.stop();
    this.#offset.reset();
  }

  pong({ id, mediaTimeMs }: RelayMessageOf<'pong'>): void {
    const sentMs = this.#sent.get(id);
    this.#sent.delete(id);
    if (sentMs === undefined) return;
    if (this.#old) this.#offset.reset();
    this.#old = false;
    this.#offset.add({ sentMs, receivedMs: this.#deps.wallClock.now(), serverMs: mediaTimeMs });
  }

  /**
   * Something was heard. Timers of a hidden page may run once a minute only, and the relay drops who is silent;
   * messages are delivered at once, so they drive late pings.
   */
  heard(): void {
    const running = this.#timers.length > 0;
    if (running && this.#deps.clock.now() - this.#lastMs >= PING_MS + SLACK_MS) this.#ping();
  }

  #ping(): void {
    const id = this.#nextId++;
    this.#lastMs = this.#deps.clock.now();
    this.#sent.set(id, this.#deps.wallClock.now());
    this.#deps.send(id);
  }
}
