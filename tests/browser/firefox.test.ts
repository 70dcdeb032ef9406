/** The same extension in a real Firefox: it loads, pairs, and plays. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cameraConfig, syntheticCameras } from '../../bench/rig/cameras.ts';
import { type RunningRelay, startRelay } from '../../bench/rig/relay.ts';
import { inProject } from '../../bench/rig/root.ts';
import { eventually } from '../support/eventually.ts';
import { type Firefox, firefoxPath, launchFirefox } from '../support/firefox.ts';

const binary = firefoxPath();
const CAMERAS = syntheticCameras(2, 320, 180, 15);

describe.skipIf(binary === undefined)('Firefox', () => {
  let relay: RunningRelay;
  let firefox: Firefox;

  beforeAll(async () => {
    relay = await startRelay({ engine: 'builtin', cameras: CAMERAS.map(cameraConfig) });
    firefox = await launchFirefox(binary ?? '', inProject('dist/firefox'));
  });

  afterAll(async () => {
    await firefox?.close();
    await relay?.stop();
  });

  test('pairs through the options page', async () => {
    await firefox.open('options.html');
    await eventually(
      'the form is there',
      () => firefox.evaluate('document.querySelectorAll("form input").length'),
      (count) => Number(count) >= 2,
    );
    const code = await relay.pairingCode();
    await firefox.evaluate(`(() => {
      const type = (label, text) => {
        const element = [...document.querySelectorAll('label')].find((l) => l.textContent.includes(label));
        const input = element.control ?? element.querySelector('input');
        input.value = text;
        input.dispatchEvent(new Event('input', { bubbles: true }));
      };
      type('Relay address', ${JSON.stringify(relay.url.replace('http://', ''))});
      type('Pairing code', ${JSON.stringify(code)});
      return true;
    })()`);
    await firefox.evaluate(
      `[...document.querySelectorAll('button')].find((b) => b.textContent.trim() === 'Pair').click()`,
    );
    await eventually(
      'it says paired',
      () => firefox.evaluate('document.body.innerText'),
      (text) => /paired with/i.test(String(text)),
    );
  });

  test('shows every camera, moving', async () => {
    await firefox.open('wall.html');
    const times = (): Promise<unknown> =>
      firefox.evaluate(
        `JSON.stringify([...document.querySelectorAll('video')].map((video) => video.currentTime))`,
      );
    const parse = (text: unknown): number[] => JSON.parse(String(text));
    const first = await eventually(
      'two videos play',
      times,
      (text) => parse(text).filter((time) => time > 0.5).length === 2,
      40_000,
    );
    await eventually('they go on', times, (text) =>
      parse(text).every((time, tile) => time > (parse(first)[tile] ?? 0) + 1),
    );
    expect(parse(await times())).toHaveLength(2);
  });
});
