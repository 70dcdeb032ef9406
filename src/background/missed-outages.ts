/**
 * Reads the events that the relay replays after a connection was away, and makes outages of them that came and went
 * meanwhile. Pure.
 */
import { isDown } from '../extension/camera-words.ts';
import type { RelayMessage, RelayMessageOf } from '../wire/protocol.ts';

type CameraEvent = RelayMessageOf<'camera' | 'removed'>;

/** A camera was without a picture and is no more. Times are ms since the Unix epoch by our clock. */
export interface Outage {
  readonly camera: string;
  readonly name: string;
  readonly state: 'frozen' | 'offline';
  /** Undefined when it began before the first event that was missed. */
  readonly fromMs: number | undefined;
  readonly toMs: number;
}

export class MissedEvents {
  #events: CameraEvent[] = [];
  #untilSeq: number | undefined;

  /**
   * Takes each message of a connection.
   * @returns once per connection, when the replay is over, what it told. It is over with the event that the welcome
   * already includes, or with the first message of another kind: the relay sends the whole of it at once.
   */
  read(message: RelayMessage): readonly CameraEvent[] | undefined {
    if (message.type === 'welcome') {
      this.#events = [];
      this.#untilSeq = message.seq;
      return message.seq === 0 ? this.#finish() : undefined;
    }
    if (this.#untilSeq === undefined) return undefined;
    const isEvent = message.type === 'camera' || message.type === 'removed';
    if (!isEvent || message.seq > this.#untilSeq) return this.#finish();
    this.#events.push(message);
    return message.seq === this.#untilSeq ? this.#finish() : undefined;
  }

  #finish(): readonly CameraEvent[] {
    this.#untilSeq = undefined;
    return this.#events.splice(0);
  }
}

/**
 * @param offsetMs the relay host's clock minus ours
 * @returns outages that ended, oldest first
 */
export function outagesOf(events: readonly CameraEvent[], offsetMs: number): Outage[] {
  const open = new Map<string, Pick<Outage, 'fromMs' | 'state'>>();
  const seen = new Set<string>();
  const outages: Outage[] = [];
  for (const event of events) {
    if (event.type === 'removed') {
      // It has no end. Should it come back into the configuration, it begins anew.
      open.delete(event.camera);
      seen.add(event.camera);
      continue;
    }
    const { atMs, camera } = event;
    const { id, name, state } = camera;
    const first = !seen.has(id);
    seen.add(id);
    if (isDown(state)) {
      if (!open.has(id)) open.set(id, { fromMs: atMs - offsetMs, state });
    } else if (state !== 'starting') {
      const began = open.get(id) ?? (first ? { fromMs: undefined, state: 'frozen' as const } : undefined);
      if (began !== undefined) outages.push({ camera: id, name, ...began, toMs: atMs - offsetMs });
      open.delete(id);
    }
  }
  return outages;
}
