/** `npm run bench -- opening`: how long it takes from the click on the toolbar icon to a moving wall. */
import { setTimeout as sleep } from 'node:timers/promises';
import { openWall, type RigBrowser } from '../rig/browser.ts';
import { type Scope, say } from '../rig/cli.ts';
import { openByClick, recordOpenings } from '../rig/opening.ts';
import { table, writeJson } from '../rig/output.ts';
import { beginProvenance } from '../rig/provenance.ts';
import { startRtspClips } from '../rig/rtsp-clips.ts';
import { startPairedBrowser } from '../rig/wall-run.ts';
import { type Opening, type OpeningRow, openingOf, tableRow, toRow } from './opening-rows.ts';

/** A wall that does not move by then counts as one that does not. */
const WATCH_MS = 4_000;
/** Between two openings. */
const PAUSE_MS = 500;
const TILES = 3;

export async function benchOpening(
  options: { readonly json: string; readonly openings: number },
  scope: Scope,
): Promise<void> {
  const provenance = await beginProvenance();
  const clips = await startRtspClips(TILES);
  scope.defer(() => clips.stop());
  const rig = await startPairedBrowser(
    {
      cameras: clips.cameras,
      headless: true,
      mode: 'ultra-low',
      targetMs: undefined,
      mediamtx: 'off',
      say,
    },
    scope,
  );
  // The cameras are there before anybody clicks: the relay has looked at them and passes them on.
  const first = await openWall(rig.browser, TILES);
  await first.close();
  await recordOpenings(rig.browser.context);
  const ids = clips.cameras.map(({ id }) => id);
  const rows = [toRow('RTSP', TILES, await measureOpenings(rig.browser, ids, options.openings, scope))];
  await writeJson(options.json, { suite: 'opening', ...provenance(), rows });
  process.stdout.write(`${openingText(rows)}\n`);
  say(`Wrote ${options.json}.`);
}

/** Needs `recordOpenings`, and no wall that is open. */
export async function measureOpenings(
  browser: RigBrowser,
  cameras: readonly string[],
  count: number,
  scope: Scope,
): Promise<Opening[]> {
  const openings: Opening[] = [];
  for (let turn = 1; turn <= count; turn += 1) {
    await sleep(PAUSE_MS, undefined, { signal: scope.aborted });
    say(`Opening ${turn} of ${count} …`);
    const { ended } = await openByClick(browser);
    await sleep(WATCH_MS, undefined, { signal: scope.aborted });
    openings.push(openingOf(await ended(), cameras));
  }
  return openings;
}

export function openingText(rows: readonly OpeningRow[]): string {
  const stages = rows.map(
    ({ stagesMs }) =>
      `median after the click: ${Object.entries(stagesMs)
        .map(([stage, ms]) => `${stage} ${ms ?? '–'}`)
        .join(', ')} ms`,
  );
  return [table(rows.map(tableRow)), ...stages, ...rows.flatMap(({ problems }) => problems)].join('\n');
}
