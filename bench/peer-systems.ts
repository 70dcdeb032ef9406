/** How each system of suite `peers` is brought up: its server, a browser, and the address of its page. */
import { launchBrowser, type RigBrowser } from '../rig/browser.ts';
import { type Scope, say } from '../rig/cli.ts';
import { findOnPath } from '../rig/on-path.mjs';
import { type ScriptPage, servePage } from '../rig/page.ts';
import { type PeerServer, startGo2rtc, startMediamtx } from '../rig/peer-servers.ts';
import { type Measurable, startPairedBrowser } from '../rig/wall-run.ts';
import { LATE_MS, type PeerCameras } from './peer-cameras.ts';
import type { PeerSystem } from './peer-rows.ts';

/** Systems that need a program which is not everywhere. */
const PROGRAMS: Readonly<Partial<Record<PeerSystem, string>>> = {
  'lockstep-whep': 'mediamtx',
  'go2rtc-mse': 'go2rtc',
  'go2rtc-webrtc': 'go2rtc',
  'mediamtx-webrtc': 'mediamtx',
  'mediamtx-naive': 'mediamtx',
  'mediamtx-plan': 'mediamtx',
};

/** Says so when it is not. */
export function isThere(system: PeerSystem): boolean {
  const program = PROGRAMS[system];
  if (program === undefined || findOnPath(program) !== undefined) return true;
  say(`Skipped: ${system}, since ${program} is not on PATH.`);
  return false;
}

export interface Pages {
  readonly mse: ScriptPage;
  readonly whep: ScriptPage;
  readonly naive: ScriptPage;
  readonly plan: ScriptPage;
}

export async function servePages(scope: Scope): Promise<Pages> {
  const serve = async (name: string): Promise<ScriptPage> => {
    const page = await servePage(`bench/peers/${name}.ts`);
    scope.defer(() => page.stop());
    return page;
  };
  return {
    mse: await serve('go2rtc-mse'),
    whep: await serve('whep'),
    naive: await serve('naive'),
    plan: await serve('plan'),
  };
}

/** A server with a browser beside it that has no wall open yet. */
interface Ready extends Measurable {
  readonly browser: RigBrowser;
  readonly address: string;
}

export interface Subject {
  readonly pages: Pages;
  readonly cameras: PeerCameras;
  readonly targetMs: number;
}

/** Stopped with the scope. */
type Start = (subject: Subject, scope: Scope) => Promise<Ready>;

export const START: Readonly<Record<PeerSystem, Start>> = {
  lockstep: (subject, scope) => ours(subject, {}, scope),
  'lockstep-offset': ({ targetMs, ...subject }, scope) =>
    ours({ ...subject, targetMs: targetMs + LATE_MS }, { offsetMs: LATE_MS }, scope),
  'lockstep-whep': (subject, scope) => ours(subject, { realtime: true }, scope),
  'go2rtc-mse': (subject, scope) =>
    theirs(subject, scope, startGo2rtc, subject.pages.mse, ({ urls }) => ({ api: urls.api })),
  'go2rtc-webrtc': (subject, scope) =>
    theirs(subject, scope, startGo2rtc, subject.pages.whep, ({ urls }) => ({
      whep: `${urls.api}/api/webrtc?src={camera}`,
    })),
  'mediamtx-webrtc': (subject, scope) =>
    theirs(subject, scope, startMediamtx, subject.pages.whep, ({ urls }) => ({
      whep: `${urls.webrtc}/{camera}/whep`,
    })),
  'mediamtx-naive': (subject, scope) =>
    theirs(subject, scope, startMediamtx, subject.pages.naive, ({ urls }) => ({ playlists: urls.hls })),
  'mediamtx-plan': (subject, scope) =>
    theirs(subject, scope, startMediamtx, subject.pages.plan, ({ urls }) => ({ playlists: urls.hls })),
};

/** @param offsetMs of the last camera */
async function ours(
  { cameras, targetMs }: Subject,
  { realtime = false, offsetMs = 0 }: { readonly realtime?: boolean; readonly offsetMs?: number },
  scope: Scope,
): Promise<Ready> {
  const rig = await startPairedBrowser(
    {
      cameras: cameras.ids.map((id) => ({
        id,
        source: { type: 'rtsp', url: cameras.urls[id] },
        offsetMs: id === cameras.ids.at(-1) ? offsetMs : 0,
      })),
      headless: true,
      mode: 'ultra-low',
      targetMs,
      mediamtx: realtime ? 'on' : 'off',
      realtime,
      say: () => undefined,
    },
    scope,
  );
  return { ...rig, address: rig.browser.url('wall.html') };
}

/** The same browser, extension included. */
async function theirs(
  { cameras }: Subject,
  scope: Scope,
  start: (cameras: Readonly<Record<string, string>>) => Promise<PeerServer>,
  page: ScriptPage,
  query: (server: PeerServer) => Record<string, string>,
): Promise<Ready> {
  const server = await start(cameras.urls);
  scope.defer(() => server.stop());
  const browser = await launchBrowser({ headless: true });
  scope.defer(() => browser.close());
  return { relay: server, browser, address: page.url({ ...query(server), cameras: cameras.ids.join(',') }) };
}
