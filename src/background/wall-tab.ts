/**
 * The one wall tab. Opens or focuses it, and switches what a click on the toolbar icon does: without a wall it
 * opens one, with a wall it shows the popup. The truth is asked from the browser each time, so a background page
 * that was killed in between knows it again. How tabs are recognised is find-walls.ts.
 */
import type { Clock } from '../wire/ports.ts';

/**
 * A tab that was just opened is the wall's for this long although no browser lists it yet: its document comes with
 * the first answer of its process, about 0.1 s later, and after seconds on a host that is full.
 */
export const OPENING_MS = 5_000;

export interface WallTabInfo {
  readonly tabId: number;
  readonly windowId: number;
}

/** What this needs of the browser. */
export interface WallTabsPort {
  /** Open wall tabs, as far as the browser knows them. */
  find(): Promise<readonly WallTabInfo[]>;
  /** Always a new tab: Firefox asks for local-network access in a tab that showed a web page before. */
  open(camera: string | undefined): Promise<WallTabInfo | undefined>;
  /** Whether a tab is still there, whatever it shows. */
  exists(tabId: number): Promise<boolean>;
  /** Brings it to the front; with `camera` on that tile, also where its page is only loading or was discarded. */
  focus(tab: WallTabInfo, camera: string | undefined): Promise<void>;
  setPopup(shown: boolean): Promise<void>;
}

export interface WallTabDeps {
  readonly tabs: WallTabsPort;
  /** Monotonic. */
  readonly clock: Clock;
}

export class WallTab {
  readonly #port: WallTabsPort;
  readonly #clock: Clock;
  #opened: { readonly tab: WallTabInfo; readonly atMs: number } | undefined;
  #queue: Promise<unknown> = Promise.resolve();

  constructor({ tabs, clock }: WallTabDeps) {
    this.#port = tabs;
    this.#clock = clock;
  }

  /** Opens the wall, or focuses the one that is open; with `camera` on that tile. */
  show(camera?: string): Promise<void> {
    // One after the other: two quick clicks must not open two walls.
    return this.#enqueue(async () => {
      const [tab] = await this.#find();
      if (tab === undefined) {
        const opened = await this.#port.open(camera);
        if (opened !== undefined) this.#opened = { tab: opened, atMs: this.#clock.now() };
      } else {
        await this.#port.focus(tab, camera);
      }
      await this.#port.setPopup(true);
    });
  }

  /**
   * Makes the icon fit the tabs that are there now.
   * @param closedTabId a tab that is closing and may still be listed
   * @returns whether a wall is open
   */
  refresh(closedTabId?: number): Promise<boolean> {
    return this.#enqueue(async () => {
      if (this.#opened?.tab.tabId === closedTabId) this.#opened = undefined;
      const open = (await this.#find()).some(({ tabId }) => tabId !== closedTabId);
      await this.#port.setPopup(open);
      return open;
    });
  }

  async #find(): Promise<readonly WallTabInfo[]> {
    const found = await this.#port.find();
    if (this.#opened === undefined) return found;
    const { tab, atMs } = this.#opened;
    const opening =
      this.#clock.now() - atMs < OPENING_MS &&
      !found.some(({ tabId }) => tabId === tab.tabId) &&
      (await this.#port.exists(tab.tabId));
    if (opening) return [...found, tab];
    this.#opened = undefined;
    return found;
  }

  #enqueue<T>(run: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(run);
    this.#queue = result.catch(() => undefined);
    return result;
  }
}
