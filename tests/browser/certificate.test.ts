/** A relay whose certificate only itself vouches for, in real browsers: refused, accepted by hand, and trusted by the system. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { loadCertificate } from '../../relay/config/certificate.ts';
import { launchBrowser, moving, openWall, type RigBrowser } from '../../rig/browser.ts';
import { cameraConfig, syntheticCameras } from '../../rig/cameras.ts';
import { firefoxPath, launchFirefox, pairFirefox } from '../../rig/firefox.ts';
import { findOnPath } from '../../rig/on-path.mjs';
import { type RunningRelay, startRelay } from '../../rig/relay.ts';
import { inProject } from '../../rig/root.ts';
import { background } from '../support/background.ts';
import { makePem } from '../support/certificate.ts';
import { eventually } from '../support/eventually.ts';

let folder: string;
let relay: RunningRelay;
/** Its address with TLS. */
let secure: string;
let fingerprint: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lockstep-cert-'));
  const tls = { certificate: join(folder, 'relay.crt'), key: join(folder, 'relay.key') };
  const pem = makePem(['IP:127.0.0.1'], ['-addext', 'basicConstraints=critical,CA:FALSE']);
  writeFileSync(tls.certificate, pem.certificate);
  writeFileSync(tls.key, pem.key, { mode: 0o600 });
  ({ fingerprint } = loadCertificate(tls));
  relay = await startRelay({
    server: { tls },
    mediamtx: { enabled: false },
    cameras: syntheticCameras(2, 320, 180, 15).map(cameraConfig),
  });
  secure = relay.url.replace('http:', 'https:');
});

afterAll(async () => {
  await relay?.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function chromium(env: Record<string, string> = {}): Promise<{ browser: RigBrowser; options: Page }> {
  const browser = await launchBrowser({ headless: true, env });
  onTestFinished(() => browser.close());
  const options = await browser.context.newPage();
  await options.goto(browser.url('options.html'));
  return { browser, options };
}

async function pairWith(options: Page): Promise<void> {
  await options.getByLabel('Relay address').fill(secure);
  await options.getByLabel('Pairing code').fill(await relay.pairingCode());
  await options.getByRole('button', { name: 'Pair', exact: true }).click();
}

const titleOf = (browser: RigBrowser) => (): Promise<string> =>
  background<string>(browser, 'chrome.action.getTitle({})');

test('Chromium refuses it, is led to the page where it is accepted, then pairs and shows the wall', async () => {
  const { browser, options } = await chromium();
  await pairWith(options);
  await options.getByText(/Cannot reach a relay at wss:.*Open the address in a tab once/).waitFor();
  const opened = browser.context.waitForEvent('page');
  await options.getByRole('link', { name: `Open ${secure}/pair in a tab` }).click();
  const page = await opened;
  await page.locator('#details-button').click();
  await page.locator('#proceed-link').click();
  await page.getByText(fingerprint).waitFor();
  await pairWith(options);
  await options.getByText('Paired with').first().waitFor();
  await moving(await openWall(browser, 2), 2);
  // As docs/remote.md says: what was accepted in a tab does not hold for the background.
  await eventually('the badge says so', titleOf(browser), (title) =>
    title.includes('Cannot reach the relay'),
  );
});

test.skipIf(findOnPath('certutil') === undefined)(
  'Chromium on a system that trusts it pairs at once, and the background connects',
  async () => {
    const home = mkdtempSync(join(folder, 'home-'));
    mkdirSync(join(home, '.pki/nssdb'), { recursive: true });
    const [command = ''] = /certutil .*/.exec(readFileSync(inProject('docs/remote.md'), 'utf8')) ?? [];
    const args = command
      .replace(/`.*/, '')
      .replace('$HOME', home)
      .replace('lockstep.crt', join(folder, 'relay.crt'));
    execFileSync('certutil', args.split(' ').slice(1));
    const { browser, options } = await chromium({ HOME: home });
    await pairWith(options);
    await options.getByText('Paired with').first().waitFor();
    await eventually('the badge says so', titleOf(browser), (title) => title.includes('2 cameras, all well'));
  },
);

test.skipIf(firefoxPath() === undefined)(
  'Firefox, once it was accepted, pairs, shows the wall and its state',
  async () => {
    const firefox = await launchFirefox(firefoxPath() ?? '', inProject('dist/firefox'), {
      host: new URL(secure).host,
      fingerprint,
    });
    onTestFinished(() => firefox.close());
    await firefox.goto(`${secure}/pair`);
    expect(await firefox.evaluate('document.body.innerText')).toContain(fingerprint);
    await pairFirefox(firefox, secure, await relay.pairingCode());
    await firefox.open('wall.html');
    await eventually(
      'both tiles move',
      async () =>
        Number(
          await firefox.evaluate(
            `[...document.querySelectorAll('video')].filter(({ currentTime }) => currentTime > 1).length`,
          ),
        ),
      (count) => count === 2,
      20_000,
    );
    await eventually(
      'the badge says so',
      async () => String(await firefox.evaluate('browser.action.getTitle({})')),
      (title) => title.includes('2 cameras, all well'),
    );
  },
);
