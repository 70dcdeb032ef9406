/**
 * The wall's player on streamed segments, with hls.js as it is shipped in a real Chromium: whatever happens to a stream,
 * its pictures go on, and each has the date at which it was taken.
 */
import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { FrameReader } from '../../relay/media/frame-reader.ts';
import { PartGrouper } from '../../relay/media/part-grouper.ts';
import { writePart } from '../../relay/media/part-writer.ts';
import { launchBrowser, type RigBrowser } from '../../rig/browser.ts';
import { type ScriptPage, servePage } from '../../rig/page.ts';
import { inProject } from '../../rig/root.ts';
import {
  type Cases,
  FPS,
  GREY_STEP,
  GREYS,
  type Seen,
  type StreamedMedia,
  type StreamMedia,
} from '../support/streamed-page.ts';

interface StreamOptions {
  readonly seconds: number;
  /** When there is a keyframe, as x264 is told. */
  readonly keyframes: readonly string[];
  readonly size?: string;
  /** Media time of the first frame: a camera runs for long before somebody looks. */
  readonly fromMs?: number;
}

/** Two frames a part. */
function makeStream({ seconds, keyframes, size = '96x64', fromMs = 3_600_000 }: StreamOptions): StreamMedia {
  const picture = `color=black:size=${size}:rate=${FPS}:duration=${seconds},format=yuv420p,geq=lum='16+${GREY_STEP}*mod(N,${GREYS})':cb=128:cr=128`;
  const { stdout, stderr, status } = spawnSync(
    'ffmpeg',
    [
      ...['-v', 'error', '-f', 'lavfi', '-i', picture, '-c:v', 'libx264', '-preset', 'ultrafast'],
      ...['-tune', 'zerolatency', '-pix_fmt', 'yuv420p', '-sc_threshold', '0', ...keyframes],
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
  const groups = items.flatMap((item) =>
    item.kind === 'frame' ? grouper.push({ ...item, startMs: item.startMs + fromMs }) : [],
  );
  return {
    init: base64(init.bytes),
    parts: [...groups, ...grouper.flush()].map((group, n) => ({
      data: base64(writePart(group, init, n)),
      startMs: group.startMs,
      durationMs: group.durationMs,
      keyframe: group.independent,
    })),
  };
}

const gop = (sec: number): string[] => ['-g', `${sec * FPS}`];

let browser: RigBrowser;
let server: ScriptPage;
let media: StreamedMedia;
let page: Page;

beforeAll(async () => {
  server = await servePage('tests/support/streamed-page.ts');
  browser = await launchBrowser({ headless: true });
  media = {
    streams: {
      gop1: makeStream({ seconds: 80, keyframes: gop(1) }),
      'gop0.2': makeStream({ seconds: 8, keyframes: gop(0.2) }),
      gop10: makeStream({ seconds: 24, keyframes: gop(10) }),
      small: makeStream({
        ...{ seconds: 8, size: '64x48' },
        keyframes: ['-g', '300', '-force_key_frames', 'expr:gte(t,0.5+n_forced)'],
      }),
      restarted: makeStream({ seconds: 8, keyframes: gop(1), fromMs: 200 }),
    },
    worker: await readFile(inProject('node_modules/hls.js/dist/hls.worker.js'), 'utf8'),
  };
});

// A page for each: Chromium shows a second video in the place of the first only once a second.
beforeEach(async () => {
  page = await browser.context.newPage();
  await page.goto(server.url({}));
  await page.evaluate(
    (given) => (globalThis as unknown as { begin(given: unknown): void }).begin(given),
    media,
  );
});

afterEach(() => page?.close());

afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

async function seen<K extends keyof Cases>(
  name: K,
  ...args: Parameters<Cases[K]>
): Promise<Awaited<ReturnType<Cases[K]>>> {
  const found: unknown = await page.evaluate<unknown, [string, unknown[]]>(
    ([key, values]) =>
      (globalThis as unknown as { cases: Record<string, (...given: unknown[]) => unknown> }).cases[key]?.(
        ...values,
      ),
    [name, args],
  );
  if (process.env.SHOW !== undefined) console.log(name, args, found);
  return found as Awaited<ReturnType<Cases[K]>>;
}

/** Every picture is what its date says, and none came out of turn. */
function expectDated({ frames, misdated, late, datedOffMs, errors }: Seen, least: number): void {
  expect(errors).toEqual([]);
  expect(frames).toBeGreaterThan(least);
  expect(misdated).toBe(0);
  expect(late).toBeLessThan(frames / 4);
  expect(datedOffMs).toBeLessThan(1);
}

/** Asked of an exchanged rung; a page that was held up meanwhile could show none. */
const GAP_MS = 100;

function expectSmooth({ gapMs, heldUpMs, backwards }: Seen): void {
  expect(gapMs - heldUpMs).toBeLessThanOrEqual(GAP_MS);
  expect(backwards).toBe(0);
}

describe('a stream that a player joins', () => {
  test.each([
    ['gop0.2', 1.2],
    ['gop1', 0.05],
    ['gop1', 3.4],
    ['gop10', 0.7],
    ['gop10', 12.4],
  ])('begins at what is due and plays on: %s, %s s of history', async (stream, historySec) => {
    const found = await seen('join', stream, historySec);
    expectDated(found, 60);
    expectSmooth(found);
    expect(found.dueMs).toBeLessThan(700);
  });

  test('goes on in the midst of a GOP, loaded anew and built anew', async () => {
    const { loaded, built } = await seen('midGop');
    expectDated(loaded, 35);
    expect(loaded.gapMs - loaded.heldUpMs).toBeLessThan(300);
    expectDated(built, 35);
    expect(built.dueMs).toBeLessThan(500);
  });
});

test('a restarted encoder is followed without a gap, in the midst of a segment', async () => {
  const found = await seen('epoch');
  expectDated(found, 110);
  expectSmooth(found);
});

test('what the relay skipped is no picture, and what comes after it is dated right', async () => {
  const { before, after, inGap, skipped } = await seen('skip');
  expectDated(before, 40);
  expectDated(after, 30);
  expect(after.firstMs - after.heldUpMs).toBeLessThan(300);
  expect([inGap, skipped]).toEqual([true, 24]);
});

test('another rung takes over at its keyframe, in the midst of a segment, and gives back', async () => {
  const found = await seen('rung');
  expectDated(found, 170);
  expectSmooth(found);
  expect(found.widths).toEqual([96, 64]);
});

test('what was played is trimmed, again and again, and nothing is lost by it', async () => {
  const { seen: found, trims, ranges, leastMs, mostMs } = await seen('trim');
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
  const { back, forth, aheadMs, backMs } = await seen('seekBack');
  for (const found of [back, forth]) {
    expectDated(found, 20);
    expect(found.firstMs - found.heldUpMs).toBeLessThan(300);
  }
  expect(Math.abs(backMs - 8_000)).toBeLessThan(300);
  expect(aheadMs).toBeGreaterThan(7_500);
  expect(forth.dueMs).toBe(forth.firstMs);
});

test('a page that played nothing for long keeps 30 s and shows the newest when it is looked at', async () => {
  const { seen: found, aheadMs } = await seen('hidden');
  expectDated(found, 20);
  expect(aheadMs).toBeLessThan(33_000);
  expect(found.firstMs - found.heldUpMs).toBeLessThan(500);
  expect(found.behindMs).toBeLessThan(1_500);
});
