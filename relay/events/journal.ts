/**
 * Numbers every change of a camera's state, and the end of one, and keeps the newest ones, so that a client that was
 * away can be told what happened meanwhile. Kept in memory: a new run of the relay has a new run id and starts from nothing.
 * Who hears of it, and how, is left to relay/edge/control.ts.
 */
import type { Cancel, Clock } from '../../src/wire/ports.ts';
import type { CameraState, RelayMessageOf } from '../../src/wire/protocol.ts';

export type CameraEvent = RelayMessageOf<'camera' | 'removed'>;

/** Three cameras that restart every 10 s for a quarter of an hour still fit. */
const DEFAULT_CAPACITY = 1000;

export interface JournalOptions {
  /** Unique for this start of the relay. */
  readonly runId: string;
  /** Wall clock. */
  readonly clock: Clock;
  readonly capacity?: number;
}

export class Journal {
  readonly runId: string;
  readonly #clock: Clock;
  readonly #capacity: number;
  readonly #events: CameraEvent[] = [];
  readonly #listeners = new Set<(event: CameraEvent) => void>();
  #seq = 0;

  constructor({ runId, clock, capacity = DEFAULT_CAPACITY }: JournalOptions) {
    this.runId = runId;
    this.#clock = clock;
    this.#capacity = capacity;
  }

  /** Number of the newest event; 0 before the first. */
  get seq(): number {
    return this.#seq;
  }

  /**
   * Records a camera's new state and tells every listener.
   * @param order ids of all cameras, where this event changed that
   */
  append(camera: CameraState, order?: readonly string[]): CameraEvent {
    return this.#record({
      ...{ type: 'camera' as const, ...this.#stamp(), camera },
      ...(order === undefined ? {} : { order: [...order] }),
    });
  }

  /** Records that the camera is no longer in the configuration, and tells every listener. */
  remove(camera: string): CameraEvent {
    return this.#record({ type: 'removed', ...this.#stamp(), camera });
  }

  #stamp(): { seq: number; atMs: number } {
    this.#seq += 1;
    return { seq: this.#seq, atMs: this.#clock.now() };
  }

  #record(event: CameraEvent): CameraEvent {
    this.#events.push(event);
    if (this.#events.length > this.#capacity) this.#events.shift();
    for (const listener of [...this.#listeners]) listener(event);
    return event;
  }

  /**
   * Events after `seq` of run `runId`, oldest first. Undefined when they cannot be told: another run, a number
   * that was never given, or one so old that some events have left the journal.
   */
  since({
    runId,
    seq,
  }: {
    readonly runId: string;
    readonly seq: number;
  }): readonly CameraEvent[] | undefined {
    if (runId !== this.runId || seq > this.#seq) return undefined;
    const missed = this.#seq - seq;
    if (missed > this.#events.length) return undefined;
    return this.#events.slice(this.#events.length - missed);
  }

  /** Calls `listener` for each event from now on. */
  onEvent(listener: (event: CameraEvent) => void): Cancel {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
