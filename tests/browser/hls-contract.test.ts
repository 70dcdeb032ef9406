/**
 * What the wall minds in hls.js, shown on hls.js alone, as it is in its package. The first tests below are what it needs no
 * more since it streams segments: should one fail after an upgrade, the wall needs what it once had for it. Those after
 * them are what it still works around; there a failure is good news, and its message names what may go.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CasePage, type CasePages, startCasePages } from '../support/case-pages.ts';
import type { Contracts } from '../support/hls-contract-page.ts';
import { makeParts } from '../support/part-media.ts';

let pages: CasePages<Contracts>;
let page: CasePage<Contracts>;

beforeAll(async () => {
  // Two frames a part, a keyframe a second.
  const media = makeParts({
    picture: 'testsrc2=size=160x90:rate=30:duration=12',
    keyframes: ['-g', '30'],
  });
  pages = await startCasePages('tests/support/hls-contract-page.ts', media);
  page = await pages.open();
});

afterAll(() => pages?.close());

// One after the other: what they provoke is a matter of order.
describe('hls.js, fed with streamed segments,', () => {
  test('fetches a segment with the number 0 once', async () => {
    const { again, segments } = await page.run('numberZero');
    expect(segments).toBeGreaterThan(1);
    expect(again, 'the mirror must number from 1: src/viewer/push/mirror.ts').toBe(0);
  });

  test('loses nothing when a segment is completed while a piece of it is taken in', async () => {
    const { grown, missingSec } = await page.run('growingSegment');
    expect(grown).toBe(true);
    expect(missingSec, 'playlists must wait for the piece: src/viewer/hls/loaders.ts').toBeLessThan(0.1);
  });

  test('plays a playlist with nothing but an open segment', async () => {
    const { errors, endSec } = await page.run('openSegmentOnly');
    expect(endSec, 'the first playlist must wait for a whole segment: src/viewer/hls/loaders.ts').toBeCloseTo(
      5 / 15,
      2,
    );
    expect(errors.join()).not.toMatch(/level|fatal/);
  });

  test('takes in all that there is, however far behind it plays', async () => {
    const { missingSec } = await page.run('farBehind');
    expect(missingSec, 'it must be sent after it: src/viewer/wall/sync-controller.ts').toBeLessThan(0.3);
  });
});

// Side by side, as the tiles of a wall.
describe.concurrent('hls.js still', () => {
  test('keeps the newest part back where its worker knows that media come in pieces', async () => {
    const { oursSec, ownSec } = await page.run('heldBack');
    expect(oursSec).toBeCloseTo(5 / 15, 2);
    expect(ownSec, 'fixed: toJSON in src/viewer/hls/profiles.ts may go').toBeLessThan(4.5 / 15);
  });

  test('asks for the next playlist at once only in low-latency mode', async () => {
    const { onMs, offMs } = await page.run('nextPlaylist');
    expect(onMs).toBeLessThan(250);
    expect(offMs, 'fixed: lowLatencyMode in src/viewer/hls/profiles.ts may go').toBeGreaterThan(400);
  });

  test('writes the duration of the media with every playlist', async () => {
    const { byDefault, infinite } = await page.run('mediaDuration');
    expect(infinite).toBeLessThanOrEqual(1);
    expect(byDefault, 'fixed: liveDurationInfinity in src/viewer/hls/profiles.ts may go').toBeGreaterThan(2);
  });

  test('stays at the first segment when the playlist is answered from inside load()', async () => {
    const { inside, after } = await page.run('insideLoad');
    expect(after).toBeGreaterThan(2);
    expect(inside, 'fixed: queueMicrotask in src/viewer/hls/loaders.ts may go').toBeLessThan(2);
  });

  test('asks for nothing more after a fatal error', async () => {
    const { errors, more } = await page.run('fatalError');
    expect(errors.join()).toContain('fatal');
    expect(more, 'fixed: a fatal error in src/viewer/hls/hls-tile.ts needs no rebuild').toBe(0);
  });

  test('takes the memory of the media that it is given', async () => {
    const { pieces, taken } = await page.run('memory');
    expect(pieces).toBeGreaterThan(0);
    expect(taken, 'fixed: joined() in src/viewer/hls/loaders.ts need not copy a single part').toBe(pieces);
  });

  test('guesses from the playlist where media begins, until it has taken it in', async () => {
    const { starts } = await page.run('estimate');
    const apart = starts.map(({ told, found }) => Math.abs(told - found));
    expect(
      Math.max(...apart),
      'fixed: src/viewer/hls/pdt-map.ts may read the level details instead',
    ).toBeGreaterThan(0.05);
  });
});
