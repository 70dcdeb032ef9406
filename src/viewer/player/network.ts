/**
 * The Network Information API, where the browser has it (Chromium): a first word on the network before anything was
 * measured, and that it is another one. It leaves private addresses out, so it says nothing of a LAN.
 */
import type { Cancel } from '../../wire/ports.ts';

interface NetworkInformation extends EventTarget {
  /** As in `wifi`; only on phones and tablets. */
  readonly type?: string;
  /** `slow-2g`, `2g`, `3g` or `4g`. */
  readonly effectiveType?: string;
}

export interface BrowserNetwork {
  name(): string | undefined;
  /** Calls `listener` when the network is of another kind; its figures alone change all the time. */
  onChange(listener: () => void): Cancel;
}

/** @param navigator the page's */
export function browserNetwork(navigator: object): BrowserNetwork {
  const { connection } = navigator as { readonly connection?: NetworkInformation };
  const kind = (): string => `${connection?.type} ${connection?.effectiveType}`;
  return {
    name: () => connection?.effectiveType,
    onChange(listener) {
      if (connection === undefined) return () => undefined;
      let known = kind();
      const changed = (): void => {
        if (kind() === known) return;
        known = kind();
        listener();
      };
      connection.addEventListener('change', changed);
      return () => connection.removeEventListener('change', changed);
    },
  };
}
