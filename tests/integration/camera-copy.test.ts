/** Cameras whose own stream is passed on: a real GStreamer RTSP server, real ffmpeg. */
import { spawnSync } from 'node:child_process';
import { afterEach, describe, expect, it } from 'vitest';
import { cameraConfig } from '../support/camera-config.ts';
import { type CameraRig, startCamera } from '../support/camera-rig.ts';
import { eventually } from '../support/eventually.ts';
import { type RtspCamera, rtspMissing, startRtspCamera } from '../support/rtsp-camera.ts';

const missing = rtspMissing();
let cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup();
  cleanups = [];
});

async function server(): Promise<RtspCamera> {
  const camera = await startRtspCamera();
  cleanups.push(() => camera.stop());
  return camera;
}

async function live(url: string, encode: Record<string, unknown> = {}): Promise<CameraRig> {
  const rig = startCamera(cameraConfig({ type: 'rtsp', url }, encode), { cores: 8 });
  cleanups.push(() => rig.dispose());
  await rig.until('the camera to be live', ({ state }) => state === 'live', 20_000);
  return rig;
}

/** Decodes what a rung holds; returns what ffmpeg complains about, and how many pictures there are. */
function decode(rig: CameraRig, id = 'main'): { frames: number; complaints: string } {
  const timeline = rig.camera.rungs().find(({ rung }) => rung.id === id)?.timeline;
  const epoch = timeline?.segments.at(-1)?.epoch;
  const segments = timeline?.segments.filter((segment) => segment.epoch === epoch) ?? [];
  const init = timeline?.init(segments[0]?.initId ?? '');
  const media = [
    init?.bytes ?? new Uint8Array(),
    ...segments.flatMap(({ parts }) => parts.map(({ data }) => data)),
  ];
  const { stderr, stdout } = spawnSync(
    'ffmpeg',
    ['-v', 'error', '-i', 'pipe:0', '-f', 'framecrc', '-fps_mode', 'passthrough', 'pipe:1'],
    { input: Buffer.concat(media) },
  );
  return { frames: stdout.toString().match(/^0,/gm)?.length ?? 0, complaints: stderr.toString() };
}

const seconds = (rig: CameraRig, ms: number): Promise<unknown> =>
  eventually(
    `${ms} ms of media`,
    () => rig.camera.rungs()[0]?.timeline.segments.reduce((sum, { durationMs }) => sum + durationMs, 0) ?? 0,
    (sum) => sum > ms,
    20_000,
  );

describe.skipIf(missing !== undefined)(`a camera${missing === undefined ? '' : ` (${missing})`}`, () => {
  it('that sends what every browser plays is passed on: no encoder, its own keyframes, all pictures', async () => {
    const { port } = await server();
    const rig = await live(`rtsp://127.0.0.1:${port}/whole`);
    expect(rig.camera.state().encoder).toMatch(
      /^passed on as it is: H\.264 320x240 without B-frames, keyframes 1\.0 s apart$/,
    );
    expect(rig.camera.state().rungs).toMatchObject([{ width: 320, height: 240, fps: 25 }]);
    await seconds(rig, 4_000);
    const closed = rig.camera.rungs()[0]?.timeline.segments.filter((segment) => segment.closed) ?? [];
    for (const { durationMs } of closed) expect(durationMs).toBeCloseTo(1000, -1);
    const { frames, complaints } = decode(rig);
    expect(complaints).toBe('');
    expect(frames).toBeGreaterThan(90);
    expect(rig.camera.telemetry()?.speed).toBeGreaterThan(0.9);
  });

  it.each([
    ['cam', 'it sends its pictures in pieces'],
    ['bframes', 'it uses B-frames'],
  ])('at /%s is encoded: %s', async (path, reason) => {
    const { port } = await server();
    const rig = await live(`rtsp://127.0.0.1:${port}/${path}`);
    expect(rig.camera.state().encoder).toMatch(new RegExp(`^libx264 .*; not passed on: ${reason}$`));
    await seconds(rig, 2_000);
    expect(decode(rig).complaints).toBe('');
  });

  it('whose keyframes stay away is encoded from then on, without being called frozen for long', async () => {
    const camera = await server();
    const rig = await live(`rtsp://127.0.0.1:${camera.port}/asked`);
    expect(rig.camera.state().encoder).toMatch(/^passed on/);
    camera.stopKeyframes();
    await rig.until('encoding', ({ encoder }) => encoder?.startsWith('libx264') === true, 15_000);
    expect(rig.camera.state().encoder).toMatch(
      /not passed on: the camera sends no keyframe for 2\.\d s now$/,
    );
    expect(rig.logLines.join('\n')).toContain('encoded from now on: the camera sends no keyframe');
  });

  it('that changes its size while passed on goes on in a new epoch of the right size', async () => {
    const camera = await server();
    const rig = await live(`rtsp://127.0.0.1:${camera.port}/whole`);
    camera.resize(640, 360);
    await rig.until(
      'the new size',
      ({ rungs }) => rungs[0]?.width === 640 && rungs[0].height === 360,
      15_000,
    );
    expect(rig.camera.state().encoder).toMatch(/^passed on as it is: H\.264 640x360/);
    await eventually(
      'two seconds of it',
      () => decode(rig),
      ({ frames, complaints }) => frames >= 50 && complaints === '',
      15_000,
    );
  });

  it('larger than 1280x720 is passed on with smaller rungs encoded beside it, at its keyframes', async () => {
    const camera = await server();
    camera.resize(1920, 1080);
    const rig = await live(`rtsp://127.0.0.1:${camera.port}/whole`);
    expect(rig.camera.state().rungs.map(({ id, width, fps }) => [id, width, fps])).toEqual([
      ['main', 1920, 25],
      ['720', 1280, 25],
      ['360', 640, 25],
      ['180', 320, 5],
    ]);
    await seconds(rig, 4_000);
    const [best, ...others] = rig.camera.rungs().map(({ timeline }) => timeline);
    const apartMs = (best?.segments ?? []).flatMap(({ msn, pdtMs }) =>
      others.flatMap((other) => {
        const same = other.segment(msn);
        return same === undefined ? [] : [Math.abs(same.pdtMs - pdtMs)];
      }),
    );
    expect(apartMs.length).toBeGreaterThan(8);
    expect(Math.max(...apartMs)).toBeLessThan(40);
    for (const id of ['main', '720', '360', '180']) expect(decode(rig, id).complaints).toBe('');
  });
});
