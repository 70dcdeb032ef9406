/**
 * The toolbar icon, the popup behind it, and the click on a notification: each leads to the one wall. Run on every
 * Chromium that there is, since versions differ in what they tell an extension about its own tabs.
 */
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { launchBrowser, moving, pair, type RigBrowser } from '../../rig/browser.ts';
import { cameraConfig, syntheticCameras } from '../../rig/cameras.ts';
import { chromiums } from '../../rig/chromiums.ts';
import { type RunningRelay, startRelay } from '../../rig/relay.ts';
import { wallStatus } from '../../rig/wall-run.ts';
import { background, stopBackground } from '../support/background.ts';
import { eventually } from '../support/eventually.ts';

const CAMERAS = syntheticCameras(2, 320, 180, 15);
const SECOND = CAMERAS[1]?.id ?? '';
const programs = chromiums();

describe.each(programs)('Chromium $version', ({ path }) => {
  let relay: RunningRelay;
  let browser: RigBrowser;

  beforeAll(async () => {
    relay = await startRelay({ mediamtx: { enabled: false }, cameras: CAMERAS.map(cameraConfig) });
    browser = await launchBrowser({ headless: true, program: path });
    await pair(browser, relay.url, await relay.pairingCode());
  });

  afterAll(async () => {
    await browser?.close();
    await relay?.stop();
  });

  afterEach(async () => {
    for (const page of browser.context.pages()) if (!page.url().startsWith('about:')) await page.close();
    await eventually('the icon opens a wall again', popup, (page) => page === '');
  });

  const inBackground = <T>(expression: string): Promise<T> => background(browser, expression);

  const popup = (): Promise<string> => inBackground<string>('chrome.action.getPopup({})');

  const clickToolbar = (): Promise<void> =>
    inBackground<void>('chrome.tabs.query({}).then((tabs) => chrome.action.onClicked.dispatch(tabs[0]))');

  const clickNotification = (camera: string): Promise<void> =>
    inBackground<void>(`chrome.notifications.onClicked.dispatch(${JSON.stringify(`freeze:${camera}`)})`);

  const walls = (): Page[] => browser.context.pages().filter((page) => page.url().includes('/wall.html'));

  /** The page of ours that is in front; not by its tab's address, which older versions hide. */
  const inFront = (): Promise<string> =>
    inBackground<string>(`Promise.all([
      chrome.runtime.getContexts({ contextTypes: ['TAB'] }), chrome.tabs.query({ active: true })
    ]).then(([pages, [tab]]) => pages.find((page) => page.tabId === tab?.id)?.documentUrl ?? '')`);

  async function opened(): Promise<Page> {
    const [wall] = await eventually('a wall opens', walls, (pages) => pages.length > 0);
    if (wall === undefined) throw new Error('no wall opened');
    await moving(wall, CAMERAS.length);
    return wall;
  }

  /** By a click, as a user opens it. */
  async function openWall(): Promise<Page> {
    await clickToolbar();
    return opened();
  }

  const enlarged = (wall: Page): Promise<string | null> =>
    wall.locator('.tile.enlarged').getAttribute('data-camera');

  test('a click opens a wall, two quick ones no second, and then the icon has the popup', async () => {
    await Promise.all([clickToolbar(), clickToolbar()]);
    // What the background remembers of the click must not be what finds the wall.
    await stopBackground(browser, await opened());
    // A click that the browser took before it knew of the popup.
    await clickToolbar();
    await eventually('the wall is in front', inFront, (url) => url.includes('wall.html'));
    expect(walls()).toHaveLength(1);
    expect(await popup()).toContain('popup.html');
  });

  test('the popup switches the mode of the open wall', async () => {
    const wall = await openWall();
    const page = await browser.context.newPage();
    await page.goto(browser.url('popup.html'));
    await page.getByRole('radio', { name: /^Stable/ }).check({ force: true });
    await wall.bringToFront();
    await eventually(
      'the wall is in Stable',
      () => wallStatus(wall),
      (status) => status.mode === 'stable' && status.targetMs >= 5000,
    );
  });

  test('the popup goes with the wall', async () => {
    const wall = await openWall();
    await eventually('the popup is set', popup, (page) => page.endsWith('popup.html'));
    await wall.close();
    await eventually('the popup is gone', popup, (page) => page === '');
  });

  test('a notification brings the open wall to the front, on its camera', async () => {
    const wall = await openWall();
    await stopBackground(browser, wall);
    const other = await browser.context.newPage();
    await other.bringToFront();
    await clickNotification(SECOND);
    await eventually('the wall is in front', inFront, (url) => url.includes('wall.html'));
    await wall.locator('.tile.enlarged').waitFor();
    expect(await enlarged(wall)).toBe(SECOND);
    expect(walls()).toHaveLength(1);
  });

  test('a notification opens the wall on its camera when none is open', async () => {
    await clickNotification(SECOND);
    const wall = await opened();
    expect(await enlarged(wall)).toBe(SECOND);
    expect(walls()).toHaveLength(1);
  });

  test('a background page that was stopped finds the wall that is open', async () => {
    await openWall();
    const page = await browser.context.newPage();
    await page.goto(browser.url('popup.html'));
    await inBackground('globalThis.before = true');
    await stopBackground(browser, page);
    await page.getByRole('button', { name: 'Show wall' }).click();
    await eventually('the wall is in front', inFront, (url) => url.includes('wall.html'));
    expect(walls()).toHaveLength(1);
    expect(await popup()).toContain('popup.html');
    expect(await inBackground('globalThis.before ?? false')).toBe(false);
  });
});

test.skipIf(programs.length < 2)('ran on more than one Chromium (name others in LOCKSTEP_CHROMIUM)', () => {
  expect(programs.length).toBeGreaterThan(1);
});
