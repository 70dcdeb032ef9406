import { beforeEach, expect, test } from 'vitest';
import { WallTab, type WallTabInfo } from '../../../../src/background/wall-tab.ts';

let walls: WallTabInfo[];
let log: string[];
let popup: boolean;
let wallTab: WallTab;

beforeEach(() => {
  walls = [];
  log = [];
  popup = false;
  wallTab = new WallTab({
    find: async () => [...walls],
    async open(camera) {
      walls.push({ tabId: walls.length + 1, windowId: 1 });
      log.push(`open ${camera ?? ''}`);
    },
    focus: async ({ tabId }) => {
      log.push(`focus ${tabId}`);
    },
    showCamera: async (camera) => {
      log.push(`show ${camera}`);
    },
    setPopup: async (shown) => {
      popup = shown;
    },
  });
});

test('opens a wall and then shows the popup on a click', async () => {
  await wallTab.show();
  expect(log).toEqual(['open ']);
  expect(popup).toBe(true);
});

test('focuses the open wall, on the camera that was asked for', async () => {
  walls = [{ tabId: 7, windowId: 1 }];
  await wallTab.show('gate');
  expect(log).toEqual(['focus 7', 'show gate']);
});

test('opens a closed wall on the camera that was asked for', async () => {
  await wallTab.show('gate');
  expect(log).toEqual(['open gate']);
});

test('two quick clicks open one wall', async () => {
  await Promise.all([wallTab.show(), wallTab.show()]);
  expect(log).toEqual(['open ', 'focus 1']);
});

test('the popup goes when the wall closes, though the browser may still list its tab', async () => {
  await wallTab.show();
  expect(await wallTab.refresh(1)).toBe(false);
  expect(popup).toBe(false);
});

test('a new background page finds the wall that is open', async () => {
  walls = [{ tabId: 3, windowId: 1 }];
  expect(await wallTab.refresh()).toBe(true);
  expect(popup).toBe(true);
});

test('a failed attempt does not block the next one', async () => {
  let broken = true;
  const port = {
    find: async () => {
      if (broken) throw new Error('no tabs now');
      return [];
    },
    open: async () => {
      log.push('open');
    },
    focus: async () => {},
    showCamera: async () => {},
    setPopup: async () => {},
  };
  const tab = new WallTab(port);
  await expect(tab.show()).rejects.toThrow('no tabs now');
  broken = false;
  await tab.show();
  expect(log).toEqual(['open']);
});
