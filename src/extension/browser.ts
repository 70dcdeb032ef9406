/**
 * The only import of webextension-polyfill, and the adapters that turn browser APIs into the narrow ports of our
 * modules. Only composition roots import this file: the polyfill throws outside an extension.
 */
import browser, { type Runtime } from 'webextension-polyfill';
import type { Message } from './messages.ts';
import type { StoragePort } from './store.ts';

export type { Runtime };
export { browser };

/** Says something to the background, which is started for it. */
export function tell(message: Message): Promise<unknown> {
  return browser.runtime.sendMessage(message);
}

/** One of the browser's storage areas as the port that TypedStore wants. */
export function storagePort(area: 'local' | 'session'): StoragePort {
  const storage = browser.storage[area];
  return {
    get: (keys) => storage.get([...keys]),
    all: () => storage.get(null),
    set: (items) => storage.set(items),
    remove: (keys) => storage.remove([...keys]),
    onChanged(listener) {
      const handle = (changes: Record<string, unknown>, changedArea: string): void => {
        if (changedArea === area) listener(Object.keys(changes));
      };
      browser.storage.onChanged.addListener(handle);
      return () => browser.storage.onChanged.removeListener(handle);
    },
  };
}
