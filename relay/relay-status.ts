/** How the relay does at one moment, for `lockstep status`. Pure. */
import type { CameraState, CameraTelemetry } from '../src/wire/protocol.ts';
import type { Camera } from './camera/camera.ts';
import type { Certificate } from './config/certificate.ts';

/** How the relay does at one moment. */
export interface RelayStatus {
  readonly version: string;
  readonly url: string;
  readonly elsewhere: readonly string[];
  /** That of its TLS, as it is by now. */
  readonly certificate: Omit<Certificate, 'certificate' | 'key'> | null;
  /** Since its start. */
  readonly upMs: number;
  readonly mediamtx: 'on' | 'off';
  /** Of this host: its cores, the share of them that was busy lately (0 to 1), and what transcoders take of them. */
  readonly load: { readonly cores: number; readonly busy: number; readonly transcoderCores: number };
  readonly cameras: readonly (CameraState & {
    /** Who plays LL-HLS over HTTP is not counted: players come and go with each request. */
    readonly viewers: { readonly push: number; readonly realtime: number };
    readonly telemetry: CameraTelemetry | null;
  })[];
}

/** Who tells how many watch a camera. */
interface Viewed {
  viewersOf(camera: Camera): number;
}

export function camerasStatus(
  cameras: ReadonlyMap<string, Camera>,
  { push, whep }: { readonly push: Viewed; readonly whep: Viewed },
): RelayStatus['cameras'] {
  return [...cameras.values()].map((camera) => ({
    ...camera.state(),
    viewers: { push: push.viewersOf(camera), realtime: whep.viewersOf(camera) },
    telemetry: camera.telemetry() ?? null,
  }));
}
