/** The same extension in a real Firefox: it loads, pairs, plays, and makes no false promise of real-time. */
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { cameraConfig, syntheticCameras } from '../../rig/cameras.ts';
import { type RunningRelay, startRelay } from '../../rig/relay.ts';
import { inProject } from '../../rig/root.ts';
import { eventually } from '../support/eventually.ts';
import { type Firefox, firefoxPath, launchFirefox } from '../support/firefox.ts';
import { mediamtxOnPath } from '../support/mediamtx-rig.ts';

const binary = firefoxPath();
const mediamtx = await mediamtxOnPath();
const CAMERAS = syntheticCameras(2, 320, 180, 15);

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

  /** Through the options page, as a user does. */
  async function pairWith({ url, pairingCode }: RunningRelay): Promise<void> {
    await firefox.open('options.html');
    await eventually(
      'the form is there',
      async () => {
        await firefox.evaluate(
          `[...document.querySelectorAll('button')].find((b) => b.textContent.trim() === 'Unpair')?.click()`,
        );
        return firefox.evaluate('document.querySelectorAll("form input").length');
      },
      (count) => Number(count) >= 2,
    );
    const code = await pairingCode();
    await firefox.evaluate(`(() => {
      const type = (label, text) => {
        const element = [...document.querySelectorAll('label')].find((l) => l.textContent.includes(label));
        const input = element.control ?? element.querySelector('input');
        input.value = text;
        input.dispatchEvent(new Event('input', { bubbles: true }));
      };
      type('Relay address', ${JSON.stringify(url.replace('http://', ''))});
      type('Pairing code', ${JSON.stringify(code)});
      return true;
    })()`);
    await firefox.evaluate(
      `[...document.querySelectorAll('button')].find((b) => b.textContent.trim() === 'Pair').click()`,
    );
    await eventually('it says paired', textOf, (text) => /paired with/i.test(String(text)));
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

  test('pairs through the options page', () => pairWith(relay));

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
});
