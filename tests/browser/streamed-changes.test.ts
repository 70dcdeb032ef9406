/**
 * The wall's player on streamed segments, with hls.js as it is shipped in a real Chromium: whatever happens to a
 * stream, its pictures go on, and each has the date at which it was taken.
 */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type CasePage, type CasePages, startCasePages } from '../support/case-pages.ts';
import type { ChangeCases } from '../support/streamed/changes-page.ts';
import { expectDated, expectSmooth, gop, makeStream } from '../support/streamed/judge.ts';

let pages: CasePages<ChangeCases>;
let page: CasePage<ChangeCases>;

beforeAll(async () => {
  const streams = async () => ({
    gop1: await makeStream({ seconds: 8, keyframes: gop(1) }),
    small: await makeStream({
      ...{ seconds: 8, size: '64x48' },
      keyframes: ['-g', '300', '-force_key_frames', 'expr:gte(t,0.5+n_forced)'],
    }),
    restarted: await makeStream({ seconds: 8, keyframes: gop(1), fromMs: 200 }),
  });
  pages = await startCasePages('tests/support/streamed/changes-page.ts', streams());
});

// A page for each: Chromium shows a second video in the place of the first only once a second.
beforeEach(async () => {
  page = await pages.open();
});

afterEach(() => page?.close());

afterAll(() => pages?.close());

test('a restarted encoder is followed without a gap, in the midst of a segment', async () => {
  const found = await page.run('epoch');
  expectDated(found, 25);
  expectSmooth(found);
});

test('what the relay skipped is no picture, and what comes after it is dated right', async () => {
  const { before, after, inGap, skipped } = await page.run('skip');
  expectDated(before, 10);
  expectDated(after, 5);
  expect(after.firstMs - after.heldUpMs).toBeLessThan(300);
  expect([inGap, skipped]).toEqual([true, 24]);
});

test('another rung takes over at its keyframe, in the midst of a segment, and gives back', async () => {
  const found = await page.run('rung');
  expectDated(found, 25);
  expectSmooth(found);
  expect(found.widths).toEqual([96, 64]);
});
