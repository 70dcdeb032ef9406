/**
 * What the wall minds in hls.js, shown on hls.js alone, as it is in its package. The first tests below are what it needs no
 * more since it streams segments: should one fail after an upgrade, the wall needs what it once had for it. Those after
 * them are what it still works around; there a failure is good news, and its message names what may go.
 */
import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FrameReader } from '../../relay/media/frame-reader.ts';
import { PartGrouper } from '../../relay/media/part-grouper.ts';
import { writePart } from '../../relay/media/part-writer.ts';
import { launchBrowser, type RigBrowser } from '../../rig/browser.ts';
import { type ScriptPage, servePage } from '../../rig/page.ts';
import { inProject } from '../../rig/root.ts';
import type { ContractMedia, Contracts } from '../support/hls-contract-page.ts';

/** Twelve seconds of a picture of 30 frames a second, two frames a part, a keyframe a second. */
async function makeMedia(): Promise<ContractMedia> {
  const { stdout, stderr, status } = spawnSync(
    'ffmpeg',
    [
      ...['-v', 'error', '-f', 'lavfi', '-i', 'testsrc2=size=160x90:rate=30:duration=12', '-c:v', 'libx264'],
      ...[
        '-preset',
        'ultrafast',
        '-tune',
        'zerolatency',
        '-pix_fmt',
        'yuv420p',
        '-g',
        '30',
        '-sc_threshold',
        '0',
      ],
      ...['-f', 'mp4', '-movflags', '+empty_moov+default_base_moof+frag_every_frame', 'pipe:1'],
    ],
    { maxBuffer: 64 * 1024 * 1024 },
  );
  if (status !== 0) throw new Error(`ffmpeg made no media: ${stderr.toString()}`);
  const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
  const items = new FrameReader().push(stdout);
  const init = items.find((item) => item.kind === 'init');
  if (init === undefined) throw new Error('ffmpeg made no header');
  const grouper = new PartGrouper(67);
  const groups = items.flatMap((item) => (item.kind === 'frame' ? grouper.push(item) : []));
  return {
    init: base64(init.bytes),
    parts: [...groups, ...grouper.flush()].map((group, n) => ({
      data: base64(writePart(group, init, n)),
      durationMs: group.durationMs,
      keyframe: group.independent,
    })),
    worker: await readFile(inProject('node_modules/hls.js/dist/hls.worker.js'), 'utf8'),
  };
}

let browser: RigBrowser;
let server: ScriptPage;
let page: Page;

beforeAll(async () => {
  server = await servePage('tests/support/hls-contract-page.ts');
  browser = await launchBrowser({ headless: true });
  page = await browser.context.newPage();
  await page.goto(server.url({}));
  await page.evaluate(
    (media) => (globalThis as unknown as { begin(given: ContractMedia): void }).begin(media),
    await makeMedia(),
  );
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

const facts = async <K extends keyof Contracts>(name: K): Promise<Awaited<ReturnType<Contracts[K]>>> => {
  const found: unknown = await page.evaluate<unknown, string>(
    (key) => (globalThis as unknown as { contracts: Record<string, () => unknown> }).contracts[key]?.(),
    name,
  );
  return found as Awaited<ReturnType<Contracts[K]>>;
};

// One after the other: what they provoke is a matter of order.
describe('hls.js, fed with streamed segments,', () => {
  test('fetches a segment with the number 0 once', async () => {
    const { again, segments } = await facts('numberZero');
    expect(segments).toBeGreaterThan(1);
    expect(again, 'the mirror must number from 1: src/viewer/push/mirror.ts').toBe(0);
  });

  test('loses nothing when a segment is completed while a piece of it is taken in', async () => {
    const { grown, missingSec } = await facts('growingSegment');
    expect(grown).toBe(true);
    expect(missingSec, 'playlists must wait for the piece: src/viewer/hls/loaders.ts').toBeLessThan(0.1);
  });

  test('plays a playlist with nothing but an open segment', async () => {
    const { errors, endSec } = await facts('openSegmentOnly');
    expect(endSec, 'the first playlist must wait for a whole segment: src/viewer/hls/loaders.ts').toBeCloseTo(
      5 / 15,
      2,
    );
    expect(errors.join()).not.toMatch(/level|fatal/);
  });

  test('takes in all that there is, however far behind it plays', async () => {
    const { missingSec } = await facts('farBehind');
    expect(missingSec, 'it must be sent after it: src/viewer/wall/sync-controller.ts').toBeLessThan(0.3);
  });
});

// Side by side, as the tiles of a wall.
describe.concurrent('hls.js still', () => {
  test('keeps the newest part back where its worker knows that media come in pieces', async () => {
    const { oursSec, ownSec } = await facts('heldBack');
    expect(oursSec).toBeCloseTo(5 / 15, 2);
    expect(ownSec, 'fixed: toJSON in src/viewer/hls/profiles.ts may go').toBeLessThan(4.5 / 15);
  });

  test('asks for the next playlist at once only in low-latency mode', async () => {
    const { onMs, offMs } = await facts('nextPlaylist');
    expect(onMs).toBeLessThan(250);
    expect(offMs, 'fixed: lowLatencyMode in src/viewer/hls/profiles.ts may go').toBeGreaterThan(400);
  });

  test('writes the duration of the media with every playlist', async () => {
    const { byDefault, infinite } = await facts('mediaDuration');
    expect(infinite).toBeLessThanOrEqual(1);
    expect(byDefault, 'fixed: liveDurationInfinity in src/viewer/hls/profiles.ts may go').toBeGreaterThan(2);
  });

  test('stays at the first segment when the playlist is answered from inside load()', async () => {
    const { inside, after } = await facts('insideLoad');
    expect(after).toBeGreaterThan(2);
    expect(inside, 'fixed: queueMicrotask in src/viewer/hls/loaders.ts may go').toBeLessThan(2);
  });

  test('asks for nothing more after a fatal error', async () => {
    const { errors, more } = await facts('fatalError');
    expect(errors.join()).toContain('fatal');
    expect(more, 'fixed: a fatal error in src/viewer/hls/hls-tile.ts needs no rebuild').toBe(0);
  });

  test('takes the memory of the media that it is given', async () => {
    const { pieces, taken } = await facts('memory');
    expect(pieces).toBeGreaterThan(0);
    expect(taken, 'fixed: joined() in src/viewer/hls/loaders.ts need not copy a single part').toBe(pieces);
  });

  test('guesses from the playlist where media begins, until it has taken it in', async () => {
    const { starts } = await facts('estimate');
    const apart = starts.map(({ told, found }) => Math.abs(told - found));
    expect(
      Math.max(...apart),
      'fixed: src/viewer/hls/pdt-map.ts may read the level details instead',
    ).toBeGreaterThan(0.05);
  });
});
