/** A freeze reaches the desktop: the real extension, a real relay, and a notification service that writes down its calls. */
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { launchBrowser, pair, type RigBrowser } from '../../rig/browser.ts';
import { cameraConfig, syntheticCameras } from '../../rig/cameras.ts';
import { processTree } from '../../rig/processes.ts';
import { type RunningRelay, startRelay } from '../../rig/relay.ts';
import { background, stopBackground } from '../support/background.ts';
import { eventually } from '../support/eventually.ts';
import {
  type NotificationService,
  notificationServiceMissing,
  startNotificationService,
} from '../support/notification-service.ts';

const missing = notificationServiceMissing();
const [CAMERA = { id: '', name: '', width: 0, height: 0, fps: 0 }] = syntheticCameras(1, 320, 180, 15);

describe.skipIf(missing !== undefined)(`the desktop${missing === undefined ? '' : ` (${missing})`}`, () => {
  let service: NotificationService;
  let relay: RunningRelay;
  let browser: RigBrowser;

  beforeAll(async () => {
    service = await startNotificationService();
    relay = await startRelay({ mediamtx: { enabled: false }, cameras: [cameraConfig(CAMERA)] });
    browser = await launchBrowser({ headless: true, env: service.env });
    await pair(browser, relay.url, await relay.pairingCode());
    await live();
  });

  afterAll(async () => {
    await browser?.close();
    await relay?.stop();
    await service?.stop();
  });

  const live = (): Promise<string> =>
    eventually(
      'the camera is live',
      async () => (await fetch(`${relay.url}/health`)).text(),
      (text) => text.includes('"live"'),
    );

  /** What reached the desktop since `from` bytes of the record. */
  const calls = (method: string, from: number): string[] =>
    service
      .calls()
      .slice(from)
      .split('\n')
      .filter((line) => line.includes(method));

  function killEncoder(): void {
    const encoder = processTree(relay.pid).find(({ name }) => name === 'ffmpeg');
    if (encoder === undefined) throw new Error('no encoder runs below the relay');
    process.kill(encoder.pid, 'SIGKILL');
  }

  test('hears of a freeze and then of the recovery, by the name of the camera, without an open wall', async () => {
    await live();
    const from = service.calls().length;
    const notified = (): string[] => calls('Notify', from);
    killEncoder();
    const first = await eventually('it froze', notified, (lines) => lines.length > 0, 5_000);
    expect(first[0]).toContain(CAMERA.name);
    const second = await eventually('it came back', notified, (lines) => lines.length > 1, 15_000);
    expect(second[1]).toContain(CAMERA.name);
    expect(second[1]).toContain('is back');
    expect(second[1]).not.toBe(first[0]);
  });

  test('hears of a freeze that came and went while the background was stopped', async () => {
    await live();
    const page = await browser.context.newPage();
    await page.goto(browser.url('options.html'));
    const from = service.calls().length;
    // Its safety net, which would wake it.
    await background(browser, 'chrome.alarms.clearAll()');
    await stopBackground(browser, page);
    killEncoder();
    await eventually(
      'the camera is down',
      async () => (await fetch(`${relay.url}/health`)).text(),
      (text) => !text.includes('"live"'),
      5_000,
    );
    await live();
    expect(calls('Notify', from)).toEqual([]);
    await page.evaluate(`chrome.runtime.sendMessage({ to: 'background:retry-relay' })`);
    const [told] = await eventually(
      'it is told afterwards',
      () => calls('Notify', from),
      (lines) => lines.length > 0,
    );
    expect(told).toMatch(new RegExp(`${CAMERA.name} was (frozen|offline) for \\d+ s`));
    await page.close();
  });

  test('loses the notification of a relay that is unpaired', async () => {
    await live();
    const from = service.calls().length;
    killEncoder();
    await eventually(
      'it froze',
      () => calls('Notify', from),
      (lines) => lines.length > 0,
      5_000,
    );
    const page = await browser.context.newPage();
    await page.goto(browser.url('options.html'));
    await page.getByRole('button', { name: 'Unpair' }).click();
    await eventually(
      'it is gone',
      () => calls('CloseNotification', from),
      (lines) => lines.length > 0,
    );
    await page.close();
    await pair(browser, relay.url, await relay.pairingCode());
  });

  test('hears of a relay that is lost, once, also when the background was stopped meanwhile', async () => {
    const page = await browser.context.newPage();
    await page.goto(browser.url('options.html'));
    const stored = <T>(expression: string): Promise<T> =>
      page.evaluate(`chrome.storage.session.get().then(({ relay, notices }) => ${expression})`);
    const other = await startRelay({ mediamtx: { enabled: false }, cameras: [cameraConfig(CAMERA)] });
    onTestFinished(async () => {
      await other.stop();
      await pair(browser, relay.url, await relay.pairingCode());
      await page.close();
    });
    await pair(browser, other.url, await other.pairingCode());
    await eventually(
      'it is connected',
      () => stored<string>('relay?.phase'),
      (phase) => phase === 'open',
    );
    await other.stop();
    await eventually(
      'the loss is noted',
      () => stored<boolean>('notices?.lost !== undefined'),
      (noted) => noted,
    );
    const from = service.calls().length;
    await stopBackground(browser, page);
    // The time of grace passes.
    await stored(
      `chrome.storage.session.set({ notices: { ...notices, lost: { ...notices.lost, sinceMs: Date.now() - 60_000 } } })`,
    );
    await page.evaluate(`chrome.runtime.sendMessage({ to: 'background:retry-relay' })`);
    const told = await eventually(
      'it is told',
      () => calls('Notify', from),
      (lines) => lines.length > 0,
    );
    expect(told[0]).toMatch(/relay .* cannot be reached/);
    expect(told).toHaveLength(1);
  });
});
