/** RTSP cameras: a real GStreamer RTSP server with a password, and addresses where nothing answers. */
import { readFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { cameraConfig } from '../support/camera-config.ts';
import { type CameraRig, startCamera } from '../support/camera-rig.ts';
import { eventually } from '../support/eventually.ts';
import { type RtspCamera, rtspMissing, startRtspCamera } from '../support/rtsp-camera.ts';

const PASSWORD = "p@ss'w:rd/%41";
/** Any form in which it could leak: as written, in an address, in a list. */
const LEAKS = [PASSWORD, encodeURIComponent(PASSWORD), "p%40ss'w%3Ard%2F%2541", 'p@ss', 'p%40ss'];
const missing = rtspMissing();

let cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup();
  cleanups = [];
});

function start(...args: Parameters<typeof startCamera>): CameraRig {
  const rig = startCamera(...args);
  cleanups.push(() => rig.dispose());
  return rig;
}

async function server(login?: { user: string; password: string }): Promise<RtspCamera> {
  const camera = await startRtspCamera(login);
  cleanups.push(() => camera.stop());
  return camera;
}

const offline = (rig: CameraRig, withinMs = 10_000) =>
  rig.until('offline', ({ state }) => state === 'offline', withinMs);

describe.skipIf(missing !== undefined)(
  `an RTSP camera${missing === undefined ? '' : ` (${missing})`}`,
  () => {
    it('plays with the right password, which shows up nowhere', async () => {
      const { port } = await server({ user: 'admin', password: PASSWORD });
      const url = `rtsp://127.0.0.1:${port}/cam`;
      const rig = start(cameraConfig({ type: 'rtsp', url, username: 'admin', password: PASSWORD }));
      const state = await rig.until('live', ({ state: name }) => name === 'live', 15_000);
      expect(state.rungs).toMatchObject([{ width: 320, height: 240 }]);
      const seen = [
        readFileSync(`/proc/${rig.pid()}/cmdline`, 'utf8'),
        readFileSync(`/proc/${rig.pid()}/environ`, 'utf8'),
        ...rig.logLines,
        ...rig.states.map((each) => JSON.stringify(each)),
      ].join('\n');
      for (const leak of LEAKS) expect(seen).not.toContain(leak);
    });

    it('says that the password is wrong, without showing it', async () => {
      const { port } = await server({ user: 'admin', password: PASSWORD });
      const rig = start(cameraConfig({ type: 'rtsp', url: `rtsp://admin:wr0ng-one@127.0.0.1:${port}/cam` }));
      const { reason } = await offline(rig);
      expect(reason).toMatch(
        /^the camera at 127\.0\.0\.1:\d+ refused user name or password \(401\); check both in the configuration; next try in 30 s$/,
      );
      expect([...rig.logLines, reason].join('\n')).not.toContain('wr0ng-one');
    });

    it('says that the path is wrong', async () => {
      const { port } = await server();
      const rig = start(cameraConfig({ type: 'rtsp', url: `rtsp://127.0.0.1:${port}/nowhere` }));
      expect((await offline(rig)).reason).toMatch(
        /has no such stream \(404\); check the path of its address/,
      );
    });

    it('that changes its size goes on in a new epoch of the right size', async () => {
      const camera = await server();
      const rig = start(cameraConfig({ type: 'rtsp', url: `rtsp://127.0.0.1:${camera.port}/cam` }));
      await rig.until('live', ({ state }) => state === 'live', 15_000);
      camera.resize(640, 360);
      await rig.until(
        'the new size',
        ({ rungs }) => rungs[0]?.width === 640 && rungs[0].height === 360,
        15_000,
      );
      await eventually(
        'media of the new size',
        () => rig.parts.at(-1)?.segment.epoch,
        (epoch) => epoch === 2,
      );
      const timeline = rig.camera.rungs()[0]?.timeline;
      expect(timeline?.init(rig.parts.at(-1)?.segment.initId ?? '')).toMatchObject({
        width: 640,
        height: 360,
      });
      expect(rig.camera.state().state).toBe('live');
    });

    it('with a configured size keeps it and plays on when the camera changes its own', async () => {
      const camera = await server();
      const source = { type: 'rtsp', url: `rtsp://127.0.0.1:${camera.port}/cam` };
      const rig = start(cameraConfig(source, { size: '480x270' }));
      await rig.until('live', ({ state }) => state === 'live', 15_000);
      rig.camera.rungs()[0]?.use();
      await eventually(
        'the rung',
        () => rig.parts.length,
        (now) => now > 15,
      );
      camera.resize(640, 360);
      const count = rig.parts.length;
      await eventually(
        'three more seconds',
        () => rig.parts.length,
        (now) => now > count + 45,
      );
      expect(rig.camera.state()).toMatchObject({ state: 'live' });
      expect(rig.camera.state().rungs).toMatchObject([{ width: 480, height: 270 }]);
    });

    it('that goes away is frozen, then says why each further try fails', async () => {
      const camera = await server();
      const rig = start(cameraConfig({ type: 'rtsp', url: `rtsp://127.0.0.1:${camera.port}/cam` }));
      await rig.until('live', ({ state }) => state === 'live', 15_000);
      await camera.stop();
      const { reason } = await rig.until('frozen', ({ state }) => state === 'frozen', 10_000);
      expect(reason).not.toBe('');
      await rig.until(
        'a reason from the source',
        (state) => state.reason.includes('nothing listens at'),
        15_000,
      );
    });
  },
);

describe('an RTSP address', () => {
  let host: Server | undefined;
  const sockets = new Set<Socket>();

  afterEach(() => {
    for (const socket of sockets) socket.destroy();
    host?.close();
    host = undefined;
  });

  it('where nothing listens: offline at once', async () => {
    const rig = start(cameraConfig({ type: 'rtsp', url: 'rtsp://127.0.0.1:1/cam' }));
    expect((await offline(rig)).reason).toMatch(
      /^nothing listens at 127\.0\.0\.1:1 \(connection refused\); check address and port; /,
    );
  });

  it('that accepts and never answers: offline in seconds', async () => {
    const silent = createServer((socket) => {
      sockets.add(socket);
    });
    host = silent;
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const address = silent.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const rig = start(cameraConfig({ type: 'rtsp', url: `rtsp://127.0.0.1:${port}/cam` }));
    expect((await offline(rig, 14_000)).reason).toMatch(/^127\.0\.0\.1:\d+ does not answer/);
  });

  it('that cannot be one: refused with the reason', async () => {
    const rig = start(cameraConfig({ type: 'rtsp', url: 'rtsp://hush@:99999/x' }));
    const { reason } = await offline(rig);
    expect(reason).toMatch(/^the camera address is no URL; write rtsp:\/\/host:port\/path; /);
    expect(rig.logLines.join('\n')).not.toContain('hush');
  });
});
