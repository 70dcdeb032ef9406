/** Full, plausible pieces of a wall's state, with overrides. */

import type { TileView, WallView } from '../../src/viewer/wall/wall-view.ts';
import type { CameraState } from '../../src/wire/protocol.ts';

export function cameraState(patch: Partial<CameraState> = {}): CameraState {
  return {
    id: 'gate',
    name: 'Gate',
    state: 'live',
    sinceMs: 50_000,
    reason: '',
    source: 'test',
    rungs: [{ id: 'main', width: 640, height: 360, fps: 30, bitrateKbps: 600 }],
    restarts: 0,
    offsetMs: 0,
    ...patch,
  };
}

export function tileView(patch: Partial<TileView> = {}): TileView {
  return {
    camera: 'gate',
    phase: 'playing',
    sinceMs: 2000,
    reason: '',
    latencyMs: 304,
    offsetMs: 4,
    bufferMs: 230,
    rate: 1,
    stalls: 0,
    skippedParts: 0,
    frames: { total: 900, dropped: 1 },
    width: 640,
    height: 360,
    rung: undefined,
    inGroup: true,
    ...patch,
  };
}

export function wallView(patch: Partial<WallView> = {}): WallView {
  return {
    mode: 'auto',
    effective: 'ultra-low',
    targetMs: 300,
    why: 'the link holds it',
    decisions: [],
    link: undefined,
    asks: 'all',
    skewMs: 7.4,
    tiles: [tileView()],
    ...patch,
  };
}
