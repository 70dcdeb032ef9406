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

const missing = rtspMissing();

test.skipIf(missing !== undefined)(
  `an enlarged tile goes over to the 4K stream of its camera, and nothing is encoded for it${missing === undefined ? '' : ` (${missing})`}`,
  async () => {
    const server = await serveClips({ main: MAIN, sub: SUB, other: SUB }, () => {});
    onTestFinished(() => server.stop());
    const main = { type: 'rtsp', url: server.url('main'), substreams: [{ url: server.url('sub') }] };
    const relay = await startRelay({
      mediamtx: { enabled: false },
      cameras: [
        { id: 'cam1', name: 'Garden', source: main },
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
      (widths) => widths.every((width) => width === 640),
      15_000,
    );
    await wall.waitForTimeout(3_000); // The rung of a tile is changed every three seconds at most.
    const before = relay.children().map(({ label }) => label);

    // The first picture of another size: none that the relay would have had to make comes in between.
    expect(await enlarge(wall, 'cam1')).toMatchObject({ fromWidth: 640, toWidth: 3840 });
    const streams = [...before, 'camera cam1 (main)'];
    expect(relay.children().filter(({ label }) => !streams.includes(label))).toEqual([]);
  },
  120_000,
);
