/**
 * `npm run bench -- links`: the wall in Auto, and plain hls.js, on thin and bad links. Three RTSP cameras of a prepared
 * clip with two smaller streams each; the link lies between browser and relay, in user space (rig/link.ts).
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type RigBrowser, setMeterWrap } from '../rig/browser.ts';
import { CAMERA_CLIPS } from '../rig/camera-clips.ts';
import { chosen, type Scope, say, withCleanup, words } from '../rig/cli.ts';
import { type Link, startLink } from '../rig/link.ts';
import { table, writeChart, writeJson } from '../rig/output.ts';
import { type ScriptPage, servePage } from '../rig/page.ts';
import { beginProvenance } from '../rig/provenance.ts';
import { type ClipServer, serveClips } from '../rig/rtsp-clips.ts';
import { measureWall, startPairedBrowser, wallStatus } from '../rig/wall-run.ts';
import {
  BENCH_LINKS,
  type BenchLink,
  chart,
  LINK_SYSTEMS,
  type LinkRow,
  type LinkRun,
  type LinkSystem,
  notes,
  tableRow,
  toRow,
} from './link-rows.ts';
import { turns } from './turns.ts';

/** What a wall may take to find its latency and its rungs. */
const SETTLE_MS = 15_000;
const LOOK_MS = 500;
const IDS = ['cam1', 'cam2', 'cam3'];
const STREAMS = { '': '720p', '-360p': '360p', '-180p': '180p' } as const;

export interface LinksBenchOptions {
  readonly json: string;
  readonly seconds: number;
  readonly rounds: number;
  /** None: all. */
  readonly links: readonly string[];
  /** None: all. */
  readonly systems: readonly string[];
}

export async function benchLinks(options: LinksBenchOptions, scope: Scope): Promise<void> {
  const names = chosen(
    options.links,
    BENCH_LINKS.map(({ name }) => name),
    'link',
  );
  const systems = chosen(options.systems, LINK_SYSTEMS, 'system');
  const provenance = await beginProvenance();
  const naive = await servePage('bench/peers/naive.ts');
  scope.defer(() => naive.stop());
  const clips = await serveClips(
    Object.fromEntries(
      IDS.flatMap((id) =>
        Object.entries(STREAMS).map(([suffix, clip]) => [`${id}${suffix}`, CAMERA_CLIPS[clip]]),
      ),
    ),
    say,
  );
  scope.defer(() => clips.stop());
  const rows: LinkRow[] = [];
  for (const link of BENCH_LINKS.filter(({ name }) => names.includes(name))) {
    const runs: LinkRun[] = [];
    for (const [index, order] of turns(systems, options.rounds).entries()) {
      for (const system of order) {
        say(`${link.name}, round ${index + 1} of ${options.rounds}: ${system} …`);
        runs.push(
          await withCleanup((inner) => measureOnce({ link, system, clips, naive }, options.seconds, inner)),
        );
        scope.aborted.throwIfAborted();
      }
    }
    rows.push(...systems.map((system) => toRow(link, system, IDS, runs)));
    await writeJson(options.json, { suite: 'links', ...provenance(), rows });
  }
  process.stdout.write(`${table(rows.map(tableRow))}\n\n${notes(rows).join('\n')}\n`);
  const picture = await writeChart(options.json, chart(rows));
  say(`Wrote ${options.json} and ${picture}.`);
  if (rows.every((row) => row.glassToGlassMs === null)) throw new Error('Nothing could be measured.');
}

interface Subject {
  readonly link: BenchLink;
  readonly system: LinkSystem;
  readonly clips: ClipServer;
  readonly naive: ScriptPage;
}

/** A system that fails is a run that says so, never the end. */
async function measureOnce(subject: Subject, seconds: number, scope: Scope): Promise<LinkRun> {
  const { system, clips } = subject;
  const problems: string[] = [];
  const targetsMs: number[] = [];
  try {
    const { browser, relay, link, address } = await start(subject, scope);
    const page = await browser.context.newPage();
    await page.goto(address);
    for (const other of browser.context.pages()) if (other !== page) await other.close();
    await page.bringToFront();
    await sleep(SETTLE_MS, undefined, { signal: scope.aborted });
    await setMeterWrap(page, clips.wrapMs);
    const look = async (): Promise<void> => {
      const { targetMs } = await wallStatus(page);
      if (targetMs !== targetsMs.at(-1)) targetsMs.push(targetMs);
    };
    const looks =
      system === 'lockstep'
        ? setInterval(() => void look().catch((error: unknown) => problems.push(words(error))), LOOK_MS)
        : undefined;
    const before = link.downBytes();
    try {
      const measured = await measureWall({ browser, relay }, page, seconds, scope.aborted);
      return {
        system,
        measured,
        status: system === 'lockstep' ? await wallStatus(page) : undefined,
        targetsMs,
        downKbps: ((link.downBytes() - before) * 8) / (measured.seconds * 1000),
        problems,
      };
    } finally {
      clearInterval(looks);
    }
  } catch (error) {
    scope.aborted.throwIfAborted();
    problems.push(`not measured: ${words(error)}`);
    return { system, measured: undefined, status: undefined, targetsMs, downKbps: undefined, problems };
  }
}

interface Started {
  readonly browser: RigBrowser;
  readonly relay: { readonly pid: number };
  readonly link: Link;
  readonly address: string;
}

async function start({ link: spec, system, clips, naive }: Subject, scope: Scope): Promise<Started> {
  const links: Link[] = [];
  const parts = await startPairedBrowser(
    {
      cameras: IDS.map((id) => ({
        id,
        source: {
          type: 'rtsp',
          url: clips.url(id),
          substreams: [{ url: clips.url(`${id}-360p`) }, { url: clips.url(`${id}-180p`) }],
        },
      })),
      headless: true,
      mode: 'auto',
      targetMs: undefined,
      mediamtx: 'off',
      say: () => undefined,
      server: { hlsAccess: 'open', allowOrigins: [naive.origin] },
      reach: async (url) => {
        const { rateKbps: _rate, steps: _steps, ...up } = spec.link;
        links.push(await startLink(url, { down: spec.link, up }, scope));
        return links[0]?.url ?? url;
      },
    },
    scope,
  );
  const [link] = links;
  if (link === undefined) throw new Error('the link was not asked for');
  const address =
    system === 'naive'
      ? naive.url({ playlists: `${link.url}/live`, cameras: IDS.join(',') })
      : parts.browser.url('wall.html');
  return { ...parts, link, address };
}
