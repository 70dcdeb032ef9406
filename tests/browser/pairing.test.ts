/** Before a relay is paired, in a real Chromium: what the pages say, and what they refuse. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { launchBrowser, type RigBrowser } from '../../rig/browser.ts';
import { cameraConfig, syntheticCameras } from '../../rig/cameras.ts';
import { type RunningRelay, startRelay } from '../../rig/relay.ts';
import { background } from '../support/background.ts';
import { eventually } from '../support/eventually.ts';

let browser: RigBrowser;

/** The page of ours that is in front; not by its tab's address, which older versions hide. */
const inFront = (): Promise<string> =>
  background<string>(
    browser,
    `Promise.all([
      chrome.runtime.getContexts({ contextTypes: ['TAB'] }), chrome.tabs.query({ active: true })
    ]).then(([pages, [tab]]) => pages.find((page) => page.tabId === tab?.id)?.documentUrl ?? '')`,
  );

beforeAll(async () => {
  browser = await launchBrowser({ headless: true });
});

afterAll(() => browser?.close());

beforeEach(() => background<void>(browser, 'chrome.storage.local.clear()'));

/** A page of the extension, closed when the test ends. */
async function open(name: string): Promise<Page> {
  const page = await browser.context.newPage();
  onTestFinished(() => page.close());
  await page.goto(browser.url(name));
  return page;
}

async function pairWith(page: Page, address: string, code: string): Promise<void> {
  await page.getByLabel('Relay address').fill(address);
  await page.getByLabel('Pairing code').fill(code);
  await page.getByRole('button', { name: 'Pair', exact: true }).click();
}

test('the wall says that no relay is paired and leads to the options page', async () => {
  const page = await open('wall.html');
  await page.getByText('No relay paired yet').waitFor();
  await page.getByRole('main').getByRole('button').first().click();
  // Opened at the installation already: the click brings it to the front.
  await eventually('the options page is in front', inFront, (url) => url.endsWith('options.html'));
});

test('a relay that cannot be reached is named with its address', async () => {
  const page = await open('options.html');
  await pairWith(page, '127.0.0.1:9', '1234 5678');
  await page
    .getByText(/127\.0\.0\.1:9/)
    .first()
    .waitFor();
});

describe('with a relay', () => {
  let relay: RunningRelay;
  beforeAll(async () => {
    relay = await startRelay({
      mediamtx: { enabled: false },
      cameras: syntheticCameras(1, 320, 180, 15).map(cameraConfig),
    });
  });
  afterAll(() => relay?.stop());

  test('a wrong pairing code is refused with a sentence, and nothing is stored', async () => {
    const page = await open('options.html');
    await relay.pairingCode();
    await pairWith(page, relay.url.replace('http://', ''), '0000 0000');
    await page
      .getByText(/code/i)
      .filter({ hasText: /wrong|not/i })
      .first()
      .waitFor();
    expect(await background(browser, 'chrome.storage.local.get("relay")')).toEqual({});
  });
});
