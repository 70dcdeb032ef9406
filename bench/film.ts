/**
 * `npm run bench -- film`: the wall and plain hls.js side by side, at the same time, each through a link of its own, as
 * a moving picture for README.md. Nothing is measured: what is to be seen is what both show, with the true time above.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Page } from 'playwright-core';
import { moving, openWall } from '../rig/browser.ts';
import { syntheticCameras } from '../rig/cameras.ts';
import { type Scope, say } from '../rig/cli.ts';
import { startLink } from '../rig/link.ts';
import type { LinkDirection } from '../rig/link-queue.ts';
import { servePage } from '../rig/page.ts';
import { inProject } from '../rig/root.ts';
import { startPairedBrowser } from '../rig/wall-run.ts';
import { SETTLE_MS } from './link-wall.ts';

const CAMERAS = syntheticCameras(3, 640, 360, 15).map((camera) => ({
  ...camera,
  rungs: ['640x360', '320x180'],
}));
/** The rate holds towards the browser, as media go there. */
const LINK: Required<Pick<LinkDirection, 'rateKbps' | 'delayMs'>> = { rateKbps: 1_440, delayMs: 75 };
const VIEW = { width: 400, height: 730 };
const CAPTION_PX = 34;
const FPS = 8;
const SECONDS = 8;
const QUALITY = 55;

/** @throws Error when a picture of either page did not come */
export async function benchFilm(_options: unknown, scope: Scope): Promise<void> {
  const naive = await servePage('bench/peers/naive.ts');
  scope.defer(() => naive.stop());
  const throughLink = async (url: string): Promise<string> =>
    (await startLink(url, { down: LINK, up: { delayMs: LINK.delayMs } }, scope)).url;
  const { relay, browser } = await startPairedBrowser(
    {
      cameras: CAMERAS,
      headless: true,
      mode: 'auto',
      targetMs: undefined,
      mediamtx: 'off',
      say,
      server: { hlsAccess: 'open', allowOrigins: [naive.origin] },
      reach: throughLink,
    },
    scope,
  );
  const ids = CAMERAS.map(({ id }) => id);
  const [ours, theirs] = [await browser.context.newPage(), await browser.context.newPage()];
  for (const page of [ours, theirs]) await page.setViewportSize(VIEW);
  await ours.emulateMedia({ colorScheme: 'dark' });
  const playlists = `${await throughLink(relay.url)}/live`;
  await Promise.all([
    openWall(browser, ids.length, ours),
    theirs
      .goto(naive.url({ playlists, cameras: ids.join(',') }))
      .then(() => moving(theirs, ids.length).catch(() => say('Not all tiles of plain hls.js move.'))),
  ]);
  await sleep(SETTLE_MS, undefined, { signal: scope.aborted });
  say(`Recording ${SECONDS} s …`);
  const [left, right] = await Promise.all([record(theirs), record(ours)]);
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-film-'));
  scope.defer(() => rm(folder, { recursive: true, force: true }));
  // The clock above has whole seconds.
  const beginS = Math.ceil(Math.max(left[0]?.atS ?? Infinity, right[0]?.atS ?? Infinity));
  await write(folder, 'left', left, beginS);
  await write(folder, 'right', right, beginS);
  const file = inProject('docs/images/film.webp');
  await compose(folder, beginS, file);
  say(`Wrote ${file}.`);
}

interface Shot {
  /** Seconds since the Unix epoch. */
  readonly atS: number;
  readonly jpeg: Buffer;
}

/** What the page shows, picture by picture as the browser draws it. */
async function record(page: Page): Promise<Shot[]> {
  const shots: Shot[] = [];
  const session = await page.context().newCDPSession(page);
  session.on('Page.screencastFrame', ({ data, metadata, sessionId }) => {
    if (metadata.timestamp !== undefined)
      shots.push({ atS: metadata.timestamp, jpeg: Buffer.from(data, 'base64') });
    session.send('Page.screencastFrameAck', { sessionId }).catch(() => {});
  });
  await session.send('Page.startScreencast', { format: 'jpeg', quality: 90, everyNthFrame: 3 });
  await sleep((SECONDS + 2) * 1000);
  await session.send('Page.stopScreencast');
  await session.detach();
  return shots;
}

/** The newest shot at each moment of the film: a page that stands gives the same one again. */
async function write(folder: string, name: string, shots: readonly Shot[], beginS: number): Promise<void> {
  for (let index = 0; index < SECONDS * FPS; index += 1) {
    const shot = shots.findLast(({ atS }) => atS <= beginS + index / FPS);
    if (shot === undefined) throw new Error(`No picture of the ${name} wall at ${index / FPS} s.`);
    await writeFile(join(folder, `${name}-${String(index).padStart(3, '0')}.jpg`), shot.jpeg);
  }
}

/** Beside each other, with their names and the true time above. */
async function compose(folder: string, beginS: number, file: string): Promise<void> {
  const said = (text: string, x: string): string =>
    `drawtext=font=DejaVu Sans:text='${text}':fontcolor=white:fontsize=15:y=${(CAPTION_PX - 15) / 2}:x=${x}`;
  const half = (index: number, name: string): string =>
    `[${index}:v]scale=${VIEW.width}:-2,pad=iw:ih+${CAPTION_PX}:0:${CAPTION_PX}:color=0x101418,${said(name, '12')}[${name[0]}]`;
  const names = ['Plain hls.js', 'Lockstep'] as const;
  const clock = said(`now %{pts\\:localtime\\:${beginS}\\:%T}`, 'w-tw-12');
  const graph = [...names.map((name, index) => half(index, name)), `[P][L]hstack,${clock}[film]`].join(';');
  const input = (name: string): string[] => [
    '-framerate',
    String(FPS),
    '-i',
    join(folder, `${name}-%03d.jpg`),
  ];
  await promisify(execFile)('ffmpeg', [
    ...['-loglevel', 'error', '-y', ...input('left'), ...input('right')],
    ...['-filter_complex', graph, '-map', '[film]', '-c:v', 'libwebp_anim', '-q:v', String(QUALITY)],
    ...['-compression_level', '6', '-loop', '0', file],
  ]);
}
