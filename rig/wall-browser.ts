/** Either browser with the measure build of the extension, as far as a suite needs it: pair, set, show a page, count its CPU. */
import { type BrowserOptions, launchBrowser, pair, type RigBrowser, type ScriptedPage } from './browser.ts';
import { type Firefox, firefoxPath, launchFirefox, pairFirefox } from './firefox.ts';
import { inProject } from './root.ts';

export const BROWSERS = ['chromium', 'firefox'] as const;
export type BrowserName = (typeof BROWSERS)[number];

export interface WallBrowser {
  readonly name: BrowserName;
  /** Through the options page, as a user does. */
  pair(relayUrl: string, code: string): Promise<void>;
  /** Writes into the extension's settings, where popup and wall read them. */
  set(values: Readonly<Record<string, unknown>>): Promise<void>;
  /** The address of one of the extension's pages. */
  url(page: string): string;
  /** Shows a page in front, and no other one. */
  show(url: string): Promise<ScriptedPage>;
  /** The browser's own processes, for CPU figures. */
  processes: RigBrowser['processes'];
  close(): Promise<void>;
}

/** Whether it is installed. Chromium always has to be. */
export function hasBrowser(name: BrowserName): boolean {
  return name === 'chromium' || firefoxPath() !== undefined;
}

/** @throws Error saying what to install */
export async function launchWallBrowser(name: BrowserName, options: BrowserOptions): Promise<WallBrowser> {
  return name === 'chromium' ? ofChromium(await launchBrowser(options)) : ofFirefox(await startFirefox());
}

function ofChromium(browser: RigBrowser): WallBrowser {
  return {
    name: 'chromium',
    pair: (url, code) => pair(browser, url, code),
    set: (values) => browser.worker.evaluate(writeSettings, values),
    url: (page) => browser.url(page),
    async show(url) {
      const page = await browser.context.newPage();
      await page.goto(url);
      // What else the browser opened must neither cost nor cover it.
      for (const other of browser.context.pages()) if (other !== page) await other.close();
      await page.bringToFront();
      return page;
    },
    processes: () => browser.processes(),
    close: () => browser.close(),
  };
}

function startFirefox(): Promise<Firefox> {
  const path = firefoxPath();
  if (path === undefined)
    throw new Error('No Firefox was found on PATH. Install the package "firefox-esr" and run this again.');
  return launchFirefox(path, inProject('dist/firefox-measure'));
}

function ofFirefox(browser: Firefox): WallBrowser {
  return {
    name: 'firefox',
    pair: (url, code) => pairFirefox(browser, url, code),
    async set(values) {
      await browser.open('options.html');
      await browser.evaluate(writeSettings, values);
    },
    url: (page) => browser.url(page),
    async show(url) {
      await browser.goto(url);
      return browser;
    },
    processes: () => browser.processes(),
    close: () => browser.close(),
  };
}

/** Runs inside the extension. */
export async function writeSettings(values: Readonly<Record<string, unknown>>): Promise<void> {
  const { chrome } = globalThis as unknown as {
    chrome: { storage: { local: { set(items: Readonly<Record<string, unknown>>): Promise<void> } } };
  };
  await chrome.storage.local.set(values);
}
