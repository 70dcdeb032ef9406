/** Before a relay is paired, in a real Chromium: what the pages say, and what they refuse. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { launchBrowser, type RigBrowser } from '../../rig/browser.ts';
import { cameraConfig, syntheticCameras } from '../../rig/cameras.ts';
import { type RunningRelay, startRelay } from '../../rig/relay.ts';
import { accessibilityFindings } from '../support/accessibility.ts';
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

test('the wall says that no relay is paired, what to do, and leads to the options page', async () => {
  const page = await open('wall.html');
  await page.getByText('No relay paired yet').waitFor();
  expect(await page.getByRole('main').getByRole('heading', { level: 3 }).allTextContents()).toEqual([
    'Install the relay',
    'Let it find the cameras',
    'Pair this browser',
  ]);
  expect(await accessibilityFindings(page)).toEqual([]);
  await page.getByRole('main').getByRole('button', { name: 'Open settings' }).press('Enter');
  // Opened at the installation already: the click brings it to the front.
  await eventually('the options page is in front', inFront, (url) => url.endsWith('options.html'));
});

test('a command is copied as it stands there, by keyboard too', async () => {
  const page = await open('options.html');
  await page.getByRole('button', { name: 'Copy lockstep init' }).press('Enter');
  await page.getByText('Copied', { exact: true }).waitFor();
  await page.getByLabel('Pairing code').fill('');
  await page.getByLabel('Pairing code').press('Control+V');
  expect(await page.getByLabel('Pairing code').inputValue()).toBe('lockstep init');
  expect(await accessibilityFindings(page)).toEqual([]);
});

test('a relay that cannot be reached is named with its address, and with what to look at', async () => {
  const page = await open('options.html');
  await pairWith(page, '127.0.0.1:9', '1234 5678');
  await page.getByText(/Cannot reach a relay at 127\.0\.0\.1:9\. That address means this computer/).waitFor();
});

test('where the browser was told to deny the extension the local network, it says so', async () => {
  const page = await open('options.html');
  const session = await browser.context.newCDPSession(page);
  const setting = async (state: 'denied' | 'prompt'): Promise<void> => {
    await session.send('Browser.setPermission', {
      permission: { name: 'loopback-network' },
      setting: state,
      origin: `chrome-extension://${browser.extensionId}`,
    });
  };
  onTestFinished(() => setting('prompt'));
  await setting('denied');
  await pairWith(page, '127.0.0.1:9', '1234 5678');
  await page.getByText(/deny this extension the local network.*That address means this computer/).waitFor();
});

describe('with a relay', () => {
  let relay: RunningRelay;
  let host = '';
  const walls = (): Page[] => browser.context.pages().filter((page) => page.url().endsWith('wall.html'));
  beforeAll(async () => {
    relay = await startRelay({
      mediamtx: { enabled: false },
      cameras: syntheticCameras(1, 320, 180, 15).map(cameraConfig),
    });
    host = relay.url.replace('http://', '');
  });
  afterAll(() => relay?.stop());

  /** The one wall, which is in front. */
  const closeWall = async (): Promise<void> => {
    await eventually('the wall is in front', inFront, (url) => url.endsWith('wall.html'));
    const [wall] = await eventually(
      'it is loaded',
      async () => walls(),
      (open) => open.length === 1,
    );
    await wall?.close();
  };
  /** As a paste does it, whatever is in the clipboard. */
  const paste = (page: Page, text: string): Promise<void> =>
    page.getByLabel('Relay address').evaluate((field, pasted) => {
      const clipboardData = new DataTransfer();
      clipboardData.setData('text/plain', pasted);
      field.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
    }, text);
  const focused = (page: Page): Promise<string | null | undefined> =>
    page.evaluate(() => document.activeElement?.textContent);

  test('the link shows what to do with it; pasted, it pairs, and the first time the wall opens', async () => {
    const code = await relay.pairingCode();
    const page = await browser.context.newPage();
    onTestFinished(() => page.close());
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    await page.goto(`${relay.url}/pair#${code}`);
    await page.getByText(`${code.slice(0, 4)} ${code.slice(4)}`).waitFor();
    expect(await accessibilityFindings(page)).toEqual([]);
    await page.getByRole('button', { name: 'Copy' }).press('Enter');
    await page.getByText('Copied.').waitFor();

    const options = await open('options.html');
    await options.getByLabel('Name of this browser').fill('Kitchen');
    await options.getByLabel('Relay address').focus();
    await options.keyboard.press('Control+V');
    await closeWall();
    await options
      .getByRole('status')
      .filter({ hasText: `at ${host}.` })
      .waitFor();
    expect(await accessibilityFindings(options)).toEqual([]);
    expect(relay.log()).not.toContain(code);
    // The browser may ask for an icon as well.
    expect(asked.filter((url) => !url.endsWith('/favicon.ico'))).toEqual([`${relay.url}/pair`]);

    await options.getByRole('button', { name: 'Unpair' }).click();
    await pairWith(options, relay.url, code);
    await options.getByText('The pairing code was used already').waitFor();
  });

  test('a link that is typed waits for "Pair", and then the wall is one Enter away', async () => {
    const options = await open('options.html');
    await options.getByLabel('Relay address').fill(`${relay.url}/pair#${await relay.pairingCode()}`);
    await options.getByText('The link holds address and code').waitFor();
    await options.getByLabel('Pairing code').press('Enter');
    await eventually(
      'the button has the focus',
      () => focused(options),
      (text) => text === 'Open the wall',
    );
    expect(walls()).toEqual([]);
    await options.keyboard.press('Enter');
    await closeWall();
  });

  test('half a link is called that, one with words around it is found, a second one opens no wall', async () => {
    const options = await open('options.html');
    const code = await relay.pairingCode();
    await paste(options, `${relay.url}/pair#${code.slice(0, 5)}`);
    const outcome = options.getByRole('status').filter({ hasText: /./ });
    await outcome.filter({ hasText: 'The link is not whole: it ends in # and the eight digits' }).waitFor();
    expect(await options.getByLabel('Relay address').getAttribute('aria-invalid')).toBe('true');
    await options.getByLabel('Relay address').fill(`${relay.url}/pair#${code}`);
    await options.getByRole('button', { name: 'Pair', exact: true }).click();
    await options.getByRole('button', { name: 'Pair another relay' }).click();
    const other = await relay.pairingCode();
    await paste(options, `Address  ${relay.url}\nLink     ${relay.url}/pair#${other}\nThey work once.`);
    await eventually(
      'the button has the focus',
      () => focused(options),
      (text) => text === 'Open the wall',
    );
    expect(walls()).toEqual([]);
  });

  test('a link without a code says where one comes from', async () => {
    const page = await browser.context.newPage();
    onTestFinished(() => page.close());
    await page.goto(`${relay.url}/pair`);
    await page.getByText('This address carries no pairing code').waitFor();
    expect(await page.getByRole('button').count()).toBe(0);
  });

  test('a wrong pairing code is refused with a sentence, and nothing is stored', async () => {
    const page = await open('options.html');
    await relay.pairingCode();
    await pairWith(page, relay.url.replace('http://', ''), '0000 0000');
    await page
      .getByText(/code/i)
      .filter({ hasText: /wrong|not/i })
      .first()
      .waitFor();
    expect(await background(browser, 'chrome.storage.local.get("relays")')).toEqual({});
  });
});
