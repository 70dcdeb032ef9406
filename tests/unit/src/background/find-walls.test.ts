import { expect, test } from 'vitest';
import { findWalls } from '../../../../src/background/find-walls.ts';

const BASE = 'chrome-extension://abcdef/';
const WALL = `${BASE}wall.html`;

const context = (tabId: number, documentUrl: string) => ({ tabId, windowId: 1, documentUrl });
const tab = (id: number, url?: string) => ({ id, windowId: 1, url });

async function found(
  contexts: ReturnType<typeof context>[],
  tabs: ReturnType<typeof tab>[],
): Promise<number[]> {
  const walls = await findWalls({ contexts: async () => contexts, tabs: async () => tabs }, WALL);
  return walls.map(({ tabId }) => tabId);
}

test('a browser that hides the address of its tabs knows the wall by its document, with or without a camera', async () => {
  expect(
    await found([context(1, `${BASE}options.html`), context(2, WALL), context(3, `${WALL}#camera=door`)], []),
  ).toEqual([2, 3]);
});

test('a wall that was discarded to save memory has no document, and is found by its tab', async () => {
  expect(await found([context(1, `${BASE}options.html`)], [tab(4, WALL)])).toEqual([4]);
});

test('a wall that is found both ways is one wall', async () => {
  expect(await found([context(2, WALL)], [tab(2, WALL)])).toEqual([2]);
});

test('tabs of other pages, or without an address, are no walls', async () => {
  expect(
    await found([context(1, `${BASE}popup.html`)], [tab(2), tab(3, 'https://example.org/wall.html')]),
  ).toEqual([]);
});
