/**
 * What each open wall runs, for the popup. Every wall has its own key in storage.session, by its tab, so that two of
 * them never overwrite each other. A wall writes at most once a second and removes its own; the background removes
 * what a closed or crashed tab left.
 */
import * as v from 'valibot';
import { LINK_STEPS, MODE_ORDER, MODES } from '../wire/modes.ts';
import type { Cancel } from '../wire/ports.ts';
import type { StoragePort } from './store.ts';

const wallSchema = v.object({
  mode: v.picklist(MODES),
  effective: v.picklist(MODE_ORDER),
  targetMs: v.number(),
  why: v.string(),
  /** Newest last. */
  decisions: v.array(
    v.object({
      /** Ms since the Unix epoch. */
      atMs: v.number(),
      mode: v.picklist(MODE_ORDER),
      targetMs: v.number(),
      why: v.string(),
    }),
  ),
  link: v.optional(
    v.object({
      step: v.picklist(LINK_STEPS),
      causes: v.array(v.string()),
      received: v.string(),
      tooSlow: v.boolean(),
      computerFull: v.optional(v.boolean()),
    }),
  ),
  skewMs: v.optional(v.number()),
  tiles: v.array(v.object({ camera: v.string(), phase: v.string(), inGroup: v.boolean() })),
  /** When the wall last came to the front, ms since the Unix epoch: the newest is the one that the user means. */
  shownMs: v.number(),
});
export type WallStatus = v.InferOutput<typeof wallSchema>;

const PREFIX = 'wall-';
const keyOf = (tabId: number): string => `${PREFIX}${tabId}`;

export class WallStatuses {
  readonly #port: StoragePort;

  /** @param port of storage.session */
  constructor(port: StoragePort) {
    this.#port = port;
  }

  write(tabId: number, status: WallStatus): Promise<void> {
    return this.#port.set({ [keyOf(tabId)]: status });
  }

  remove(tabId: number): Promise<void> {
    return this.#port.remove([keyOf(tabId)]);
  }

  /** Forgets all of them: no wall is open. */
  async clear(): Promise<void> {
    const keys = Object.keys(await this.#port.all()).filter((key) => key.startsWith(PREFIX));
    if (keys.length > 0) await this.#port.remove(keys);
  }

  /** The wall that was in front last; undefined while none is open. */
  async newest(): Promise<WallStatus | undefined> {
    const walls = Object.entries(await this.#port.all()).flatMap(([key, value]) => {
      const parsed = key.startsWith(PREFIX) ? v.safeParse(wallSchema, value) : undefined;
      return parsed?.success === true ? [parsed.output] : [];
    });
    return walls.sort((a, b) => b.shownMs - a.shownMs)[0];
  }

  /** Calls `listener` after any wall changed. */
  subscribe(listener: () => void): Cancel {
    return this.#port.onChanged((keys) => {
      if (keys.some((key) => key.startsWith(PREFIX))) listener();
    });
  }
}
