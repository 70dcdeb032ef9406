/** The paired relay's cameras on the options page, in a real Chromium: allowed, named, ordered, tested, added, removed. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import { openWall } from '../../rig/browser.ts';
import { cameraConfig, syntheticCameras } from '../../rig/cameras.ts';
import { RELAY_PROGRAM } from '../../rig/relay.ts';
import { eventually } from '../support/eventually.ts';
import { startFoundCamera } from '../support/found-camera.ts';
import { LOGIN } from '../support/lying-camera.ts';
import { type Paired, startPaired } from '../support/paired.ts';
import { rtspMissing, startRtspCamera } from '../support/rtsp-camera.ts';

const CAMERAS = syntheticCameras(2, 320, 180, 5);
const [FIRST = '', SECOND = ''] = CAMERAS.map(({ name }) => name);
const folder = mkdtempSync(join(tmpdir(), 'lockstep-manage-'));
const file = join(folder, 'lockstep.yaml');
const read = (): string => readFileSync(file, 'utf8');
let paired: Paired;

beforeAll(async () => {
  paired = await startPaired(
    { mediamtx: { enabled: false }, cameras: CAMERAS.map(cameraConfig) },
    { relay: { folder } },
  );
  writeFileSync(file, read().replace('cameras:\n', 'cameras:\n  # Mine: left of the door.\n'));
});

afterAll(async () => {
  await paired?.stop();
  rmSync(folder, { recursive: true });
});

async function open(): Promise<Page> {
  const page = await paired.browser.context.newPage();
  page.setDefaultTimeout(15_000);
  onTestFinished(() => page.close());
  await page.goto(paired.browser.url('options.html'));
  return page;
}

/** The relay's own row has a button of this name too. */
const list = (page: Page) => page.getByRole('list', { name: 'Cameras, in the order of the wall' });
const names = (page: Page): Promise<string[]> =>
  list(page).getByRole('listitem').locator('.camera-name').allInnerTexts();
const focused = (page: Page): Promise<string | null | undefined> =>
  page.evaluate(() => document.activeElement?.getAttribute('aria-label'));

async function findings(page: Page): Promise<string[]> {
  const all: string[] = [];
  for (const colorScheme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme });
    await page.evaluate(axe.source);
    const found = await page.evaluate(async () => {
      const { axe: runner } = globalThis as unknown as { axe: typeof axe };
      const { violations } = await runner.run();
      return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`);
    });
    all.push(...found.map((each) => `${colorScheme}: ${each}`));
  }
  return all;
}

test('a browser that may only watch is told how it may, and needs no new pairing for it', async () => {
  const page = await open();
  const command = await page.getByText(/^lockstep tokens allow [0-9a-f]{8}$/).textContent();
  expect(await findings(page)).toEqual([]);
  await promisify(execFile)(process.execPath, [
    RELAY_PROGRAM,
    ...String(command).split(' ').slice(1),
    '--config',
    file,
  ]);
  await page.getByRole('button', { name: 'Check again' }).click();
  await page.getByRole('button', { name: `Rename ${FIRST}` }).waitFor();
});

describe('by keyboard alone', () => {
  test('a camera is named, moved and removed, and the keyboard never loses its place', async () => {
    const page = await open();
    const rename = page.getByRole('button', { name: `Rename ${FIRST}` });
    await rename.focus();
    await page.keyboard.press('Enter');
    // What is typed before that goes nowhere, as on a busy host.
    await page.getByLabel(`New name of ${FIRST}`).and(page.locator(':focus')).waitFor();
    await page.keyboard.type('Side door');
    expect(await findings(page)).toEqual([]);
    await page.keyboard.press('Enter');
    await page.getByText('It is called “Side door” now.').waitFor();
    await eventually(
      'the focus is back',
      () => focused(page),
      (label) => label === 'Rename Side door',
    );
    expect(read()).toContain('# Mine: left of the door.');

    await page.keyboard.press('Shift+Tab');
    expect(await focused(page)).toBe('Move Side door down');
    await page.keyboard.press('Enter');
    await page.getByText('Moved to place 2 of 2.').waitFor();
    await eventually(
      'the focus stays',
      () => focused(page),
      (label) => label === 'Move Side door down',
    );
    expect((await names(page)).map((name) => name.split(' ')[0])).toEqual([SECOND, 'Side']);
    expect(read()).toMatch(/ {2}# Mine: left of the door\.\n {2}- id: cam1/);

    await page.getByRole('button', { name: `Remove ${SECOND} …` }).focus();
    await page.keyboard.press('Enter');
    await eventually(
      'the way back has the focus',
      () => focused(page),
      (label) => label === `Keep ${SECOND}`,
    );
    await page.keyboard.press('Enter');
    await eventually(
      'the focus is back',
      () => focused(page),
      (label) => label === `Remove ${SECOND} …`,
    );
    await page.keyboard.press('Enter');
    await eventually(
      'the way back has the focus',
      () => focused(page),
      (label) => label === `Keep ${SECOND}`,
    );
    await page.keyboard.press('Shift+Tab');
    await page.keyboard.press('Enter');
    await page.getByText(`“${SECOND}” is removed.`).waitFor();
    expect(await names(page)).toHaveLength(1);
    await eventually(
      'the title has the focus',
      () => page.evaluate(() => document.activeElement?.id),
      (id) => id === 'cameras-title',
    );
  });
});

test('what was written by hand meanwhile is kept, and shown', async () => {
  const page = await open();
  const rename = list(page)
    .getByRole('button', { name: /^Rename / })
    .first();
  const name = String(await rename.getAttribute('aria-label')).replace('Rename ', '');
  await rename.click();
  writeFileSync(file, read().replace(name, 'Back door'));
  await page.getByLabel(`New name of ${name}`).fill('Gate');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('was changed by somebody else meanwhile').waitFor();
  await page.getByRole('button', { name: 'Cancel' }).click();
  await page.getByText('Back door').first().waitFor();
  expect(read()).toContain('Back door');
});

const missing = rtspMissing();

test.skipIf(missing !== undefined)(
  `a camera is tested, with a picture and a verdict, and added${missing === undefined ? '' : `: ${missing}`}`,
  async () => {
    const camera = await startRtspCamera({ user: LOGIN.username, password: LOGIN.password });
    onTestFinished(() => camera.stop());
    const page = await open();
    const address = page.getByLabel('Address of the camera or its stream');
    await address.fill('rtsp:/nowhere');
    await page.keyboard.press('Enter');
    await page.getByText('This is no address of a stream').waitFor();
    expect(await address.getAttribute('aria-invalid')).toBe('true');

    await address.fill(`rtsp://127.0.0.1:${camera.port}/whole`);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.type(LOGIN.username);
    await page.keyboard.press('Tab');
    await page.keyboard.type('wrong');
    await page.keyboard.press('Enter');
    await page.getByText('No picture', { exact: true }).waitFor();
    await page.getByText(/refuses the user or password/).waitFor();
    await page.getByLabel('Password of the camera').fill(LOGIN.password);
    await page.keyboard.press('Enter');
    await page.getByText('Works well').waitFor();
    const picture = page.getByAltText('What 127.0.0.1 shows');
    expect(
      await picture.evaluate((image) => {
        const { naturalWidth, naturalHeight } = image as unknown as {
          naturalWidth: number;
          naturalHeight: number;
        };
        return [naturalWidth, naturalHeight];
      }),
    ).toEqual([320, 240]);
    expect(await findings(page)).toEqual([]);
    await page.getByLabel('Name on the wall').fill('Yard');
    await page.getByRole('button', { name: 'Add to the wall' }).click();
    await page.getByText('“Yard” is on the wall now.').waitFor();
    expect(await page.getByLabel('Password of the camera').inputValue()).toBe('');
    expect(await address.evaluate((field) => field === document.activeElement)).toBe(true);
    expect(await page.content()).not.toContain(LOGIN.password);
    expect(read()).toContain('# Mine: left of the door.');
    expect(paired.relay.log()).not.toContain(LOGIN.password);
    await page.getByRole('button', { name: 'Rename Yard' }).waitFor();
  },
);

test.skipIf(missing !== undefined)(
  `one that is found in the network wants its password, is tested, added, and plays${missing === undefined ? '' : `: ${missing}`}`,
  async () => {
    const camera = await startFoundCamera('Orchard');
    onTestFinished(() => camera.stop());
    const page = await open();
    await page.getByRole('button', { name: 'Look for cameras' }).press('Enter');
    await page.getByText(/cameras? answers? in the network/).waitFor();
    const found = page.getByRole('list', { name: 'Cameras that answer in the network' });
    await found.getByText(`Orchard ${camera.place}`).waitFor();
    await page.getByRole('button', { name: 'Use Orchard' }).press('Enter');
    expect(await page.getByLabel('Address of the camera or its stream').inputValue()).toBe(camera.place);
    // The keyboard goes on where the next thing is to be typed.
    await page.getByLabel('User of the camera').and(page.locator(':focus')).waitFor();
    await page.keyboard.press('Enter');
    await page.getByText(/^Orchard: .*password/).waitFor();
    await page.keyboard.type(LOGIN.username);
    await page.getByLabel('Password of the camera').fill(LOGIN.password);
    await page.keyboard.press('Enter');
    await page.getByText('Works well').waitFor();
    await page.getByAltText('What Orchard shows').waitFor();
    expect(await findings(page)).toEqual([]);
    await page.getByRole('button', { name: 'Add to the wall' }).click();
    await page.getByText('“Orchard” is on the wall now.').waitFor();
    expect(read()).toContain('# Mine: left of the door.');
    expect(parse(read()).cameras.at(-1)).toMatchObject({
      id: 'orchard',
      source: { ...LOGIN, onvifId: 'urn:uuid:Orchard' },
    });
    expect(paired.relay.log()).not.toContain(LOGIN.password);

    const wall = await openWall(paired.browser, 2);
    onTestFinished(() => wall.close());
    const video = wall.locator('[data-camera="orchard"] video').first();
    await eventually(
      'it plays',
      () => video.evaluate((element) => (element as unknown as { currentTime: number }).currentTime),
      (time) => time > 1,
      20_000,
    );
  },
);
