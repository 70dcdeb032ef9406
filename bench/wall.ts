/** `npm run bench -- wall`: Lockstep against the naive wall on the same cameras in the same run, with controls of the meter. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { moving, setMeterWrap, stopMeter } from '../rig/browser.ts';
import { syntheticCameras } from '../rig/cameras.ts';
import { type Scope, say, withCleanup, words } from '../rig/cli.ts';
import { table, writeChart, writeJson } from '../rig/output.ts';
import { type ScriptPage, servePage } from '../rig/page.ts';
import { beginProvenance } from '../rig/provenance.ts';
import { stepDowns } from '../rig/relay-log.ts';
import { CLIP_WRAP_MS, startRtspClips } from '../rig/rtsp-clips.ts';
import { measureWall, startPairedBrowser, WARM_UP_MS, type WallParts } from '../rig/wall-run.ts';
import { turns } from './turns.ts';
import {
  type BenchRow,
  CONTROLS,
  chart,
  notes,
  SUBJECTS,
  type System,
  tableRow,
  toRow,
  type WallRun,
} from './wall-rows.ts';

export interface WallBenchOptions {
  readonly json: string;
  readonly seconds: number;
  readonly rounds: number;
  readonly targetMs: number;
  readonly tiles: readonly number[];
  readonly cameras: 'test' | 'rtsp';
  /** Measure what measuring costs, once. */
  readonly controls: boolean;
}

export async function benchWall(options: WallBenchOptions, scope: Scope): Promise<void> {
  const provenance = await beginProvenance();
  const pages: Pages = {
    naive: await servePage('bench/peers/naive.ts'),
    empty: await servePage('bench/peers/empty.ts'),
  };
  scope.defer(() => pages.naive.stop());
  scope.defer(() => pages.empty.stop());
  const rows: BenchRow[] = [];
  for (const tiles of options.tiles) {
    // Its own scope: one set of cameras must be gone before the next one is measured.
    rows.push(...(await withCleanup((inner) => benchTiles(tiles, options, pages, inner))));
    scope.aborted.throwIfAborted();
  }
  await writeJson(options.json, { suite: 'wall', ...provenance(), rows });
  process.stdout.write(`${table(rows.map(tableRow))}\n\n${notes(rows).join('\n')}\n`);
  const picture = await writeChart(options.json, chart(rows));
  say(`Wrote ${options.json} and ${picture}.`);
  if (rows.every((row) => row.glassToGlassMs === null)) throw new Error('Nothing could be measured.');
}

interface Pages {
  readonly naive: ScriptPage;
  readonly empty: ScriptPage;
}

async function benchTiles(
  tiles: number,
  options: WallBenchOptions,
  pages: Pages,
  scope: Scope,
): Promise<BenchRow[]> {
  const { rounds, targetMs } = options;
  const clips = options.cameras === 'rtsp' ? await startRtspClips(tiles) : undefined;
  if (clips !== undefined) scope.defer(() => clips.stop());
  const cameras = clips?.cameras ?? syntheticCameras(tiles);
  const rig = await startPairedBrowser(
    {
      cameras,
      headless: true,
      mode: 'ultra-low',
      targetMs,
      mediamtx: 'off',
      say,
      server: { hlsAccess: 'open', allowOrigins: [pages.naive.origin] },
    },
    scope,
  );
  const ids = cameras.map(({ id }) => id);
  const runs: WallRun[] = [];
  const controls = options.controls ? CONTROLS : [];
  for (const [index, order] of turns(SUBJECTS, rounds).entries()) {
    // Between there and back.
    for (const system of index === 0 ? [...order, ...controls] : order) {
      say(`${tiles} tiles, round ${index + 1} of ${rounds}: ${system} …`);
      runs.push(await measureOnce(rig, system, pages, ids, options, scope));
    }
  }
  return [...SUBJECTS, ...controls].map((system) =>
    toRow(system, { cameras: ids, source: options.cameras, targetMs }, runs),
  );
}

/** A system that fails is a run that says so, never the end: the others are measured all the same. */
async function measureOnce(
  rig: WallParts,
  system: System,
  pages: Pages,
  cameras: readonly string[],
  options: WallBenchOptions,
  scope: Scope,
): Promise<WallRun> {
  const problems: string[] = [];
  const page = await rig.browser.context.newPage();
  try {
    await page.goto(addressOf(system, rig, pages, cameras));
    if (system !== 'empty-page') {
      // Measured all the same: a tile that does not move is what the meter is for.
      await moving(page, cameras.length).catch((error: unknown) => problems.push(words(error)));
    }
    if (options.cameras === 'rtsp') await setMeterWrap(page, CLIP_WRAP_MS);
    if (system === 'lockstep-unmetered') await stopMeter(page);
    await sleep(WARM_UP_MS, undefined, { signal: scope.aborted });
    const before = stepDowns(rig.relay.log()).length;
    const measured = await measureWall(rig, page, options.seconds, scope.aborted);
    const { length } = stepDowns(rig.relay.log());
    if (length > before) problems.push(`the relay stepped cameras down ${length - before} times meanwhile`);
    return { system, measured, problems };
  } catch (error) {
    scope.aborted.throwIfAborted();
    problems.push(`not measured: ${words(error)}`);
    return { system, measured: undefined, problems };
  } finally {
    await close(page);
  }
}

function addressOf(
  system: System,
  { relay, browser }: WallParts,
  pages: Pages,
  cameras: readonly string[],
): string {
  if (system === 'naive')
    return pages.naive.url({ playlists: `${relay.url}/live`, cameras: cameras.join(',') });
  return system === 'empty-page' ? pages.empty.url({}) : browser.url('wall.html');
}

/** A page that crashed or hangs must not stop the bench. */
async function close(page: Page): Promise<void> {
  await Promise.race([page.close().catch(() => undefined), sleep(10_000)]);
}
