/** The main job in a real Chromium: pair, three tiles at the same instant, modes, an encoder's death and recovery. */
import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import {
  launchBrowser,
  moving,
  openWall,
  pair,
  type RigBrowser,
  readMeter,
  resetMeter,
} from '../../rig/browser.ts';
import { cameraConfig, syntheticCameras } from '../../rig/cameras.ts';
import { processTree } from '../../rig/processes.ts';
import { type RunningRelay, startRelay } from '../../rig/relay.ts';
import { chooseMode, wallStatus } from '../../rig/wall-run.ts';
import { eventually } from '../support/eventually.ts';

const CAMERAS = syntheticCameras(3, 320, 180, 15);
/** Generous against noise on a shared machine: the figures are the bench's business. */
const ONE_SECOND_MS = 1000;

let relay: RunningRelay;
let browser: RigBrowser;
let wall: Page;

beforeAll(async () => {
  relay = await startRelay({ engine: 'builtin', cameras: CAMERAS.map(cameraConfig) });
  browser = await launchBrowser({ headless: true });
});

afterAll(async () => {
  await browser?.close();
  await relay?.stop();
});

/** Calls an extension API in the background. */
function inBackground<T>(expression: string): Promise<T> {
  return browser.worker.evaluate(expression);
}

/** A tab that is closed when the test ends, however it ends. */
async function newPage(): Promise<Page> {
  const page = await browser.context.newPage();
  onTestFinished(() => page.close());
  return page;
}

/** Not by the addresses of tabs, which Chromium 150 does not tell. */
const activeTab = (): Promise<string> =>
  inBackground<string>(`Promise.all([
    chrome.runtime.getContexts({ contextTypes: ['TAB'] }), chrome.tabs.query({ active: true })
  ]).then(([pages, [tab]]) => pages.find((page) => page.tabId === tab?.id)?.documentUrl ?? '')`);

const openTabs = (): Promise<number> =>
  inBackground<number>(`chrome.runtime.getContexts({ contextTypes: ['TAB'] })
    .then((pages) => pages.filter((page) => page.documentUrl.includes('/wall.html')).length)`);

const clickToolbar = (): Promise<void> =>
  inBackground<void>('chrome.tabs.query({}).then((tabs) => chrome.action.onClicked.dispatch(tabs[0]))');

const popupPage = (): Promise<string> => inBackground<string>('chrome.action.getPopup({})');

const notifications = (): Promise<string[]> =>
  inBackground<string[]>('chrome.notifications.getAll().then((all) => Object.keys(all))');

function pictureTimes(): Promise<number[]> {
  return wall.evaluate(() => [...document.querySelectorAll('video')].map((video) => video.currentTime));
}

describe('before pairing', () => {
  test('the wall says that no relay is paired and leads to the options page', async () => {
    const page = await newPage();
    await page.goto(browser.url('wall.html'));
    await page.getByText('No relay paired yet').waitFor();
    await page.getByRole('main').getByRole('button').first().click();
    // Opened at the installation already: the click brings it to the front.
    await eventually('the options page is in front', activeTab, (url) => url.endsWith('options.html'));
  });

  test('a wrong pairing code is refused with a sentence, and nothing is stored', async () => {
    const page = await newPage();
    await page.goto(browser.url('options.html'));
    await relay.pairingCode();
    await page.getByLabel('Relay address').fill(relay.url.replace('http://', ''));
    await page.getByLabel('Pairing code').fill('0000 0000');
    await page.getByRole('button', { name: 'Pair', exact: true }).click();
    await page
      .getByText(/code/i)
      .filter({ hasText: /wrong|not/i })
      .first()
      .waitFor();
    expect(await inBackground('chrome.storage.local.get("relay")')).toEqual({});
  });

  test('a relay that cannot be reached is named with its address', async () => {
    const page = await newPage();
    await page.goto(browser.url('options.html'));
    await page.getByLabel('Relay address').fill('127.0.0.1:9');
    await page.getByLabel('Pairing code').fill('1234 5678');
    await page.getByRole('button', { name: 'Pair', exact: true }).click();
    await page
      .getByText(/127\.0\.0\.1:9/)
      .first()
      .waitFor();
  });
});

describe('a paired wall', () => {
  beforeAll(async () => {
    await pair(browser, relay.url, await relay.pairingCode());
    await chooseMode(browser, 'ultra-low');
  });

  test('the toolbar opens one wall tab, and then shows the popup', async () => {
    await eventually('a click opens the wall', popupPage, (page) => page === '');
    const opened = browser.context.waitForEvent('page');
    await clickToolbar();
    wall = await opened;
    await moving(wall, CAMERAS.length);
    await clickToolbar();
    await eventually('one wall tab', openTabs, (count) => count === 1);
    await eventually('the popup is set', popupPage, (page) => page.endsWith('popup.html'));
  });

  test('three tiles show the same instant, under a second behind the cameras', async () => {
    await resetMeter(wall);
    const report = await eventually(
      'every tile was measured',
      () => readMeter(wall),
      ({ tiles }) => tiles.every(({ glassToGlassMs }) => (glassToGlassMs?.n ?? 0) > 20),
      20_000,
    );
    for (const tile of report.tiles) expect(tile.glassToGlassMs?.p50).toBeLessThan(ONE_SECOND_MS);
    expect(report.skewMs?.p50).toBeLessThan(ONE_SECOND_MS / 4);
  });

  test('a wall that is opened again plays on from its first pictures, without running dry', async () => {
    await wall.addInitScript(() => {
      const dry: string[] = [];
      Object.assign(globalThis, { dry });
      const watch = (video: HTMLVideoElement): void => {
        const first = (): void =>
          video.addEventListener('waiting', () => {
            if (!video.seeking) dry.push(video.closest('[data-camera]')?.getAttribute('data-camera') ?? '');
          });
        video.addEventListener('playing', first, { once: true });
      };
      // Media events do not bubble, but they are captured.
      document.addEventListener(
        'loadstart',
        ({ target }) => target instanceof HTMLVideoElement && watch(target),
        { capture: true },
      );
    });
    for (let opening = 1; opening <= 3; opening += 1) {
      await wall.reload();
      await moving(wall, CAMERAS.length);
      await wall.waitForTimeout(1_500);
      expect(await wall.evaluate('dry'), `opening ${opening}`).toEqual([]);
    }
  });

  test('a mode chosen in the popup moves the wall without a rebuilt or black tile', async () => {
    await wall.evaluate(() => {
      for (const video of document.querySelectorAll('video')) {
        video.dataset.kept = 'yes';
        video.addEventListener('emptied', () => {
          document.body.dataset.rebuilt = 'yes';
        });
      }
    });
    const popup = await newPage();
    await popup.goto(browser.url('popup.html'));
    for (const [name, minMs, maxMs] of [
      ['Stable', 5000, 8000],
      ['Balanced', 2000, 4500],
      ['Ultra-Low', 100, 1100],
    ] as const) {
      await popup.getByRole('radio', { name: new RegExp(`^${name}`) }).check({ force: true });
      // The wall's tab must be in front to play at full rate.
      await wall.bringToFront();
      await eventually(
        'the wall has the target',
        () => wallStatus(wall),
        (status) => status.targetMs >= minMs && status.targetMs <= maxMs,
      );
      await resetMeter(wall);
      await eventually(
        `the pictures are ${minMs} to ${maxMs} ms old`,
        async () => {
          await resetMeter(wall);
          await wall.waitForTimeout(700);
          return (await readMeter(wall)).tiles.map((tile) => tile.glassToGlassMs?.p50 ?? -1);
        },
        (ages) => ages.length === CAMERAS.length && ages.every((age) => age >= minMs && age <= maxMs),
        30_000,
      );
    }
    const kept = await wall.evaluate(() => ({
      same: [...document.querySelectorAll('video')].every((video) => video.dataset.kept === 'yes'),
      rebuilt: document.body.dataset.rebuilt ?? 'no',
    }));
    expect(kept).toEqual({ same: true, rebuilt: 'no' });
  });

  test('a killed encoder raises a notification, only its tile stands still, and it recovers by itself', async () => {
    const encoder = processTree(relay.pid).find(({ name }) => name === 'ffmpeg');
    if (encoder === undefined) throw new Error('no encoder runs below the relay');
    const stalls = (): Promise<Record<string, number>> =>
      wall.evaluate(() => {
        const { lockstepEngine: engine } = globalThis as unknown as {
          lockstepEngine: { view(): { tiles: { camera: string; stalls: number }[] } };
        };
        return Object.fromEntries(engine.view().tiles.map((tile) => [tile.camera, tile.stalls]));
      });
    const stallsBefore = await stalls();
    process.kill(encoder.pid, 'SIGKILL');
    const ids = await eventually(
      'a notification is up',
      notifications,
      (all) => all.some((id) => id.startsWith('freeze:')),
      5_000,
    );
    const camera = ids.find((id) => id.startsWith('freeze:'))?.slice('freeze:'.length);
    const index = CAMERAS.findIndex(({ id }) => id === camera);
    expect(index).toBeGreaterThanOrEqual(0);
    const before = await pictureTimes();
    await eventually(
      'every picture moves again',
      pictureTimes,
      (now) => now.every((time, tile) => time > (before[tile] ?? 0) + 1),
      15_000,
    );
    const health = await eventually(
      'the relay says live',
      async () => (await fetch(`${relay.url}/health`)).text(),
      (text) => !/"(frozen|offline|starting)"/.test(text),
    );
    expect(health).toContain('"live"');
    const stallsAfter = await stalls();
    for (const { id } of CAMERAS) if (id !== camera) expect(stallsAfter[id]).toBe(stallsBefore[id]);
    // Recovered replaces frozen under the same id.
    expect(await notifications()).toEqual([`freeze:${camera}`]);
  });

  test('clicking the notification brings up the wall', async () => {
    await newPage();
    const [id = ''] = await notifications();
    await inBackground(`chrome.notifications.onClicked.dispatch(${JSON.stringify(id)})`);
    await eventually('the wall is in front', activeTab, (url) => url.includes('wall.html'));
  });

  test.each(['wall.html', 'popup.html', 'options.html'])('%s has no accessibility finding', async (name) => {
    for (const colorScheme of ['dark', 'light'] as const) {
      const page = name === 'wall.html' ? wall : await newPage();
      if (name !== 'wall.html') await page.goto(browser.url(name));
      await page.emulateMedia({ colorScheme });
      await page.evaluate(axe.source);
      const findings = await page.evaluate(async () => {
        const { axe: runner } = globalThis as unknown as { axe: typeof axe };
        const { violations } = await runner.run();
        return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`);
      });
      expect(findings).toEqual([]);
    }
  });

  test('a relay that goes away is named on the wall, and the tiles come back with it', async () => {
    const extra = await startRelay({ engine: 'builtin', cameras: CAMERAS.slice(0, 1).map(cameraConfig) });
    try {
      await pair(browser, extra.url, await extra.pairingCode());
      await openWall(browser, 1, wall);
    } finally {
      await extra.stop();
    }
    await wall
      .getByText(/relay/i)
      .filter({ hasText: /reach|lost|gone|down|away/i })
      .first()
      .waitFor({ timeout: 20_000 });
    await pair(browser, relay.url, await relay.pairingCode());
    await moving(wall, CAMERAS.length);
  });
});
