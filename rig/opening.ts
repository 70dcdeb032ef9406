/** Opens the wall as a user does, by a click on the toolbar icon, and records when its pictures came. */
import type { BrowserContext, Page, Worker } from 'playwright-core';
import type { RigBrowser } from './browser.ts';

/** All times by the host's clock, ms since the Unix epoch. */
export interface OpeningRecord {
  readonly clickedMs: number;
  /** When the page began to load. */
  readonly pageMs: number;
  /** When its scripts had run. */
  readonly scriptMs: number | undefined;
  /** Camera → when each of its pictures came. */
  readonly frames: Readonly<Record<string, readonly number[]>>;
  readonly sockets: readonly SocketTimes[];
  /** When it was read. */
  readonly endedMs: number;
}

interface SocketTimes {
  /** Of its address, as in /control. */
  readonly path: string;
  readonly createdMs: number;
  openMs?: number;
  /** Of each message so far, at most {@link MESSAGES}. */
  readonly messagesMs: number[];
}

type PageRecord = Pick<OpeningRecord, 'frames' | 'sockets'>;

const MESSAGES = 8;

/** From now on each wall that opens in this browser is recorded from its first line on. */
export async function recordOpenings(context: BrowserContext): Promise<void> {
  await context.addInitScript((most) => {
    if (location.pathname !== '/wall.html') return;
    const frames: Record<string, number[]> = {};
    const sockets: SocketTimes[] = [];
    Object.assign(globalThis, { openingRecord: { frames, sockets } });
    const known = new WeakSet<HTMLVideoElement>();
    const follow = (): void => {
      for (const video of document.querySelectorAll<HTMLVideoElement>('[data-camera] video')) {
        if (known.has(video)) continue;
        known.add(video);
        const camera = video.closest('[data-camera]')?.getAttribute('data-camera') ?? '';
        const times = frames[camera] ?? [];
        frames[camera] = times;
        const onFrame = (): void => {
          times.push(Date.now());
          video.requestVideoFrameCallback(onFrame);
        };
        video.requestVideoFrameCallback(onFrame);
      }
    };
    new MutationObserver(follow).observe(document, { childList: true, subtree: true });
    globalThis.WebSocket = class extends WebSocket {
      constructor(url: string | URL, protocols?: string | string[]) {
        super(url, protocols);
        const times: SocketTimes = { path: new URL(url).pathname, createdMs: Date.now(), messagesMs: [] };
        sockets.push(times);
        this.addEventListener('open', () => {
          times.openMs = Date.now();
        });
        this.addEventListener('message', () => {
          if (times.messagesMs.length < most) times.messagesMs.push(Date.now());
        });
      }
    };
  }, MESSAGES);
}

/** Clicks the icon; `ended` closes the wall again and gives what was recorded until then. */
export async function openByClick(
  browser: RigBrowser,
): Promise<{ readonly page: Page; readonly ended: () => Promise<OpeningRecord> }> {
  const opened = browser.context.waitForEvent('page');
  const clickedMs = await click(browser.worker);
  const page = await opened;
  return {
    page,
    async ended() {
      const record = await page.evaluate(() => {
        const [navigation] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[];
        const { openingRecord } = globalThis as unknown as { openingRecord: PageRecord };
        const scriptMs = navigation === undefined ? 0 : navigation.domContentLoadedEventEnd;
        return {
          ...openingRecord,
          pageMs: performance.timeOrigin,
          scriptMs: scriptMs === 0 ? undefined : performance.timeOrigin + scriptMs,
          endedMs: Date.now(),
        };
      });
      await page.close();
      return { clickedMs, ...record };
    },
  };
}

/** Playwright cannot press the icon: its listeners are called as the browser calls them. */
function click(worker: Worker): Promise<number> {
  return worker.evaluate(async () => {
    interface Action {
      readonly onClicked: { dispatch(tab: unknown): void };
    }
    const { chrome } = globalThis as unknown as {
      chrome: { tabs: { query(filter: object): Promise<unknown[]> }; action: Action };
    };
    const [tab] = await chrome.tabs.query({});
    const clickedMs = Date.now();
    chrome.action.onClicked.dispatch(tab);
    return clickedMs;
  });
}
