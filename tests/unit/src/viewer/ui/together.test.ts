import { describe, expect, it } from 'vitest';
import { together } from '../../../../../src/viewer/ui/together.ts';
import type { TileView } from '../../../../../src/viewer/wall/wall-view.ts';
import { cameraState, tileView, wallView } from '../../../../support/wall-state.ts';

const rungs = (fps: number) => [{ id: 'main', width: 640, height: 360, fps, bitrateKbps: 600 }];
const CAMERAS = [
  cameraState({ id: 'gate', rungs: rungs(30) }),
  cameraState({ id: 'yard', rungs: rungs(15) }),
];
const view = (yard: Partial<TileView> = {}) =>
  wallView({ skewMs: 3.2, tiles: [tileView(), tileView({ camera: 'yard', ...yard })] });

describe('together', () => {
  it('adds the time that a picture of the slowest camera stands to the distance of the clocks', () => {
    const result = together(view(), CAMERAS);
    expect(result).toMatchObject({ label: 'pictures within', apartMs: 70 });
    expect(result?.explanation).toContain('3 ms apart');
    expect(result?.explanation).toContain('67 ms');
  });

  it('counts the rung that plays, and no tile that is on its own or stands', () => {
    const fast = { id: 'fast', width: 640, height: 360, fps: 50, bitrateKbps: 600 };
    const cameras = CAMERAS.map((camera) => ({ ...camera, rungs: [...camera.rungs, fast] }));
    const tiles = [tileView({ rung: 'fast' }), tileView({ camera: 'yard', rung: 'fast' })];
    expect(together(wallView({ skewMs: 3.2, tiles }), cameras)?.apartMs).toBe(23);
    expect(together(view({ inGroup: false }), CAMERAS)?.apartMs).toBe(37);
    expect(together(view({ phase: 'stale' }), CAMERAS)?.apartMs).toBe(37);
  });

  it('speaks of clocks only while the rhythm of a camera is not known', () => {
    expect(together(view(), CAMERAS.slice(0, 1))).toMatchObject({ label: 'clocks within', apartMs: 3 });
  });

  it('has nothing to say of fewer than two tiles in step', () => {
    expect(together(wallView({ skewMs: undefined }), CAMERAS)).toBeUndefined();
  });
});
