/** A tile that is enlarged, of a camera whose 4K stream and substream are passed on, in a real Chromium. */
import { expect, onTestFinished, test } from 'vitest';
import { launchBrowser, openWall, pair } from '../../rig/browser.ts';
import type { ClipSpec } from '../../rig/clips.ts';
import { startRelay } from '../../rig/relay.ts';
import { serveClips } from '../../rig/rtsp-clips.ts';
import { enlarge } from '../../rig/rung-switch.ts';
import { chooseMode } from '../../rig/wall-run.ts';
import { eventually } from '../support/eventually.ts';
import { rtspMissing } from '../support/rtsp-camera.ts';

const CLIP = { codec: 'h264', keyframeSeconds: 2, seconds: 4, noise: 0 } as const;
/** So slow that every host decodes it. */
const MAIN: ClipSpec = { ...CLIP, width: 3840, height: 2160, fps: 5, bitrateKbps: 6_000 };
const SUB: ClipSpec = { ...CLIP, width: 640, height: 360, fps: 15, bitrateKbps: 500 };

/** Keyframes are so far apart that a tile which had to wait for one would be noticed. */
const SELDOM: ClipSpec = {
  ...CLIP,
  keyframeSeconds: 8,
  seconds: 8,
  width: 1280,
  height: 720,
  fps: 5,
  bitrateKbps: 1_000,
};
const SELDOM_SUB: ClipSpec = { ...SUB, seconds: 8 };

const missing = rtspMissing();
const unless = missing === undefined ? '' : ` (${missing})`;

/** A wall of two cameras, of which the first sends these two streams, with substreams in both tiles. */
async function openTwo(main: ClipSpec, sub: ClipSpec) {
  const server = await serveClips({ main, sub, other: sub }, () => {});
  onTestFinished(() => server.stop());
  const source = { type: 'rtsp', url: server.url('main'), substreams: [{ url: server.url('sub') }] };
  const relay = await startRelay({
    mediamtx: { enabled: false },
    cameras: [
      { id: 'cam1', name: 'Garden', source },
      { id: 'cam2', name: 'Door', source: { type: 'rtsp', url: server.url('other') } },
    ],
  });
  onTestFinished(() => relay.stop());
  const browser = await launchBrowser({ headless: true });
  onTestFinished(() => browser.close());
  await pair(browser, relay.url, await relay.pairingCode());
  await chooseMode(browser, 'ultra-low');
  const wall = await openWall(browser, 2);
  await eventually(
    'substreams in small tiles',
    () => wall.evaluate(() => [...document.querySelectorAll('video')].map((video) => video.videoWidth)),
    (widths) => widths.every((width) => width === sub.width),
    15_000,
  );
  await wall.waitForTimeout(3_000); // The rung of a tile is changed every three seconds at most.
  return { relay, wall };
}

test.skipIf(missing !== undefined)(
  `an enlarged tile goes over to the 4K stream of its camera, and nothing is encoded for it${unless}`,
  async () => {
    const { relay, wall } = await openTwo(MAIN, SUB);
    const before = relay.children().map(({ label }) => label);

    // The first picture of another size: none that the relay would have had to make comes in between.
    expect(await enlarge(wall, 'cam1')).toMatchObject({ fromWidth: 640, toWidth: 3840 });
    const streams = [...before, 'camera cam1 (main)'];
    expect(relay.children().filter(({ label }) => !streams.includes(label))).toEqual([]);
  },
  120_000,
);

test.skipIf(missing !== undefined)(
  `an enlarged tile shows the stream of its camera long before its next keyframe${unless}`,
  async () => {
    const { wall } = await openTwo(SELDOM, SELDOM_SUB);
    await wall.waitForTimeout(SELDOM.keyframeSeconds * 1000); // The relay, too, has to wait for the first one.
    for (let time = 0; time < 3; time += 1) {
      const { switchedMs, gapMs, ...widths } = await enlarge(wall, 'cam1');
      expect(widths).toEqual({ camera: 'cam1', fromWidth: 640, toWidth: 1280 });
      expect(switchedMs).toBeLessThan(2_500);
      expect(gapMs).toBeLessThan(1_000);

      await wall.keyboard.press('Escape');
      await eventually(
        'the substream again, in one element',
        () => wall.evaluate(() => [...document.querySelectorAll('video')].map((video) => video.videoWidth)),
        (all) => all.length === 2 && all.every((width) => width === 640),
        12_000,
      );
      await wall.waitForTimeout(3_000);
    }
  },
  120_000,
);
