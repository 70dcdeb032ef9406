/**
 * What the wall works around in hls.js, shown on hls.js alone, as it is in its package. A test here that fails after an
 * upgrade is good news: its message names the workaround that may go.
 *
 * Missing is our own trimming (src/viewer/hls/back-buffer.ts): with backBufferLength: 1 this page played through five
 * evictions without a fault, so what made them harmful with a real camera is not provoked here yet.
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
describe('hls.js still', () => {
  test('fetches again what it has of a segment with the number 0', async () => {
    const { zero, one } = await facts('numberZero');
    expect(one, 'the same camera, numbered from 1, is fetched once').toBe(0);
    expect(zero, 'fixed: FIRST_MSN in src/viewer/push/mirror.ts may go').toBeGreaterThan(0);
  });

  test('passes over the rest of a segment that the playlist completes while a part of it is taken in', async () => {
    const { early, late } = await facts('growingSegment');
    expect(late, 'nothing is missing when the playlist waits for the part').toBeLessThan(0.1);
    expect(early, 'fixed: src/viewer/hls/append-gate.ts may go').toBeGreaterThan(0.2);
  });

  test('adds to its target latency after a stall', async () => {
    const { bySec, errors } = await facts('stallIncrease');
    expect(errors).toContain('bufferStalledError');
    expect(bySec, 'fixed: liveSyncOnStallIncrease in src/viewer/hls/profiles.ts may go').toBeGreaterThan(0.2);
  });

  test('stays where the first playlist ended, however much history follows at once', async () => {
    const { atSec, behindSec } = await facts('firstPlaylist');
    expect(atSec).toBeGreaterThan(0);
    expect(behindSec, 'fixed: the quiet wait in src/viewer/hls/loaders.ts may go').toBeGreaterThan(2);
  });

  test('waits for a whole segment after it was told to take parts', async () => {
    const { more, last } = await facts('modeChange');
    expect(last).toMatch(/_HLS_msn/);
    expect(more, 'fixed: the reload in setMode of src/viewer/hls/hls-tile.ts may go').toBe(0);
  });
});

// Side by side, as the tiles of a wall.
describe.concurrent('hls.js still, by itself', () => {
  test('counts its target latency in whole target durations', async () => {
    const { targetSec } = await facts('syncCount');
    expect(targetSec, 'changed: a liveSyncDurationCount may do in src/viewer/hls/profiles.ts').toBe(2);
  });

  test('writes the duration of the media for every part', async () => {
    const { byDefault, infinite } = await facts('mediaDuration');
    expect(infinite).toBeLessThan(3);
    expect(byDefault, 'fixed: liveDurationInfinity in src/viewer/hls/profiles.ts may go').toBeGreaterThan(10);
  });

  test('refuses a live playlist without one whole segment', async () => {
    const { errors } = await facts('openSegmentOnly');
    expect(errors.join(), 'fixed: hasSegment in src/viewer/hls/loaders.ts may go').toMatch(/levelEmptyError/);
  });

  test('asks for no media when a playlist is answered from inside load()', async () => {
    const { asked } = await facts('insideLoad');
    expect(asked, 'fixed: queueMicrotask in src/viewer/hls/loaders.ts may go').toBe(0);
  });

  test('fetches no parts while it plays far behind the newest', async () => {
    const { parts, segments } = await facts('farBehind');
    expect(segments).toBeGreaterThan(0);
    expect(parts, 'fixed: the jump in src/viewer/wall/sync-controller.ts may go').toBe(0);
  });

  test('asks for nothing more after a fatal error', async () => {
    const { errors, more } = await facts('fatalError');
    expect(errors.join()).toContain('fatal');
    expect(more, 'fixed: a fatal error in src/viewer/hls/hls-tile.ts needs no rebuild').toBe(0);
  });

  test('spoils the memory of the media that it is given, in the page and for its worker', async () => {
    const { inPage, inWorker } = await facts('memory');
    expect(
      Math.max(inPage, inWorker),
      'fixed: binary() in src/viewer/hls/loaders.ts need not copy a single part',
    ).toBeGreaterThan(0);
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
