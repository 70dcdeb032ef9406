/** A storage area in memory that tells its listeners at once, as the browser tells every page of the extension. */
import type { StoragePort } from '../../src/extension/store.ts';

export class FakeStorage implements StoragePort {
  readonly items = new Map<string, unknown>();
  readonly #listeners = new Set<(keys: readonly string[]) => void>();

  async get(keys: readonly string[]): Promise<Record<string, unknown>> {
    return Object.fromEntries(
      keys.filter((key) => this.items.has(key)).map((key) => [key, this.items.get(key)]),
    );
  }

  async all(): Promise<Record<string, unknown>> {
    return Object.fromEntries(this.items);
  }

  async set(items: Record<string, unknown>): Promise<void> {
    // A real area stores a copy, and only what JSON can say.
    for (const [key, value] of Object.entries(items)) this.items.set(key, JSON.parse(JSON.stringify(value)));
    this.#tell(Object.keys(items));
  }

  async remove(keys: readonly string[]): Promise<void> {
    for (const key of keys) this.items.delete(key);
    this.#tell(keys);
  }

  onChanged(listener: (keys: readonly string[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #tell(keys: readonly string[]): void {
    for (const listener of this.#listeners) listener(keys);
  }
}
