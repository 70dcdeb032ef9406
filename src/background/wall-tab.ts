/**
 * The one wall tab. Opens or focuses it, and switches what a click on the toolbar icon does: without a wall it
 * opens one, with a wall it shows the popup. The truth is asked from the browser each time, so a background page
 * that was killed in between knows it again.
 */

export interface WallTabInfo {
  readonly tabId: number;
  readonly windowId: number;
}

/** What this needs of the browser. */
export interface WallTabsPort {
  /** Open wall tabs. */
  find(): Promise<readonly WallTabInfo[]>;
  /** Always a new tab: Firefox asks for local-network access in a tab that showed a web page before. */
  open(camera: string | undefined): Promise<void>;
  focus(tab: WallTabInfo): Promise<void>;
  /** Asks the open wall to enlarge a tile. */
  showCamera(camera: string): Promise<void>;
  setPopup(shown: boolean): Promise<void>;
}

export class WallTab {
  readonly #port: WallTabsPort;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(port: WallTabsPort) {
    this.#port = port;
  }

  /** Opens the wall, or focuses the one that is open; with `camera` on that tile. */
  show(camera?: string): Promise<void> {
    // One after the other: two quick clicks must not open two walls.
    return this.#enqueue(async () => {
      const [tab] = await this.#port.find();
      if (tab === undefined) {
        await this.#port.open(camera);
        await this.#port.setPopup(true);
        return;
      }
      await this.#port.focus(tab);
      if (camera !== undefined) await this.#port.showCamera(camera);
    });
  }

  /**
   * Makes the icon fit the tabs that are there now.
   * @param closedTabId a tab that is closing and may still be listed
   * @returns whether a wall is open
   */
  refresh(closedTabId?: number): Promise<boolean> {
    return this.#enqueue(async () => {
      const open = (await this.#port.find()).some(({ tabId }) => tabId !== closedTabId);
      await this.#port.setPopup(open);
      return open;
    });
  }

  #enqueue<T>(run: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(run);
    this.#queue = result.catch(() => undefined);
    return result;
  }
}
