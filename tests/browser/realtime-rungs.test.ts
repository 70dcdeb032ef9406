/** A real-time tile that is enlarged, in a real Chromium with a real MediaMTX: it goes over to the larger rung. */
import { describe, expect, onTestFinished, test } from 'vitest';
import { openWall } from '../../rig/browser.ts';
import { cameraConfig, syntheticCameras } from '../../rig/cameras.ts';
import { realtimeTiles } from '../../rig/wall-run.ts';
import { eventually } from '../support/eventually.ts';
import { mediamtxOnPath } from '../support/mediamtx-rig.ts';
import { startPaired } from '../support/paired.ts';
import { allRealtime, switchOn, watchPicture } from '../support/realtime-wall.ts';

const program = await mediamtxOnPath();

/** The WebRTC sessions by which MediaMTX sends this path, by what it logged. */
function sendingSessions(log: string, path: string): string[] {
  const opened = [...log.matchAll(/\[WebRTC\] \[session (\w+)\] is reading from path '([^']+)'/g)];
  return opened.flatMap(([, id = '', of]) => (of === path && !log.includes(`${id}] closed`) ? [id] : []));
}

describe.skipIf(program === undefined)('real-time tiles (need mediamtx on PATH)', () => {
  test('play a larger rung when the tile is enlarged, without a gap, and end the session of the smaller', async () => {
    const rungs = [
      { id: 'large', size: '640x360' },
      { id: 'small', size: '320x180' },
    ];
    const cameras = syntheticCameras(2, 640, 360).map((camera) => ({
      ...cameraConfig(camera),
      encode: { fps: camera.fps, rungs },
    }));
    const paired = await startPaired(
      {
        logLevel: 'debug',
        mediamtx: { enabled: true, webrtc: { enabled: true } },
        cameras,
      },
      // Half as wide as this, a tile is 180 pixels high.
      { browser: { width: 640, height: 400 } },
    );
    onTestFinished(() => paired.stop());
    const { relay, browser } = paired;
    await switchOn(browser);
    const wall = await openWall(browser, cameras.length);
    await allRealtime(wall, cameras.length);
    const widths = (): Promise<number[]> =>
      wall.evaluate(() => [...document.querySelectorAll('video')].map(({ videoWidth }) => videoWidth));
    // The small rung is made once push has asked for it; until then there is only the large one.
    await eventually('small pictures', widths, (sizes) => sizes.join() === '320,320', 10_000);
    const watching = watchPicture(wall, 'cam1', 4_000);
    await wall
      .locator('[data-camera="cam1"]')
      .getByRole('button', { name: /Enlarge/ })
      .click({ force: true });
    await eventually('the picture is larger', widths, ([width]) => width === 640, 3_500);
    const { longestMs, blank, heldUpMs } = await watching;
    expect(blank).toBe(0);
    expect(longestMs - heldUpMs).toBeLessThan(500);
    expect(await widths()).toEqual([640, 320]);
    expect(await realtimeTiles(wall)).toBe(cameras.length);
    await eventually(
      'MediaMTX sends each tile one rung',
      () =>
        ['cam1/small', 'cam1/large', 'cam2/small'].map((path) => sendingSessions(relay.log(), path).length),
      (counts) => counts.join() === '0,1,1',
    );
  });
});
