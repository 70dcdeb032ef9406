/**
 * `npm run bench -- links`: the wall in Auto, plain hls.js and the planned client, on thin and bad links. Three RTSP cameras
 * of a prepared clip with two smaller streams each; the link lies between browser and relay, in user space (rig/link.ts).
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { setMeterWrap } from '../rig/browser.ts';
import { chosen, type Scope, say, withCleanup, words } from '../rig/cli.ts';
import { lossyLinkProblem } from '../rig/lossy-link.ts';
import { table, writeChart, writeJson } from '../rig/output.ts';
import { beginProvenance } from '../rig/provenance.ts';
import type { ClipServer } from '../rig/rtsp-clips.ts';
import type { BrowserName } from '../rig/wall-browser.ts';
import { measureWall, wallStatus } from '../rig/wall-run.ts';
import { BENCH_LINKS, type BenchLink, LINK_SYSTEMS, type LinkRow, type LinkSystem } from './link-cases.ts';
import { chart, type LinkLoad, type LinkRun, notes, tableRow, toRows } from './link-rows.ts';
import {
  browsersThere,
  cameraIds,
  enlargeTile,
  SETTLE_MS,
  serveCameras,
  startLinkWall,
} from './link-wall.ts';
import { type Pages, servePages } from './peer-systems.ts';
import { turns } from './turns.ts';

const LOOK_MS = 500;
/** Its tiles are there by then. */
const ENLARGE_AFTER_MS = 3_000;

export interface LinksBenchOptions {
  readonly json: string;
  readonly seconds: number;
  readonly rounds: number;
  /** None: all. */
  readonly links: readonly string[];
  /** None: all. */
  readonly systems: readonly string[];
  readonly browsers: readonly BrowserName[];
}

export async function benchLinks(options: LinksBenchOptions, scope: Scope): Promise<void> {
  const names = chosen(
    options.links,
    BENCH_LINKS.map(({ name }) => name),
    'link',
  );
  const systems = chosen(options.systems, LINK_SYSTEMS, 'system');
  const provenance = await beginProvenance();
  const pages = await servePages(scope);
  const browsers = browsersThere(options.browsers);
  const subjects = browsers.flatMap((browser) => systems.map((system) => ({ browser, system })));
  const links = linksThere(BENCH_LINKS.filter(({ name }) => names.includes(name)));
  const clips = await serveCameras(cameraIds(Math.max(0, ...links.map(({ tiles }) => tiles))), scope);
  const rows: LinkRow[] = [];
  for (const link of links) {
    const runs: LinkRun[] = [];
    for (const [index, order] of turns(subjects, options.rounds).entries()) {
      for (const subject of order) {
        say(
          `${link.name}, round ${index + 1} of ${options.rounds}: ${subject.system} in ${subject.browser} …`,
        );
        runs.push(
          await withCleanup((inner) =>
            measureOnce({ ...subject, link, clips, pages }, options.seconds, inner),
          ),
        );
        scope.aborted.throwIfAborted();
      }
    }
    rows.push(...toRows(link, subjects, cameraIds(link.tiles), runs));
    await writeJson(options.json, { suite: 'links', ...provenance(), rows });
  }
  process.stdout.write(`${table(rows.map(tableRow))}\n\n${notes(rows).join('\n')}\n`);
  const picture = await writeChart(options.json, chart(rows));
  say(`Wrote ${options.json} and ${picture}.`);
  if (rows.every((row) => row.glassToGlassMs === null)) throw new Error('Nothing could be measured.');
}

/** Those that this host allows; the others are named. */
function linksThere(links: readonly BenchLink[]): readonly BenchLink[] {
  const problem = links.some(({ lossy }) => lossy !== undefined) ? lossyLinkProblem() : undefined;
  if (problem === undefined) return links;
  return links.filter(({ name, lossy }) => {
    if (lossy !== undefined) say(`${name} is left out: this host allows no network namespaces (${problem}).`);
    return lossy === undefined;
  });
}

interface Subject {
  readonly link: BenchLink;
  readonly system: LinkSystem;
  readonly browser: BrowserName;
  readonly clips: ClipServer;
  readonly pages: Pages;
}

/** A system that fails is a run that says so, never the end. */
async function measureOnce(subject: Subject, seconds: number, scope: Scope): Promise<LinkRun> {
  const { system, browser, clips, pages, link: spec } = subject;
  const ids = cameraIds(spec.tiles);
  const problems: string[] = [];
  const targetsMs: number[] = [];
  try {
    const rig = await startLinkWall(
      {
        ...{ browser, ids, clips, link: spec.link, lossy: spec.lossy, mode: 'auto' },
        allowOrigins: [pages.naive.origin, pages.plan.origin],
      },
      scope,
    );
    const page = await rig.browser.show(
      system === 'lockstep'
        ? rig.browser.url('wall.html')
        : pages[system].url({ playlists: `${rig.link.url}/live`, cameras: ids.join(',') }),
    );
    if (spec.enlarged !== undefined && system === 'lockstep') {
      await sleep(ENLARGE_AFTER_MS, undefined, { signal: scope.aborted });
      await enlargeTile(page, spec.enlarged);
    }
    await sleep(SETTLE_MS, undefined, { signal: scope.aborted });
    await setMeterWrap(page, clips.wrapMs);
    const loads: LinkLoad[] = [];
    const before = rig.link.downBytes();
    let last = { atMs: performance.now(), bytes: before };
    const look = async (): Promise<void> => {
      const now = { atMs: performance.now(), bytes: rig.link.downBytes() };
      const carriesKbps = rig.link.carriesKbps();
      const cameKbps = ((now.bytes - last.bytes) * 8) / (now.atMs - last.atMs);
      last = now;
      if (carriesKbps !== undefined) loads.push({ carriesKbps, cameKbps });
      if (system !== 'lockstep') return;
      const { targetMs } = await wallStatus(page);
      if (targetMs !== targetsMs.at(-1)) targetsMs.push(targetMs);
    };
    const looks = setInterval(
      () => void look().catch((error: unknown) => problems.push(words(error))),
      LOOK_MS,
    );
    try {
      const measured = await measureWall(rig, page, seconds, scope.aborted);
      return {
        ...{ system, browser, measured, targetsMs, loads, problems },
        status: system === 'lockstep' ? await wallStatus(page) : undefined,
        downKbps: ((rig.link.downBytes() - before) * 8) / (measured.seconds * 1000),
      };
    } finally {
      clearInterval(looks);
    }
  } catch (error) {
    scope.aborted.throwIfAborted();
    problems.push(`not measured: ${words(error)}`);
    const nothing = { measured: undefined, status: undefined, downKbps: undefined };
    return { system, browser, ...nothing, targetsMs, loads: [], problems };
  }
}
