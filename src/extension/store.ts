/**
 * Typed values in one of the browser's storage areas. Each value has its own key, so that two pages which change
 * different values never overwrite each other. Values are parsed when they are read: what an older version or a
 * hand wrote falls back to its default instead of breaking the page.
 */
import * as v from 'valibot';
import type { Cancel } from '../wire/ports.ts';

/** What TypedStore needs of `browser.storage.local` or `.session`. */
export interface StoragePort {
  get(keys: readonly string[]): Promise<Record<string, unknown>>;
  /** Everything in the area. */
  all(): Promise<Record<string, unknown>>;
  set(items: Record<string, unknown>): Promise<void>;
  remove(keys: readonly string[]): Promise<void>;
  /** Calls `listener` with the keys that any page of the extension changed, this one included. */
  onChanged(listener: (keys: readonly string[]) => void): Cancel;
}

export interface Entry<T> {
  readonly schema: v.GenericSchema<unknown, T>;
  /** The value when nothing, or nothing valid, is stored. */
  readonly fallback: T;
  /** Under what an older version stored it, and how that is read now; goes with the first write. */
  readonly older?: { readonly key: string; readonly carry: (stored: unknown) => unknown };
}

export type Entries<T extends object> = { readonly [K in keyof T]: Entry<T[K]> };

export class TypedStore<T extends object> {
  readonly #port: StoragePort;
  readonly #entries: Entries<T>;
  readonly #keys: readonly (keyof T & string)[];
  readonly #suffix: string;

  /** @param suffix of the keys in the area, where there is more than one such set of values */
  constructor({
    port,
    entries,
    suffix = '',
  }: {
    port: StoragePort;
    entries: Entries<T>;
    suffix?: string;
  }) {
    this.#port = port;
    this.#entries = entries;
    this.#keys = keysOf(entries);
    this.#suffix = suffix;
  }

  /** All values, defaults filled in. */
  async read(): Promise<T> {
    const stored = await this.#port.get([
      ...this.#keys.map((key) => this.#at(key)),
      ...this.#olderKeys(this.#keys),
    ]);
    const values: Partial<T> = {};
    for (const key of this.#keys) {
      const { older } = this.#entries[key];
      const carried =
        older === undefined || stored[older.key] === undefined ? undefined : older.carry(stored[older.key]);
      values[key] = parseEntry(this.#entries[key], stored[this.#at(key)] ?? carried);
    }
    return complete(values, this.#keys);
  }

  /** Stores the named values; `undefined` removes one, so that it reads as its default. */
  async write(patch: Partial<T>): Promise<void> {
    const changed = keysOf(patch);
    const kept = changed.filter((key) => patch[key] !== undefined);
    const removed = changed.filter((key) => patch[key] === undefined);
    if (kept.length > 0) {
      await this.#port.set(Object.fromEntries(kept.map((key) => [this.#at(key), patch[key]])));
    }
    const gone = [...removed.map((key) => this.#at(key)), ...this.#olderKeys(changed)];
    if (gone.length > 0) await this.#port.remove(gone);
  }

  /** Removes all of the values. */
  clear(): Promise<void> {
    return this.#port.remove(this.#keys.map((key) => this.#at(key)));
  }

  /** Calls `listener` after any of the values changed, with all of them. */
  subscribe(listener: (values: T) => void, onError: (error: unknown) => void): Cancel {
    let ended = false;
    const own = new Set([...this.#keys.map((key) => this.#at(key)), ...this.#olderKeys(this.#keys)]);
    const cancel = this.#port.onChanged((keys) => {
      if (!keys.some((key) => own.has(key))) return;
      this.read().then((values) => {
        if (!ended) listener(values);
      }, onError);
    });
    return () => {
      ended = true;
      cancel();
    };
  }

  #at(key: keyof T & string): string {
    return `${key}${this.#suffix}`;
  }

  #olderKeys(keys: readonly (keyof T & string)[]): string[] {
    return keys.flatMap((key) => this.#entries[key].older?.key ?? []);
  }
}

function parseEntry<V>({ schema, fallback }: Entry<V>, stored: unknown): V {
  if (stored === undefined) return fallback;
  const result = v.safeParse(schema, stored);
  return result.success ? result.output : fallback;
}

function keysOf<O extends object>(object: O): (keyof O & string)[] {
  const keys: (keyof O & string)[] = [];
  for (const key in object) if (Object.hasOwn(object, key)) keys.push(key);
  return keys;
}

function complete<T extends object>(values: Partial<T>, keys: readonly (keyof T & string)[]): T {
  const isComplete = (candidate: Partial<T>): candidate is T => keys.every((key) => key in candidate);
  if (!isComplete(values)) throw new Error('a stored value has no entry');
  return values;
}
