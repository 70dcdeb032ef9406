/**
 * `npm run bench -- publish`: every figure that the documents show, of one commit, in about 45 minutes. Writes
 * bench/results and the tables that scripts/docs.mjs makes of it. Interrupted and run again, it goes on where it was.
 */
import { spawnSync } from 'node:child_process';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { type Scope, say, withCleanup } from '../rig/cli.ts';
import { commitNow } from '../rig/provenance.ts';
import { inProject } from '../rig/root.ts';
import { CAMERA_SYSTEMS } from './camera-rows.ts';
import { benchCameras } from './cameras.ts';
import { runFaults } from './faults.ts';
import type { PUBLISHED_NAMES } from './figures.ts';
import { benchOpening } from './opening.ts';
import { benchRungs } from './rungs.ts';
import { benchWall } from './wall.ts';

type Suite = (options: { readonly json: string }, scope: Scope) => Promise<void>;

const WALL = { seconds: 10, rounds: 2, targetMs: 300 } as const;

const SUITES: Readonly<Record<(typeof PUBLISHED_NAMES)[number], Suite>> = {
  wall: (to, scope) => benchWall({ ...WALL, ...to, tiles: [3, 9], cameras: 'test', controls: true }, scope),
  'wall-rtsp': (to, scope) =>
    benchWall({ ...WALL, ...to, tiles: [9], cameras: 'rtsp', controls: false }, scope),
  opening: (to, scope) => benchOpening({ ...to, openings: 10 }, scope),
  faults: (to, scope) => runFaults([], { ...to, mediamtx: 'off', repeat: 3 }, scope),
  'faults-mediamtx': (to, scope) =>
    runFaults(['mediamtx-kill', 'mediamtx-stop'], { ...to, mediamtx: 'on', repeat: 2 }, scope),
  rungs: (to, scope) => benchRungs({ ...to, rounds: 1, targetMs: 300 }, scope),
  cameras: (to, scope) => benchCameras({ ...to, seconds: 60, cases: [], systems: CAMERA_SYSTEMS }, scope),
};

/** @throws Error when files differ from the commit, before anything is measured; and when a suite failed, at the end */
export async function publish(scope: Scope): Promise<void> {
  const commit = commitNow();
  if (!/^[0-9a-f]+$/.test(commit)) {
    throw new Error(
      `Published figures are of one commit, and this is ${commit}. Commit first, then run it again.`,
    );
  }
  await mkdir(inProject('bench/results'), { recursive: true });
  const done = await keepOnlyFiguresOf(commit);
  const failures: string[] = [];
  for (const [name, suite] of Object.entries(SUITES)) {
    if (done.has(`${name}.json`)) {
      say(`\n${name}: measured already.`);
      continue;
    }
    say(`\n${name} …`);
    try {
      await withCleanup((inner) => suite({ json: inProject(`bench/results/${name}.json`) }, inner));
    } catch (error) {
      failures.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
      say(failures.at(-1) ?? '');
    }
    scope.aborted.throwIfAborted();
  }
  const docs = spawnSync(process.execPath, ['scripts/docs.mjs'], { cwd: inProject(), encoding: 'utf8' });
  say(`${docs.stdout}${docs.stderr}`.trim());
  // Over budget is a figure like any other: its table is written all the same.
  if (failures.length > 0) throw new Error(failures.join('\n'));
}

/**
 * Figures of an earlier commit must not stand beside the new ones, not even where a suite fails.
 * @returns the files that are of this commit
 */
async function keepOnlyFiguresOf(commit: string): Promise<ReadonlySet<string>> {
  const kept = new Set<string>();
  for (const file of await readdir(inProject('bench/results'))) {
    const json = inProject(`bench/results/${file.replace(/\.svg$/, '.json')}`);
    if ((await commitOf(json)) === commit) kept.add(file);
    else await rm(inProject(`bench/results/${file}`));
  }
  return kept;
}

/** Undefined for a file that is gone, or that an interrupted run left half written. */
async function commitOf(json: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(json, 'utf8')).commit;
  } catch {
    return undefined;
  }
}
