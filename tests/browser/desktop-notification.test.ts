/** A freeze reaches the desktop: the real extension, a real relay, and a notification service that writes down its calls. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { launchBrowser, pair, type RigBrowser } from '../../rig/browser.ts';
import { cameraConfig, syntheticCameras } from '../../rig/cameras.ts';
import { processTree } from '../../rig/processes.ts';
import { type RunningRelay, startRelay } from '../../rig/relay.ts';
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
    relay = await startRelay({ engine: 'builtin', cameras: [cameraConfig(CAMERA)] });
    browser = await launchBrowser({ headless: true, env: service.env });
    await pair(browser, relay.url, await relay.pairingCode());
    await eventually(
      'the camera is live',
      async () => (await fetch(`${relay.url}/health`)).text(),
      (text) => text.includes('"live"'),
    );
  });

  afterAll(async () => {
    await browser?.close();
    await relay?.stop();
    await service?.stop();
  });

  test('hears of a freeze and then of the recovery, by the name of the camera, without an open wall', async () => {
    const encoder = processTree(relay.pid).find(({ name }) => name === 'ffmpeg');
    if (encoder === undefined) throw new Error('no encoder runs below the relay');
    process.kill(encoder.pid, 'SIGKILL');
    const notified = (): string[] =>
      service
        .calls()
        .split('\n')
        .filter((line) => line.includes('Notify'));
    const first = await eventually('it froze', notified, (lines) => lines.length > 0, 5_000);
    expect(first[0]).toContain(CAMERA.name);
    const second = await eventually('it came back', notified, (lines) => lines.length > 1, 15_000);
    expect(second[1]).toContain(CAMERA.name);
    expect(second[1]).not.toBe(first[0]);
  });
});
