/**
 * `npm run bench -- modes`: each mode chosen by hand on the LAN, and each change between two, in either browser. Three RTSP
 * cameras of a prepared clip with two smaller streams each.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { setMeterWrap } from '../rig/browser.ts';
import { type Scope, say, withCleanup, words } from '../rig/cli.ts';
import { changeMode } from '../rig/mode-change.ts';
import { table, writeChart, writeJson } from '../rig/output.ts';
import { beginProvenance } from '../rig/provenance.ts';
import type { ClipServer } from '../rig/rtsp-clips.ts';
import type { BrowserName } from '../rig/wall-browser.ts';
import { measureWall } from '../rig/wall-run.ts';
import type { EffectiveMode } from '../src/wire/modes.ts';
import { browsersThere, cameraIds, SETTLE_MS, serveCameras, startLinkWall } from './link-wall.ts';
import { changeTable, chart, MODE_ROUTE, type ModeRun, modeTable, notes, toRows } from './mode-rows.ts';
import { turns } from './turns.ts';

const IDS = cameraIds(3);
/** What a change may take, and what is watched of it. */
const WATCH_MS = 6_000;

export interface ModesBenchOptions {
  readonly json: string;
  readonly seconds: number;
  readonly rounds: number;
  readonly browsers: readonly BrowserName[];
}

export async function benchModes(options: ModesBenchOptions, scope: Scope): Promise<void> {
  const browsers = browsersThere(options.browsers);
  const provenance = await beginProvenance();
  const clips = await serveCameras(IDS, scope);
  const runs: ModeRun[] = [];
  for (const [index, order] of turns(browsers, options.rounds).entries()) {
    for (const browser of order) {
      say(`round ${index + 1} of ${options.rounds}: ${browser} …`);
      runs.push(await withCleanup((inner) => measureOnce(browser, clips, options.seconds, inner)));
      scope.aborted.throwIfAborted();
      // After each: a long bench that is interrupted must not have been in vain.
      await writeJson(options.json, { suite: 'modes', ...provenance(), ...toRows(browsers, IDS, runs) });
    }
  }
  const result = toRows(browsers, IDS, runs);
  process.stdout.write(
    `${table(result.rows.map(modeTable))}\n\n${table(result.changes.map(changeTable))}\n\n${notes(result).join('\n')}\n`,
  );
  const picture = await writeChart(options.json, chart(result));
  say(`Wrote ${options.json} and ${picture}.`);
  if (result.rows.every((row) => row.glassToGlassMs === null)) throw new Error('Nothing could be measured.');
}

/** A browser that fails is a run that says so, with what was measured until then. */
async function measureOnce(
  browser: BrowserName,
  clips: ClipServer,
  seconds: number,
  scope: Scope,
): Promise<ModeRun> {
  const measured: ModeRun['measured'][number][] = [];
  const changes: ModeRun['changes'][number][] = [];
  const problems: string[] = [];
  try {
    const setup = { browser, ids: IDS, clips, link: {}, mode: MODE_ROUTE[0] ?? 'ultra-low' };
    const rig = await startLinkWall(setup, scope);
    const page = await rig.browser.show(rig.browser.url('wall.html'));
    await sleep(SETTLE_MS, undefined, { signal: scope.aborted });
    await setMeterWrap(page, clips.wrapMs);
    let from: EffectiveMode | undefined;
    for (const mode of MODE_ROUTE) {
      if (from !== undefined)
        changes.push({ from, to: mode, change: await changeMode(page, mode, WATCH_MS) });
      scope.aborted.throwIfAborted();
      if (!measured.some((entry) => entry.mode === mode)) {
        measured.push({ mode, wall: await measureWall(rig, page, seconds, scope.aborted) });
      }
      from = mode;
    }
  } catch (error) {
    scope.aborted.throwIfAborted();
    problems.push(`not measured: ${words(error)}`);
  }
  return { browser, measured, changes, problems };
}
