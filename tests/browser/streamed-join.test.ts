/**
 * The wall's player on streamed segments, with hls.js as it is shipped in a real Chromium: whenever a player joins a
 * stream, it begins at what is due, and each picture has the date at which it was taken.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type CasePage, type CasePages, startCasePages } from '../support/case-pages.ts';
import type { JoinCases } from '../support/streamed/join-page.ts';
import { expectDated, expectSmooth, gop, makeStream } from '../support/streamed/judge.ts';

let pages: CasePages<JoinCases>;
let page: CasePage<JoinCases>;

beforeAll(async () => {
  const streams = async () => ({
    gop1: await makeStream({ seconds: 8, keyframes: gop(1) }),
    'gop0.2': await makeStream({ seconds: 8, keyframes: gop(0.2) }),
    gop10: await makeStream({ seconds: 24, keyframes: gop(10) }),
  });
  pages = await startCasePages('tests/support/streamed/join-page.ts', streams());
});

// A page for each: Chromium shows a second video in the place of the first only once a second.
beforeEach(async () => {
  page = await pages.open();
});

afterEach(() => page?.close());

afterAll(() => pages?.close());

describe('a stream that a player joins', () => {
  test.each([
    ['gop0.2', 1.2],
    ['gop1', 0.05],
    ['gop1', 3.4],
    ['gop10', 0.7],
    ['gop10', 12.4],
  ])('begins at what is due and plays on: %s, %s s of history', async (stream, historySec) => {
    const found = await page.run('join', stream, historySec);
    expectDated(found, 10);
    expectSmooth(found);
    expect(found.dueMs - found.heldUpMs).toBeLessThan(700);
  });

  test('goes on in the midst of a GOP, loaded anew and built anew', async () => {
    const { loaded, built } = await page.run('midGop');
    expectDated(loaded, 10);
    expect(loaded.gapMs - loaded.heldUpMs).toBeLessThan(300);
    expectDated(built, 5);
    expect(built.dueMs - built.heldUpMs).toBeLessThan(500);
  });
});
