/**
 * Wall, popup and settings in German. Chromium has only the languages that its packages brought, so the extension gets
 * German as the language to fall back on, and no English.
 */
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launchBrowser, openWall, type RigBrowser } from '../../rig/browser.ts';
import { cameraConfig, syntheticCameras } from '../../rig/cameras.ts';
import { type RunningRelay, startRelay } from '../../rig/relay.ts';
import { inProject } from '../../rig/root.ts';

const CAMERAS = syntheticCameras(2, 320, 180, 15);
const PICTURES = process.env.LOCKSTEP_PICTURES;

let relay: RunningRelay;
let browser: RigBrowser;
let extension: string;
let keys: RegExp;

beforeAll(async () => {
  extension = await mkdtemp(join(tmpdir(), 'lockstep-german-'));
  await cp(inProject('dist/chrome-measure'), extension, { recursive: true });
  const manifest = JSON.parse(await readFile(join(extension, 'manifest.json'), 'utf8'));
  await writeFile(join(extension, 'manifest.json'), JSON.stringify({ ...manifest, default_locale: 'de' }));
  await rm(join(extension, '_locales/en'), { recursive: true });
  const texts = JSON.parse(await readFile(join(extension, '_locales/de/messages.json'), 'utf8'));
  // Those of one small word are words of the page, too.
  const raw = Object.keys(texts).filter((key) => /\p{Lu}|_/u.test(key));
  keys = new RegExp(`\\b(${raw.join('|')})\\b|__MSG|\\$\\d`);
  relay = await startRelay({ mediamtx: { enabled: false }, cameras: CAMERAS.map(cameraConfig) });
  browser = await launchBrowser({ headless: true, extension });
});

afterAll(async () => {
  await browser?.close();
  await relay?.stop();
  if (extension !== undefined) await rm(extension, { recursive: true, force: true });
});

/** German, without a raw key, and nothing wider than 420 px. */
async function judge(page: Page, name: string, words: readonly string[]): Promise<void> {
  await page.setViewportSize({ width: 420, height: 800 });
  const shown = (await page.locator('body').textContent()) ?? '';
  if (PICTURES !== undefined) await page.screenshot({ path: join(PICTURES, `${name}.png`), fullPage: true });
  for (const word of words) expect(shown).toContain(word);
  expect(await page.locator('body').innerHTML()).not.toMatch(keys);
  expect(await page.locator('html').getAttribute('lang')).toBe('de');
  const wide = await page.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>('body *')]
      .filter(
        (element) => element.checkVisibility() && element.getBoundingClientRect().right > innerWidth + 1,
      )
      .map((element) => `${element.tagName} ${element.className}`),
  );
  expect(wide).toEqual([]);
}

test('without a relay: settings and wall explain the way in German', async () => {
  const options = await browser.context.newPage();
  await options.goto(browser.url('options.html'));
  await judge(options, 'first-steps', [
    'Das Relay installieren',
    'Kopplungscode',
    'Ruhezeit',
    'Verzögerung je Modus',
  ]);
  expect(await options.title()).toBe('Lockstep Einstellungen');
  await options.goto(browser.url('wall.html'));
  await judge(options, 'no-relay', ['Noch kein Relay gekoppelt', 'Einstellungen öffnen', 'Ausgewogen']);
  await options.close();
});

test('with one: wall, popup and settings are German', async () => {
  const form = await browser.context.newPage();
  await form.goto(browser.url('options.html'));
  await form.getByLabel('Adresse oder Link des Relays').fill(relay.url.replace(/^http:\/\//, ''));
  await form.getByLabel('Kopplungscode').fill(await relay.pairingCode());
  await form.getByRole('button', { name: 'Koppeln', exact: true }).click();
  await form.getByText('Gekoppelt mit').waitFor();
  await form.close();
  const wall = await openWall(browser, CAMERAS.length);
  await wall.keyboard.press('s');
  await judge(wall, 'wall', ['Verzögerung', 'Auto', 'Verbindung']);
  const popup = await browser.context.newPage();
  await popup.goto(browser.url('popup.html'));
  await popup.locator('.camera').first().waitFor();
  await judge(popup, 'popup', ['Modus', 'Wand zeigen', 'Einstellungen', 'Wählt die kürzeste Verzögerung']);
  await popup.goto(browser.url('options.html'));
  await popup.locator('.relay-title').waitFor();
  await judge(popup, 'options', ['Gekoppelt mit', 'Verbunden, 2 Kameras', 'Die Wand empfängt']);
});
