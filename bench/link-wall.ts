/** A wall of cameras with three streams each, in either browser, behind a link: what suites `links` and `modes` measure. */
import type { ScriptedPage } from '../rig/browser.ts';
import { CAMERA_CLIPS } from '../rig/camera-clips.ts';
import { type Scope, say } from '../rig/cli.ts';
import { type Link, startLink } from '../rig/link.ts';
import type { LinkDirection } from '../rig/link-queue.ts';
import { type LossyLinkSpec, startLossyLink } from '../rig/lossy-link.ts';
import type { RunningRelay } from '../rig/relay.ts';
import { type ClipServer, serveClips } from '../rig/rtsp-clips.ts';
import { BROWSERS, type BrowserName, hasBrowser, type WallBrowser } from '../rig/wall-browser.ts';
import { startPairedWall } from '../rig/wall-run.ts';

/** What a wall may take to find its latency and its rungs. */
export const SETTLE_MS = 15_000;
const STREAMS = { '': '720p', '-360p': '360p', '-180p': '180p' } as const;

export const cameraIds = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `cam${index + 1}`);

/** Those that were asked for and are installed; the others are named. */
export function browsersThere(wanted: readonly BrowserName[] = BROWSERS): readonly BrowserName[] {
  return wanted.filter((name) => {
    const there = hasBrowser(name);
    if (!there) say(`${name} is left out: it is not on PATH.`);
    return there;
  });
}

/** Ended with `scope`. */
export async function serveCameras(ids: readonly string[], scope: Scope): Promise<ClipServer> {
  const clips = await serveClips(
    Object.fromEntries(
      ids.flatMap((id) =>
        Object.entries(STREAMS).map(([suffix, clip]) => [`${id}${suffix}`, CAMERA_CLIPS[clip]]),
      ),
    ),
    say,
  );
  scope.defer(() => clips.stop());
  return clips;
}

export interface LinkWallSetup {
  readonly browser: BrowserName;
  readonly ids: readonly string[];
  readonly clips: ClipServer;
  readonly link: LinkDirection;
  /** Behind it, towards the relay. */
  readonly lossy?: LossyLinkSpec | undefined;
  readonly mode: string;
  /** Web origins of peers' pages. */
  readonly allowOrigins?: readonly string[];
}

export interface LinkWall {
  readonly browser: WallBrowser;
  readonly relay: RunningRelay;
  readonly link: Link;
}

/** Paired by the link; no wall is open yet. The rate holds towards the browser, as media go there. */
export async function startLinkWall(setup: LinkWallSetup, scope: Scope): Promise<LinkWall> {
  const links: Link[] = [];
  const { clips } = setup;
  const parts = await startPairedWall(
    setup.browser,
    {
      cameras: setup.ids.map((id) => ({
        id,
        source: {
          type: 'rtsp',
          url: clips.url(id),
          substreams: [{ url: clips.url(`${id}-360p`) }, { url: clips.url(`${id}-180p`) }],
        },
      })),
      headless: true,
      mode: setup.mode,
      targetMs: undefined,
      mediamtx: 'off',
      say: () => undefined,
      server: setup.allowOrigins === undefined ? {} : { hlsAccess: 'open', allowOrigins: setup.allowOrigins },
      reach: async (url) => {
        const { rateKbps: _rate, steps: _steps, ...up } = setup.link;
        const far = setup.lossy === undefined ? url : await startLossyLink(url, setup.lossy, scope);
        const link = await startLink(far, { down: setup.link, up }, scope);
        links.push(link);
        return link.url;
      },
    },
    scope,
  );
  const [link] = links;
  if (link === undefined) throw new Error('the link was not asked for');
  return { ...parts, link };
}

/** As a click on its button does. */
export async function enlargeTile(page: ScriptedPage, camera: string): Promise<void> {
  await page.evaluate(
    (button) => document.querySelector<HTMLElement>(button)?.click(),
    `[data-camera="${camera}"] .tile-expand`,
  );
}
