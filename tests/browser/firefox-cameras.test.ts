/** The paired relay's cameras on the options page, in a real Firefox: allowed, named, ordered, found, tested, added, removed. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import { cameraConfig, syntheticCameras } from '../../rig/cameras.ts';
import { type Firefox, firefoxPath, launchFirefox, pairFirefox } from '../../rig/firefox.ts';
import { RELAY_PROGRAM, type RunningRelay, startRelay } from '../../rig/relay.ts';
import { inProject } from '../../rig/root.ts';
import { eventually } from '../support/eventually.ts';
import { startFoundCamera } from '../support/found-camera.ts';
import { LOGIN } from '../support/lying-camera.ts';
import { rtspMissing } from '../support/rtsp-camera.ts';

const binary = firefoxPath();
const noRtsp = rtspMissing();
const CAMERAS = syntheticCameras(2, 320, 180, 5);
const [FIRST = '', SECOND = ''] = CAMERAS.map(({ name }) => name);

describe.skipIf(binary === undefined)('Firefox', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-firefox-cameras-'));
  const file = join(folder, 'lockstep.yaml');
  const read = (): string => readFileSync(file, 'utf8');
  let relay: RunningRelay;
  let firefox: Firefox;

  beforeAll(async () => {
    relay = await startRelay(
      { mediamtx: { enabled: false }, cameras: CAMERAS.map(cameraConfig) },
      { folder },
    );
    writeFileSync(file, read().replace('cameras:\n', 'cameras:\n  # Mine: left of the door.\n'));
    firefox = await launchFirefox(binary ?? '', inProject('dist/firefox'));
    await pairFirefox(firefox, relay.url, await relay.pairingCode());
  });

  afterAll(async () => {
    await firefox?.close();
    await relay?.stop();
    rmSync(folder, { recursive: true });
  });

  const shows = (words: string | RegExp): Promise<string> =>
    eventually(
      `the page shows ${words}`,
      async () => String(await firefox.evaluate('document.body.innerText')),
      (text) => (typeof words === 'string' ? text.includes(words) : words.test(text)),
      20_000,
    );

  /** @param label what the button is called, for the eye or by its label */
  const click = (label: string): Promise<unknown> =>
    eventually(
      `there is a button ${label}`,
      () =>
        firefox.evaluate((name) => {
          const found = [...document.querySelectorAll('button')].find(
            (button) => button.ariaLabel === name || button.textContent.trim() === name,
          );
          const enabled = found !== undefined && found.ariaDisabled !== 'true';
          if (enabled) found.click();
          return enabled;
        }, label),
      (clicked) => clicked === true,
    );

  const fill = async (label: string, value: string): Promise<void> => {
    await firefox.evaluate(
      ([name, text]) => {
        const input = [...document.querySelectorAll('input')].find(
          ({ ariaLabel, labels }) => ariaLabel === name || labels?.[0]?.textContent.includes(name ?? ''),
        );
        if (input === undefined) throw new Error(`no field ${name}`);
        input.value = text ?? '';
        input.dispatchEvent(new Event('input', { bubbles: true }));
      },
      [label, value],
    );
  };

  test('once it is allowed, it names and orders cameras, and comments stay', async () => {
    await firefox.open('options.html');
    const [command = ''] =
      /lockstep tokens allow [0-9a-f]{8}/.exec(await shows(/lockstep tokens allow \w/)) ?? [];
    const args = [RELAY_PROGRAM, ...command.split(' ').slice(1), '--config', file];
    await promisify(execFile)(process.execPath, args);
    await click('Check again');
    await click(`Rename ${FIRST}`);
    await shows('Save');
    await fill(`New name of ${FIRST}`, 'Side door');
    await click('Save');
    await shows('It is called “Side door” now.');
    await click('Move Side door down');
    await shows('Moved to place 2 of 2.');
    expect(parse(read()).cameras.map(({ name }: { name: string }) => name)).toEqual([SECOND, 'Side door']);
    expect(read()).toMatch(/ {2}# Mine: left of the door\.\n {2}- id: cam1/);
  });

  test.skipIf(noRtsp !== undefined)(
    `a camera that is found is tested with its password, added, plays, and is removed${noRtsp === undefined ? '' : `: ${noRtsp}`}`,
    async () => {
      const camera = await startFoundCamera('Meadow');
      onTestFinished(() => camera.stop());
      await firefox.open('options.html');
      await click('Look for cameras');
      await click('Use Meadow');
      await fill('User of the camera', LOGIN.username);
      await fill('Password of the camera', LOGIN.password);
      await click('Test the camera');
      await shows('Works well');
      expect(
        await firefox.evaluate(() => document.querySelector<HTMLImageElement>('.tested img')?.naturalWidth),
      ).toBe(320);
      await click('Add to the wall');
      await shows('“Meadow” is on the wall now.');
      expect(parse(read()).cameras.at(-1)).toMatchObject({ id: 'meadow', source: LOGIN });

      await firefox.open('wall.html');
      await eventually(
        'it plays',
        async () =>
          Number(await firefox.evaluate(`document.querySelector('[data-camera=meadow] video')?.currentTime`)),
        (time) => time > 1,
        30_000,
      );

      await firefox.open('options.html');
      await click('Remove Meadow …');
      await click('Remove Meadow');
      await shows('“Meadow” is removed.');
      expect(parse(read()).cameras).toHaveLength(2);
      expect(read()).toContain('# Mine: left of the door.');
    },
  );
});
