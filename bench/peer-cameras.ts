/** The cameras of suite `peers`: prepared clips over RTSP, the last of them on a server of its own, to be late or restarted. */
import { type Scope, say } from '../rig/cli.ts';
import type { ClipSpec } from '../rig/clips.ts';
import { type ClipServer, SMALL_CLIP, serveClips } from '../rig/rtsp-clips.ts';
import type { Scenario, WallSpec } from './peer-rows.ts';

/** How much later the pictures of the slow camera come. */
export const LATE_MS = 300;

export interface PeerCameras {
  /** cam1, cam2, … */
  readonly ids: readonly string[];
  /** By id. */
  readonly urls: Readonly<Record<string, string>>;
  readonly wrapMs: number;
  /** Ends the last camera, does `meanwhile`, and starts it again at its address. */
  restart(meanwhile: () => Promise<void>): Promise<void>;
}

/** Stopped with `scope`. */
export async function startPeerCameras(
  { tiles, fps }: WallSpec,
  scenario: Scenario,
  scope: Scope,
): Promise<PeerCameras> {
  const ids = Array.from({ length: tiles }, (_, index) => `cam${index + 1}`);
  const spec: ClipSpec = { ...SMALL_CLIP, fps };
  const streams = (names: readonly string[]): Record<string, ClipSpec> =>
    Object.fromEntries(names.map((id) => [id, spec]));
  const last = ids.slice(-1);
  const serveLast = (port: number): Promise<ClipServer> =>
    serveClips(streams(last), say, { port, lateMs: scenario === 'slow' ? LATE_MS : 0 });
  const others = await serveClips(streams(ids.slice(0, -1)), say);
  scope.defer(() => others.stop());
  let victim = await serveLast(0);
  scope.defer(() => victim.stop());
  return {
    ids,
    urls: Object.fromEntries(ids.map((id) => [id, (last.includes(id) ? victim : others).url(id)])),
    wrapMs: others.wrapMs,
    async restart(meanwhile) {
      await victim.stop();
      await meanwhile();
      victim = await serveLast(victim.port);
    },
  };
}
