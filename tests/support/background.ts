/** The extension's background in Chromium, which the browser may stop and start again at any time. */
import type { Page } from 'playwright-core';
import type { RigBrowser } from '../../rig/browser.ts';

/** Evaluates an expression in the background; promises are awaited. While it is stopped, waits for its next start. */
export function background<T>(browser: RigBrowser, expression: string): Promise<T> {
  return browser.worker.evaluate(expression);
}

/**
 * Stops the background, as the browser does after idle time: what it has not stored is gone. It stays stopped until
 * an event wakes it, and a page that opens or closes is one.
 * @param page one of the extension's own
 */
export async function stopBackground(browser: RigBrowser, page: Page): Promise<void> {
  const session = await browser.context.newCDPSession(page);
  try {
    const stopped = new Promise<void>((resolve) => {
      session.on('ServiceWorker.workerVersionUpdated', ({ versions }) => {
        if (versions.some(({ runningStatus }) => runningStatus === 'stopped')) resolve();
      });
    });
    await session.send('ServiceWorker.enable');
    await session.send('ServiceWorker.stopAllWorkers');
    await stopped;
  } finally {
    await session.detach();
  }
}
