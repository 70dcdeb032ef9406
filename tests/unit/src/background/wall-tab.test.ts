import { beforeEach, expect, test } from 'vitest';
import {
  OPENING_MS,
  WallTab,
  type WallTabInfo,
  type WallTabsPort,
} from '../../../../src/background/wall-tab.ts';
import { FakeTime } from '../../../support/fake-time.ts';

/** Tabs that are there, and of these the ones that the browser lists as walls. */
let tabs: WallTabInfo[];
let listed: WallTabInfo[];
let log: string[];
let popup: boolean;
let time: FakeTime;
let port: WallTabsPort;
let wallTab: WallTab;

beforeEach(() => {
  tabs = [];
  listed = [];
  log = [];
  popup = false;
  time = new FakeTime();
  port = {
    find: async () => [...listed],
    async open(camera) {
      const tab = { tabId: tabs.length + 1, windowId: 1 };
      tabs.push(tab);
      log.push(`open ${camera ?? ''}`);
      return tab;
    },
    exists: async (id) => tabs.some(({ tabId }) => tabId === id),
    focus: async ({ tabId }, camera) => {
      log.push(['focus', tabId, ...(camera === undefined ? [] : [camera])].join(' '));
    },
    setPopup: async (shown) => {
      popup = shown;
    },
  };
  wallTab = new WallTab({ tabs: port, clock: time });
});

/** The document of each tab is there: the browser lists it. */
function loaded(): void {
  listed = [...tabs];
}

test('opens a wall and then shows the popup on a click', async () => {
  await wallTab.show();
  expect(log).toEqual(['open ']);
  expect(popup).toBe(true);
});

test('focuses the open wall, on the camera that was asked for', async () => {
  listed = [{ tabId: 7, windowId: 1 }];
  await wallTab.show('gate');
  expect(log).toEqual(['focus 7 gate']);
});

test('opens a closed wall on the camera that was asked for', async () => {
  await wallTab.show('gate');
  expect(log).toEqual(['open gate']);
});

test('two quick clicks open one wall, though the browser does not list it yet', async () => {
  await Promise.all([wallTab.show(), wallTab.show()]);
  expect(log).toEqual(['open ', 'focus 1']);
});

test('a page that loads meanwhile does not take the popup away', async () => {
  await wallTab.show();
  expect(await wallTab.refresh()).toBe(true);
  expect(popup).toBe(true);
});

test('a tab that was opened and went elsewhere is not the wall for ever', async () => {
  await wallTab.show();
  time.advance(OPENING_MS);
  await wallTab.show();
  expect(log).toEqual(['open ', 'open ']);
});

test('a wall that was opened and closed at once is opened again', async () => {
  await wallTab.show();
  tabs = [];
  await wallTab.refresh(1);
  await wallTab.show();
  expect(log).toEqual(['open ', 'open ']);
});

test('a click that finds a wall sets the popup for the next one', async () => {
  listed = [{ tabId: 7, windowId: 1 }];
  await wallTab.show();
  expect(popup).toBe(true);
});

test('the popup goes when the wall closes, though the browser may still list its tab', async () => {
  await wallTab.show();
  loaded();
  expect(await wallTab.refresh(1)).toBe(false);
  expect(popup).toBe(false);
});

test('a new background page finds the wall that is open', async () => {
  listed = [{ tabId: 3, windowId: 1 }];
  expect(await wallTab.refresh()).toBe(true);
  expect(popup).toBe(true);
});

test('a failed attempt does not block the next one', async () => {
  let broken = true;
  const find = async () => {
    if (broken) throw new Error('no tabs now');
    return [];
  };
  const tab = new WallTab({ tabs: { ...port, find }, clock: time });
  await expect(tab.show()).rejects.toThrow('no tabs now');
  broken = false;
  await tab.show();
  expect(log).toEqual(['open ']);
});
