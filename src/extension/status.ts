/**
 * What is going on right now, shared through storage.session so that a killed background page loses nothing and
 * the popup shows it at once. Each paired relay has its own. Only the background writes it; what the walls run is in wall-status.ts.
 */
import * as v from 'valibot';
import type { Cancel } from '../wire/ports.ts';
import { CAMERA_STATES } from '../wire/protocol.ts';
import { type StoragePort, TypedStore } from './store.ts';

const cameraSchema = v.object({
  id: v.string(),
  name: v.string(),
  state: v.picklist(CAMERA_STATES),
  /** Since when, ms since the Unix epoch by our own clock. */
  sinceMs: v.number(),
  reason: v.string(),
});
export type CameraStatus = v.InferOutput<typeof cameraSchema>;

const relaySchema = v.object({
  phase: v.picklist(['off', 'connecting', 'open', 'waiting', 'refused']),
  reason: v.string(),
  refusal: v.optional(v.picklist(['unauthorized', 'version', 'tls'])),
  retryAtMs: v.optional(v.number()),
  name: v.string(),
  /** The relay offers real-time pictures; absent while that is unknown. */
  realtime: v.optional(v.boolean()),
  cameras: v.array(cameraSchema),
  position: v.optional(v.object({ runId: v.string(), seq: v.number() })),
});
export type RelayStatus = v.InferOutput<typeof relaySchema>;

const noticeSchema = v.object({
  name: v.string(),
  /** When our user first saw it down, ms since the Unix epoch by our own clock. */
  sinceMs: v.number(),
  state: v.picklist(['frozen', 'offline']),
  /**
   * `held`: not shown yet; `own`: shown by itself; `group`: shown in the group; `limited`: one of too many, counted
   * instead of shown.
   */
  shown: v.picklist(['held', 'own', 'group', 'limited']),
});
const flapSchema = v.object({
  /** Since when the untold outages are counted, ms since the Unix epoch. */
  sinceMs: v.number(),
  lastMs: v.number(),
  count: v.number(),
  untold: v.number(),
  /** How often the wait has doubled. */
  level: v.number(),
  /** Nothing is told before, ms since the Unix epoch; absent while outages are told one by one. */
  untilMs: v.optional(v.number()),
});
/** How often something fails lately: flap-limit.ts. */
export type Flap = v.InferOutput<typeof flapSchema>;

const noticesSchema = v.object({
  /** Address of the relay that all of this is about. */
  relay: v.optional(v.string()),
  cameras: v.record(v.string(), noticeSchema),
  /** When the held ones are shown, ms since the Unix epoch; absent while none is held. */
  dueMs: v.optional(v.number()),
  /** The connection to the relay is lost: since when, and whether that was told. */
  lost: v.optional(v.object({ sinceMs: v.number(), shown: v.picklist(['held', 'own', 'limited']) })),
  /** By camera, and for the relay. */
  flaps: v.optional(v.record(v.string(), flapSchema)),
  /** Ids of the notifications that may still be on the desktop. */
  onDesktop: v.optional(v.array(v.string())),
});
/** What is wrong now, and what the user was told of it. */
export type Notices = v.InferOutput<typeof noticesSchema>;

export const NO_NOTICES: Notices = { cameras: {} };

export interface Status {
  readonly relay: RelayStatus | undefined;
  readonly notices: Notices;
}

export type StatusStore = TypedStore<Status>;

/** @param relay key of the pairing */
export function statusStore(port: StoragePort, relay: string): StatusStore {
  return new TypedStore<Status>({
    port,
    suffix: relay === '' ? '' : `-${relay}`,
    entries: {
      relay: { schema: relaySchema, fallback: undefined },
      notices: { schema: noticesSchema, fallback: NO_NOTICES },
    },
  });
}

/** Its storage keys: with nothing behind the name they are the first pairing's. */
const STORED = /^(?:relay|notices)(?:-(?=\d)|$)(\d*)$/;

/** The status of every paired relay, for the pages that only read it. */
export class RelayStatuses {
  readonly #port: StoragePort;

  /** @param port of storage.session */
  constructor(port: StoragePort) {
    this.#port = port;
  }

  /** By the keys of the pairings; without those that nothing is known of yet. */
  async read(relays: readonly string[]): Promise<ReadonlyMap<string, RelayStatus>> {
    const found = await Promise.all(
      relays.map(async (key) => [key, (await statusStore(this.#port, key).read()).relay] as const),
    );
    return new Map(found.flatMap(([key, relay]) => (relay === undefined ? [] : [[key, relay]])));
  }

  /** Keys of the pairings that something is stored of. */
  async stored(): Promise<readonly string[]> {
    const keys = Object.keys(await this.#port.all()).flatMap((key) => STORED.exec(key)?.[1] ?? []);
    return [...new Set(keys)];
  }

  /** Calls `listener` after any of them changed. */
  subscribe(listener: () => void): Cancel {
    return this.#port.onChanged((keys) => {
      if (keys.some((key) => STORED.test(key))) listener();
    });
  }
}
