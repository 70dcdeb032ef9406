/**
 * The control socket: greets, authenticates, tells the full state and then every change, answers pings and
 * commands. One {@link ControlHub} for all clients. What a command does is left to commands.ts, the opening of
 * sockets and their limits to server.ts, the conversation as a whole is docs/protocol.md.
 */
import type { Cancel } from '../../src/wire/ports.ts';
import { CLOSE, DEAD_AFTER_MS, type RelayMessage, TICK_MS } from '../../src/wire/protocol.ts';
import { type ControlDeps, ControlSession } from './control-session.ts';
import { RateBucket } from './rate-bucket.ts';
import type { FrameHandlers, FrameSocket } from './socket.ts';

const TELEMETRY_MS = 2000;
/** Half of the second within which a revoked token must have lost its sockets. */
const SWEEP_MS = 500;
const MAX_PAUSE_MS = 3000;
/** Earlier than the protocol allows, since timers run late on a busy host. */
const TICK_EVERY_MS = TICK_MS - 1000;
/** Codes have 8 digits and 5 tries of their own (relay/access); this bounds the work before that. */
const PAIRING_LIMIT = { burst: 10, perSecond: 0.2 };

export class ControlHub {
  readonly #deps: ControlDeps;
  readonly #sessions = new Set<ControlSession>();
  readonly #pairing: RateBucket;
  readonly #cancels: Cancel[] = [];
  #sweptAtMs = 0;

  constructor(deps: ControlDeps) {
    this.#deps = deps;
    this.#pairing = new RateBucket({ limit: PAIRING_LIMIT, clock: deps.clock });
  }

  start(): void {
    const { timers, journal, wallClock, clock } = this.#deps;
    this.#sweptAtMs = clock.now();
    this.#cancels.push(
      journal.onEvent((event) => this.#broadcast(event)),
      timers.every(TELEMETRY_MS, () => this.#sendTelemetry()),
      timers.every(TICK_EVERY_MS, () =>
        this.#broadcast({ type: 'tick', seq: journal.seq, serverTimeMs: wallClock.now() }),
      ),
      timers.every(SWEEP_MS, () => this.#sweep()),
    );
  }

  /** Tells every client that the relay will be back soon. */
  stop(): void {
    for (const cancel of this.#cancels.splice(0)) cancel();
    for (const session of this.#sessions) session.close(CLOSE.restarting, 'the relay is stopping');
  }

  accept(socket: FrameSocket, origin: string | undefined): FrameHandlers {
    const session = new ControlSession({
      ...this.#deps,
      socket,
      origin,
      takePairingAttempt: () => this.#pairing.take(),
    });
    this.#sessions.add(session);
    session.start();
    return {
      onText: (text) => session.receive(text),
      onClose: () => {
        this.#sessions.delete(session);
        session.stop();
      },
    };
  }

  #broadcast(message: RelayMessage): void {
    const frame = JSON.stringify(message);
    for (const session of this.#sessions) session.deliver(frame);
  }

  #sendTelemetry(): void {
    const cameras = [...this.#deps.cameras.values()]
      .map((camera) => camera.telemetry())
      .filter((telemetry) => telemetry !== undefined);
    if (cameras.length === 0) return;
    const frame = JSON.stringify({ type: 'telemetry', cameras } satisfies RelayMessage);
    for (const session of this.#sessions) session.deliverIfIdle(frame);
  }

  /** Drops clients whose token was revoked, and those that went silent. After a pause of the relay itself nobody could be heard: that round is left out. */
  #sweep(): void {
    const nowMs = this.#deps.clock.now();
    const wasPaused = nowMs - this.#sweptAtMs > MAX_PAUSE_MS;
    this.#sweptAtMs = nowMs;
    for (const session of this.#sessions) {
      session.checkToken();
      if (wasPaused) session.forgive();
      else if (session.silentMs > DEAD_AFTER_MS)
        session.close(CLOSE.slow, `nothing heard for ${DEAD_AFTER_MS / 1000} s`);
    }
  }
}
