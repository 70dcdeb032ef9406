/**
 * The wall's player on streamed segments, with hls.js as it is shipped in a real Chromium: what is kept of a long stream
 * can be seen at once, and what was played goes.
 */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type CasePage, type CasePages, startCasePages } from '../support/case-pages.ts';
import { expectDated, gop, makeStream } from '../support/streamed/judge.ts';
import type { WindowCases } from '../support/streamed/window-page.ts';

let pages: CasePages<WindowCases>;
let page: CasePage<WindowCases>;

beforeAll(async () => {
  const streams = async () => ({
    gop1: await makeStream({ seconds: 64, keyframes: gop(1) }),
  });
  pages = await startCasePages('tests/support/streamed/window-page.ts', streams());
});

// A page for each: Chromium shows a second video in the place of the first only once a second.
beforeEach(async () => {
  page = await pages.open();
});

afterEach(() => page?.close());

afterAll(() => pages?.close());

test('what was played is trimmed, again and again, and nothing is lost by it', async () => {
  const { seen: found, trims, ranges, leastMs, mostMs } = await page.run('trim');
  // Eight frames come while one is on the screen: whether each has its date is not to be seen here.
  expect(found.errors).toEqual([]);
  expect(found.backwards).toBe(0);
  expect(found.gapMs - found.heldUpMs).toBeLessThan(200);
  expect(trims).toBeGreaterThan(10);
  expect(ranges).toBe(1);
  expect(leastMs).toBeGreaterThan(13_000);
  expect(mostMs).toBeLessThan(20_000);
});

test('a seek back shows at once what was shown, while the newest streams on', async () => {
  const { back, forth, aheadMs, backMs } = await page.run('seekBack');
  for (const found of [back, forth]) {
    expectDated(found, 5);
    expect(found.firstMs - found.heldUpMs).toBeLessThan(300);
  }
  expect(Math.abs(backMs - 8_000)).toBeLessThan(300);
  expect(aheadMs).toBeGreaterThan(7_500);
  expect(forth.dueMs - forth.heldUpMs).toBeLessThan(300);
});

test('a page that played nothing for long keeps 30 s and shows the newest when it is looked at', async () => {
  const { seen: found, aheadMs } = await page.run('hidden');
  expectDated(found, 5);
  expect(aheadMs).toBeLessThan(33_000);
  expect(found.firstMs - found.heldUpMs).toBeLessThan(500);
  expect(found.behindMs).toBeLessThan(1_500);
});
