/** The same extension in a real Firefox: it loads, pairs, plays, and makes no false promise of real-time. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { cameraConfig, syntheticCameras } from '../../rig/cameras.ts';
import type { ClipSpec } from '../../rig/clips.ts';
import { type Firefox, firefoxPath, launchFirefox, pairFirefox } from '../../rig/firefox.ts';
import { type RunningRelay, startRelay } from '../../rig/relay.ts';
import { inProject } from '../../rig/root.ts';
import { serveClips } from '../../rig/rtsp-clips.ts';
import { eventually } from '../support/eventually.ts';

import { mediamtxOnPath } from '../support/mediamtx-rig.ts';
import { rtspMissing } from '../support/rtsp-camera.ts';

const binary = firefoxPath();
const mediamtx = await mediamtxOnPath();
const CAMERAS = syntheticCameras(2, 320, 180, 15);
const noRtsp = rtspMissing();

const HEVC: ClipSpec = {
  ...{ codec: 'hevc', width: 640, height: 360, fps: 15, bitrateKbps: 400 },
  ...{ keyframeSeconds: 1, seconds: 4, noise: 0 },
};
/** What the first video has shown, and how many different greys are in it now. */
const LOOK = `(() => {
  const video = document.querySelector('video');
  const canvas = document.createElement('canvas');
  const [width, height] = [canvas.width, canvas.height] = [64, 36];
  const context = canvas.getContext('2d');
  context.drawImage(video, 0, 0, width, height);
  const { data } = context.getImageData(0, 0, width, height);
  const { totalVideoFrames: frames, droppedVideoFrames: dropped } = video.getVideoPlaybackQuality();
  return JSON.stringify({ frames, dropped, greys: new Set(data.filter((_, n) => n % 4 === 1)).size });
})()`;

describe.skipIf(binary === undefined)('Firefox', () => {
  let relay: RunningRelay;
  let firefox: Firefox;

  beforeAll(async () => {
    relay = await startRelay({ mediamtx: { enabled: false }, cameras: CAMERAS.map(cameraConfig) });
    firefox = await launchFirefox(binary ?? '', inProject('dist/firefox'));
  });

  afterAll(async () => {
    await firefox?.close();
    await relay?.stop();
  });

  const textOf = (): Promise<unknown> => firefox.evaluate('document.body.innerText');

  async function pairWith({ url, pairingCode }: RunningRelay): Promise<void> {
    await pairFirefox(firefox, url, await pairingCode());
  }

  const times = async (): Promise<number[]> =>
    JSON.parse(
      String(
        await firefox.evaluate(
          `JSON.stringify([...document.querySelectorAll('video')].map((video) => video.currentTime))`,
        ),
      ),
    );

  const playing = (): Promise<number[]> =>
    eventually(
      'two videos play',
      times,
      (found) => found.filter((time) => time > 0.5).length === CAMERAS.length,
      40_000,
    );

  test('pairs through the options page, by the link', () => pairWith(relay));

  test('shows every camera, moving', async () => {
    await firefox.open('wall.html');
    const first = await playing();
    await eventually('they go on', times, (now) => now.every((time, tile) => time > (first[tile] ?? 0) + 1));
    expect(await times()).toHaveLength(CAMERAS.length);
  });

  test('knows its wall: the icon has the popup, and whoever asks for the wall gets this one', async () => {
    await firefox.open('wall.html');
    await playing();
    const popup = () => firefox.evaluate('browser.action.getPopup({})');
    await eventually('the popup is set', popup, (page) => String(page).endsWith('popup.html'));
    const before = await firefox.evaluate('browser.tabs.query({}).then((tabs) => tabs.length)');
    // As the popup does for a click on a camera.
    await firefox.evaluate(
      `browser.tabs.query({ active: false }).then(async ([other]) => {
        await browser.tabs.update(other.id, { active: true });
        await browser.runtime.sendMessage({ to: 'background:show-wall', camera: '${CAMERAS[1]?.id}' });
      })`,
    );
    await eventually(
      'the camera is enlarged',
      () => firefox.evaluate(`document.querySelector('.tile.enlarged')?.dataset.camera ?? ''`),
      (id) => id === CAMERAS[1]?.id,
    );
    await eventually(
      'the wall is in front',
      () => firefox.evaluate('browser.tabs.getCurrent().then((tab) => tab.active)'),
      (active) => active === true,
    );
    expect(await firefox.evaluate('browser.tabs.query({}).then((tabs) => tabs.length)')).toBe(before);
  });

  test('a wall that is only loading takes the camera that is asked for, and the same one again later', async () => {
    await firefox.open('options.html');
    const ask = (camera: string) =>
      firefox.evaluate(`browser.runtime.sendMessage({ to: 'background:show-wall', camera: '${camera}' })`);
    const shown = (camera: string) =>
      eventually(
        `${camera} is enlarged`,
        () =>
          firefox.evaluate(`browser.extension.getViews({ type: 'tab' })
            .map(({ document }) => document.querySelector('.tile.enlarged')?.dataset.camera ?? '').join('')`),
        (id) => id === camera,
      );
    // Nobody sees yet what the first one opened.
    await ask(CAMERAS[0]?.id ?? '');
    await ask(CAMERAS[1]?.id ?? '');
    await shown(CAMERAS[1]?.id ?? '');
    await ask(CAMERAS[0]?.id ?? '');
    await shown(CAMERAS[0]?.id ?? '');
    const walls = `browser.tabs.query({ url: browser.runtime.getURL('wall.html*') })`;
    expect(await firefox.evaluate(`${walls}.then((tabs) => tabs.length)`)).toBe(1);
    await firefox.evaluate(`${walls}.then(([tab]) => browser.tabs.remove(tab.id))`);
  });

  test.skipIf(mediamtx === undefined)(
    'asked for real-time without H.264 for WebRTC, plays by push at once, and says so',
    async ({ skip }) => {
      const codecs = await firefox.evaluate(
        `RTCRtpReceiver.getCapabilities('video').codecs.map(({ mimeType }) => mimeType).join()`,
      );
      skip(/h264/i.test(String(codecs)), 'this Firefox has H.264 for WebRTC already');
      const realtime = await startRelay({
        logLevel: 'debug',
        mediamtx: { enabled: true, webrtc: { enabled: true } },
        cameras: CAMERAS.map(cameraConfig),
      });
      onTestFinished(() => realtime.stop());
      await pairWith(realtime);
      await eventually(
        'real-time can be chosen',
        () =>
          firefox.evaluate(`(() => {
            const box = document.querySelector('label.check input[aria-describedby]:enabled');
            box?.click();
            return box?.checked ?? false;
          })()`),
        (checked) => checked === true,
      );
      expect(await textOf()).toContain('This browser has no H.264 for WebRTC at the moment');
      await firefox.open('wall.html');
      await playing();
      await firefox.evaluate(`document.dispatchEvent(new KeyboardEvent('keydown', { key: 's' }))`);
      await eventually('each tile says why', textOf, (found) => {
        return String(found).split('this browser has no H.264 for WebRTC').length - 1 === CAMERAS.length;
      });
      const words = await firefox.evaluate(
        `[...document.querySelectorAll('.tile .state')].map((word) => word.textContent).join()`,
      );
      expect(words).toBe('Live,Live');
      expect(realtime.log()).not.toContain('real-time session opened');
    },
  );

  test.skipIf(noRtsp !== undefined)(
    `plays H.265 as the camera sends it, and nothing is encoded${noRtsp === undefined ? '' : ` (${noRtsp})`}`,
    async ({ skip }) => {
      const plays = `MediaSource.isTypeSupported('video/mp4; codecs="hvc1.1.6.L63.B0"')`;
      skip((await firefox.evaluate(plays)) !== true, 'this Firefox plays no H.265');
      // The clip is not for the cache of whoever runs the tests.
      const cache = await mkdtemp(join(tmpdir(), 'lockstep-firefox-hevc-'));
      onTestFinished(() => rm(cache, { recursive: true }));
      vi.stubEnv('XDG_CACHE_HOME', cache);
      onTestFinished(() => void vi.unstubAllEnvs());
      const server = await serveClips({ door: HEVC }, () => undefined);
      onTestFinished(() => server.stop());
      const source = { type: 'rtsp', url: server.url('door') };
      const house = await startRelay({ mediamtx: { enabled: false }, cameras: [{ id: 'door', source }] });
      onTestFinished(() => house.stop());
      await pairWith(house);
      await firefox.open('wall.html');
      await eventually('it plays', times, ([time = 0]) => time > 2, 40_000);
      await firefox.evaluate(`document.dispatchEvent(new KeyboardEvent('keydown', { key: 's' }))`);
      await eventually('it says so', textOf, (text) =>
        String(text).includes('Main stream 640×360, as the camera sends it'),
      );
      const { frames, dropped, greys } = await eventually(
        'pictures come',
        async () => JSON.parse(String(await firefox.evaluate(LOOK))),
        (look) => look.frames > 30,
      );
      expect(dropped).toBeLessThan(frames / 4);
      expect(greys, 'there is a picture, not one colour').toBeGreaterThan(20);
      expect(house.children().map(({ label }) => label)).toEqual(['camera door (main)']);
    },
  );
});
