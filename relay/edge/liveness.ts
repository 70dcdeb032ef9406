/**
 * Ends sockets whose client is gone without a word (a laptop that sleeps, a cable): a ping that is not answered by the
 * next one. It must not depend on media: that of an offline camera has none to acknowledge.
 */
import type { Cancel, Clock, Timers } from '../../src/wire/ports.ts';

/** A dead client is gone after one to two of these. Browsers answer by themselves, also for a hidden tab. */
export const PING_EVERY_MS = 15_000;

/** Of a `ws` socket, what is needed here. */
export interface PingSocket {
  ping(): void;
  terminate(): void;
  on(event: 'pong' | 'message' | 'close', listener: () => void): unknown;
}

export interface LivenessDeps {
  readonly timers: Timers;
  /** Monotonic. */
  readonly clock: Clock;
}

export class Liveness {
  readonly #deps: LivenessDeps;
  /** Sockets, and whether anything came from each since its last ping. */
  readonly #heard = new Map<PingSocket, boolean>();
  #cancel: Cancel | undefined;
  #roundAtMs = 0;

  constructor(deps: LivenessDeps) {
    this.#deps = deps;
  }

  start(): void {
    this.#roundAtMs = this.#deps.clock.now();
    this.#cancel = this.#deps.timers.every(PING_EVERY_MS, () => this.#round());
  }

  stop(): void {
    this.#cancel?.();
  }

  /** Until it closes. */
  watch(socket: PingSocket): void {
    const hear = (): void => {
      if (this.#heard.has(socket)) this.#heard.set(socket, true);
    };
    this.#heard.set(socket, true);
    socket.on('pong', hear);
    socket.on('message', hear);
    socket.on('close', () => this.#heard.delete(socket));
  }

  #round(): void {
    const nowMs = this.#deps.clock.now();
    // After a pause of the relay itself the answers lie unread: nobody is judged in that round.
    const paused = Math.abs(nowMs - this.#roundAtMs - PING_EVERY_MS) > PING_EVERY_MS / 2;
    this.#roundAtMs = nowMs;
    for (const [socket, heard] of [...this.#heard]) {
      if (!heard && !paused) {
        socket.terminate();
        continue;
      }
      this.#heard.set(socket, false);
      socket.ping();
    }
  }
}
