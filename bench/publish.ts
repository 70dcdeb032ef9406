/**
 * `npm run bench -- publish`: every figure that the documents show, of one commit, in about half an hour. Writes
 * bench/results and the tables that scripts/docs.mjs makes of it.
 */
import { spawnSync } from 'node:child_process';
import { mkdir, rm } from 'node:fs/promises';
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
  // A suite that fails must not leave the figures of an earlier commit beside the new ones; suite peers is run anew.
  await rm(inProject('bench/results'), { recursive: true, force: true });
  await mkdir(inProject('bench/results'), { recursive: true });
  const failures: string[] = [];
  for (const [name, suite] of Object.entries(SUITES)) {
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
