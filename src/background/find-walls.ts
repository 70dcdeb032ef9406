/**
 * Finds the tabs that show the wall, without the permission to read the addresses of all tabs. No browser has one
 * way that finds them all:
 *
 * - `tabs.query({ url })` sees nothing of the extension's own pages in Chromium 120 and 150, all of them in 156 and
 *   in Firefox 153.
 * - `runtime.getContexts` sees them in all of these, but only while their document is there: not a tab that the
 *   browser has discarded to save memory, which comes back as a wall when it is clicked.
 *
 * Pure: asking the browser is left to the ports.
 */
import type { WallTabInfo } from './wall-tab.ts';

export interface OwnPages {
  /** The extension's documents in tabs. Their `documentUrls` filter wants the hash too, so it is of no use here. */
  contexts(): Promise<
    readonly {
      readonly tabId: number;
      readonly windowId: number;
      readonly documentUrl?: string | undefined;
    }[]
  >;
  /** Tabs, with their address as far as the browser tells it. */
  tabs(): Promise<
    readonly {
      readonly id?: number | undefined;
      readonly windowId?: number | undefined;
      readonly url?: string | undefined;
    }[]
  >;
}

/** @param wallUrl address of the wall's page, without a hash */
export async function findWalls(pages: OwnPages, wallUrl: string): Promise<readonly WallTabInfo[]> {
  const [contexts, tabs] = await Promise.all([pages.contexts(), pages.tabs()]);
  const found = new Map<number, WallTabInfo>();
  const add = (tabId: number | undefined, windowId: number | undefined, url: string | undefined): void => {
    if (tabId === undefined || windowId === undefined || url?.replace(/[?#].*/, '') !== wallUrl) return;
    found.set(tabId, { tabId, windowId });
  };
  for (const { tabId, windowId, documentUrl } of contexts) add(tabId, windowId, documentUrl);
  for (const { id, windowId, url } of tabs) add(id, windowId, url);
  return [...found.values()];
}
