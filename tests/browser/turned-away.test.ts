/**
 * A paired browser that its relay takes no more, in a real Chromium: revoked, of another version, or without TLS. What its pages say, and
 * whether the way out that they offer leads back to a wall.
 */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { readCertificate } from '../../relay/config/certificate.ts';
import { moving, openWall, pair } from '../../rig/browser.ts';
import { cameraConfig, syntheticCameras } from '../../rig/cameras.ts';
import { RELAY_PROGRAM } from '../../rig/relay.ts';
import { PROTOCOL_MIN_VERSION, PROTOCOL_VERSION } from '../../src/wire/protocol.ts';
import { accessibilityFindings } from '../support/accessibility.ts';
import { background } from '../support/background.ts';
import { makePem } from '../support/certificate.ts';
import { startEdge } from '../support/edge-rig.ts';
import { eventually } from '../support/eventually.ts';
import { type Paired, startPaired } from '../support/paired.ts';
import { SyntheticCamera } from '../support/synthetic-camera.ts';

const CAMERAS = syntheticCameras(1, 320, 180, 15).map(cameraConfig);
const folder = mkdtempSync(join(tmpdir(), 'lockstep-turned-away-'));
let paired: Paired;

beforeAll(async () => {
  paired = await startPaired({ mediamtx: { enabled: false }, cameras: CAMERAS }, { relay: { folder } });
});

afterAll(async () => {
  await paired?.stop();
  rmSync(folder, { recursive: true });
});

async function open(name: string): Promise<Page> {
  const page = await paired.browser.context.newPage();
  page.setDefaultTimeout(15_000);
  onTestFinished(() => page.close());
  await page.goto(paired.browser.url(name));
  return page;
}

const title = (): Promise<string> => background(paired.browser, 'chrome.action.getTitle({})');

async function tokens(...args: readonly string[]): Promise<string> {
  const program = [RELAY_PROGRAM, 'tokens', ...args, '--config', join(folder, 'lockstep.yaml')];
  return (await promisify(execFile)(process.execPath, program)).stdout;
}

test('revoked: each page says so, and the button on the wall leads to a new pairing, by which it plays on', async () => {
  const wall = await openWall(paired.browser, 1);
  onTestFinished(() => wall.close());
  const [{ id }] = JSON.parse(await tokens('list', '--json'));
  await tokens('revoke', id);
  const bar = wall.locator('.warning-bar');
  await bar.getByText('The relay does not take this browser any more').waitFor();
  expect(await accessibilityFindings(wall)).toEqual([]);
  await eventually('the badge says so', title, (text) =>
    text.includes('does not take this browser any more'),
  );

  // One that is opened now knows of no camera.
  const late = await open('wall.html');
  await late.getByRole('heading', { name: 'This browser is no longer paired' }).waitFor();
  expect(await accessibilityFindings(late)).toEqual([]);
  const popup = await open('popup.html');
  await popup.getByText('No longer paired').waitFor();

  await bar.getByRole('button', { name: 'Open settings' }).click();
  // Open since the installation: the click brings it to the front.
  const [options] = await eventually(
    'the settings are there',
    () => paired.browser.context.pages().filter((page) => page.url().endsWith('options.html')),
    (found) => found.length > 0,
  );
  if (options === undefined) throw new Error('no settings');
  await options.getByText('The relay does not take this browser any more').first().waitFor();
  await options.getByRole('button', { name: 'Pair again' }).click();
  expect(await options.getByLabel('Relay address').inputValue()).toBe(
    paired.relay.url.replace('http://', ''),
  );
  await options.getByLabel('Pairing code').fill(await paired.relay.pairingCode());
  await options.getByRole('button', { name: 'Pair', exact: true }).click();
  await options.getByText('Connected, 1 camera').waitFor();
  await moving(wall, 1);
  await moving(late, 1);
  expect(await bar.count()).toBe(0);
});

/** Says of itself what a relay of that version does: what it can is of no account. */
async function otherRelay(port: number, version: string, protocol: number): Promise<WebSocketServer> {
  const server = new WebSocketServer({ host: '127.0.0.1', port });
  server.on('connection', (socket) =>
    socket.send(
      JSON.stringify({
        type: 'hello',
        protocol: { min: protocol, max: protocol },
        relay: { id: 'other', name: 'workshop', version },
        features: ['push', 'hls'],
      }),
    ),
  );
  await once(server, 'listening');
  return server;
}

test.each([
  {
    what: 'newer',
    protocol: PROTOCOL_VERSION + 1,
    version: '9.0.0',
    words: 'The relay (9.0.0) is newer than this extension: update the extension',
  },
  {
    what: 'older',
    protocol: PROTOCOL_MIN_VERSION - 1,
    version: '0.0.1',
    words: 'The relay (0.0.1) is too old for this extension: update the relay',
  },
])(
  'replaced by one that is $what: each page says which side to update, and the wall goes on when it fits again',
  async ({ protocol, version, words }) => {
    const { browser, relay } = paired;
    const wall = await openWall(browser, 1);
    onTestFinished(() => wall.close());
    const bar = wall.locator('.warning-bar');
    let late: Page | undefined;
    await relay.restart(async () => {
      const other = await otherRelay(Number(new URL(relay.url).port), version, protocol);
      try {
        await bar.getByText(words).waitFor();
        expect(await accessibilityFindings(wall)).toEqual([]);
        await eventually('the badge says so', title, (text) => text.includes(words));
        late = await open('wall.html');
        await late.getByRole('heading', { name: 'Relay and extension do not fit' }).waitFor();
        await late.getByText(words).waitFor();
        const popup = await open('popup.html');
        await popup.getByText('Update needed').waitFor();
        await popup.getByText(words).waitFor();
        const options = await open('options.html');
        await options.locator('.relays').getByText(words).waitFor();
        await options.getByText('Asking the relay').waitFor({ state: 'hidden' });
      } finally {
        for (const client of other.clients) client.terminate();
        other.close();
      }
    });
    await bar.getByRole('button', { name: 'Try now' }).click();
    await eventually('the badge says so', title, (text) => text.includes('1 camera, all well'));
    await moving(wall, 1);
    await late?.getByRole('button', { name: 'Try now' }).click();
    if (late !== undefined) await moving(late, 1);
    expect(await bar.count()).toBe(0);
  },
);

test('TLS since it was paired: each page says so, and leads to where it is paired again, over TLS', async () => {
  const { browser } = paired;
  const plain = await startEdge([new SyntheticCamera({ id: 'cam1' })]);
  const { port } = plain;
  await pair(browser, `http://127.0.0.1:${port}`, '12345678').finally(() => plain.stop());
  const pem = makePem(['IP:127.0.0.1'], ['-addext', 'basicConstraints=critical,CA:FALSE']);
  const certificate = readCertificate(pem.certificate, pem.key, { certificate: '', key: '' });
  // This browser stands for one on another machine.
  const isHere = () => false;
  const secure = await startEdge([], { port }, undefined, { certificate, isHere });
  onTestFinished(() => secure.stop());
  const address = `https://127.0.0.1:${port}`;
  const words = `the relay is reached over TLS only now. Pair again at ${address}`;

  const wall = await open('wall.html');
  await wall.getByRole('heading', { name: 'The relay is reached over TLS only now' }).waitFor();
  await wall.getByText(words).waitFor();
  expect(await accessibilityFindings(wall)).toEqual([]);
  await eventually('the badge says so', title, (text) => text.includes(words));
  const popup = await open('popup.html');
  await popup.getByText('TLS only now', { exact: true }).waitFor();
  const options = await open('options.html');
  await options.locator('.relays').getByText(words).waitFor();
  await options.getByRole('button', { name: 'Pair again' }).click();
  expect(await options.getByLabel('Relay address').inputValue()).toBe(address);

  // The old address, typed again, leads there too.
  await options.getByLabel('Relay address').fill(`127.0.0.1:${port}`);
  await options.getByLabel('Pairing code').fill('12345678');
  const button = options.getByRole('button', { name: 'Pair', exact: true });
  await button.click();
  await options.getByText(`Type ${address} as its address`).waitFor();
  await options.getByLabel('Relay address').fill(address);
  const opened = browser.context.waitForEvent('page');
  await options.getByRole('link', { name: `Open ${address}/pair in a tab` }).click();
  const page = await opened;
  onTestFinished(() => page.close());
  await page.locator('#details-button').click();
  await page.locator('#proceed-link').click();
  await page.getByText(certificate.fingerprint).waitFor();
  await button.click();
  await options.getByText(`Paired with workshop at wss://127.0.0.1:${port}.`).waitFor();
  expect(await options.locator('.relays li').count()).toBe(1);
  await wall.getByText('The relay has no cameras').waitFor();
});
