/**
 * Watches what publishers deliver, from the counters that MediaMTX reports once a second. Pure. MediaMTX itself
 * has no frame rate, bit rate or freeze flag, and calls a path available for ten seconds after its source fell
 * silent; whether the bytes grow is what counts.
 */
import type { ApiPath } from './api.ts';

export interface PathHealth {
  /** A publisher is connected. */
  readonly online: boolean;
  /** Identity of the publisher's connection; changes with each restart of the encoder. */
  readonly publisher: string | undefined;
  /** Media received since the publisher connected. */
  readonly inboundBytes: number;
  /** Received between the last two looks. */
  readonly bytesPerS: number;
  /** Time since media was last seen to arrive, in ms; 0 while it flows or nobody publishes. */
  readonly silentMs: number;
  /** Frames that could not be decoded from the transport, since the publisher connected. */
  readonly framesInError: number;
}

interface Seen extends PathHealth {
  readonly atMs: number;
  readonly grewAtMs: number;
}

export class PathTracker {
  #seen: ReadonlyMap<string, Seen> = new Map();

  /** By path, in the words of the last report. Paths that were never published to are missing. */
  get paths(): ReadonlyMap<string, PathHealth> {
    return this.#seen;
  }

  /** @param nowMs monotonic */
  update(paths: readonly ApiPath[], nowMs: number): void {
    this.#seen = new Map(paths.map((path) => [path.name, look(path, this.#seen.get(path.name), nowMs)]));
  }

  /** The server is gone, and all publishers with it. */
  clear(): void {
    this.#seen = new Map();
  }
}

function look(path: ApiPath, before: Seen | undefined, nowMs: number): Seen {
  const publisher = path.online ? (path.source?.id ?? path.onlineTime ?? '') : undefined;
  const known = before !== undefined && before.publisher === publisher ? before : undefined;
  const grew = known === undefined ? path.inboundBytes > 0 : path.inboundBytes > known.inboundBytes;
  const grewAtMs = known === undefined || grew ? nowMs : known.grewAtMs;
  const spanMs = known === undefined ? 0 : nowMs - known.atMs;
  const gained = known === undefined ? 0 : Math.max(0, path.inboundBytes - known.inboundBytes);
  return {
    online: path.online,
    publisher,
    inboundBytes: path.inboundBytes,
    bytesPerS: spanMs > 0 ? Math.round((gained * 1000) / spanMs) : 0,
    silentMs: path.online ? nowMs - grewAtMs : 0,
    framesInError: path.inboundFramesInError,
    atMs: nowMs,
    grewAtMs,
  };
}
