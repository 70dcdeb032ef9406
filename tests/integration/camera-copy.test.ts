/** Cameras on the network, whose own stream is passed on: a real GStreamer RTSP server, real ffmpeg. */
import { spawnSync } from 'node:child_process';
import { afterEach, describe, expect, it } from 'vitest';
import { recordedProcesses } from '../../rig/run-records.ts';
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
  it('is passed on as it comes: no encoder, its own keyframes, all pictures', async () => {
    const { port } = await server();
    const rig = await live(`rtsp://127.0.0.1:${port}/whole`);
    await seconds(rig, 4_000);
    await rig.until('its description', ({ encoder }) => encoder?.includes('keyframes') === true);
    expect(rig.camera.state().encoder).toMatch(
      /^passed on as the camera sends it \(avc1\.[0-9a-f]{6}, 320x240, 25 fps, keyframes 1\.0 s apart\)$/,
    );
    expect(rig.camera.state().rungs).toMatchObject([
      { id: 'main', width: 320, height: 240, fps: 25, origin: 'camera' },
    ]);
    const closed = rig.camera.rungs()[0]?.timeline.segments.filter((segment) => segment.closed) ?? [];
    for (const { durationMs } of closed) expect(durationMs).toBeCloseTo(1000, -1);
    const { frames, complaints } = decode(rig);
    expect(complaints).toBe('');
    expect(frames).toBeGreaterThan(90);
    expect(rig.camera.telemetry()?.speed).toBeGreaterThan(0.9);
  });

  it.each([
    ['cam', 'that sends its pictures in pieces'],
    ['bframes', 'with B-frames'],
  ])('at /%s, %s, is passed on as well', async (path) => {
    const { port } = await server();
    const rig = await live(`rtsp://127.0.0.1:${port}/${path}`);
    await seconds(rig, 3_000);
    expect(rig.camera.state()).toMatchObject({ state: 'live', restarts: 0 });
    expect(rig.camera.state().encoder).toMatch(/^passed on/);
    const { frames, complaints } = decode(rig);
    expect(complaints).toBe('');
    expect(frames).toBeGreaterThan(60);
  });

  it('whose keyframes stay away goes on', async () => {
    const camera = await server();
    const rig = await live(`rtsp://127.0.0.1:${camera.port}/asked`);
    camera.stopKeyframes();
    const before = rig.parts.length;
    await eventually(
      'five seconds more',
      () => rig.parts.slice(before).reduce((sum, { part }) => sum + part.durationMs, 0),
      (ms) => ms > 5_000,
      10_000,
    );
    expect(rig.camera.state()).toMatchObject({ state: 'live', restarts: 0 });
    expect(rig.states.map(({ state }) => state)).not.toContain('frozen');
  });

  it('that changes its size goes on in a new epoch of the right size', async () => {
    const camera = await server();
    const rig = await live(`rtsp://127.0.0.1:${camera.port}/whole`);
    camera.resize(640, 360);
    await rig.until(
      'the new size',
      ({ rungs }) => rungs[0]?.width === 640 && rungs[0].height === 360,
      15_000,
    );
    await eventually(
      'two seconds of it',
      () => decode(rig),
      ({ frames, complaints }) => frames >= 50 && complaints === '',
      15_000,
    );
  });

  it('larger than 1280x720 offers smaller rungs that sleep, and one that is asked for wakes at its keyframes', async () => {
    const camera = await server();
    camera.resize(1920, 1080);
    const rig = await live(`rtsp://127.0.0.1:${camera.port}/whole`);
    expect(
      rig.camera.state().rungs.map(({ id, width, fps, asleep = false }) => [id, width, fps, asleep]),
    ).toEqual([
      ['main', 1920, 25, false],
      ['720', 1280, 25, true],
      ['360', 640, 25, true],
      ['180', 320, 5, true],
    ]);
    const ingests = recordedProcesses(rig.dataDir);
    expect(ingests).toHaveLength(1);
    await seconds(rig, 2_000);
    const small = rig.camera.rungs().find(({ rung }) => rung.id === '360');
    const main = rig.camera.rungs()[0];
    if (small === undefined || main === undefined) throw new Error('no such rung');
    const release = small.use();
    await eventually(
      'its first picture',
      () => small.timeline.segments.length,
      (count) => count > 0,
      5_000,
    );
    expect(rig.camera.state().rungs.find(({ id }) => id === '360')?.asleep).toBeUndefined();
    await eventually(
      'three whole segments',
      () => small.timeline.segments.filter(({ closed }) => closed).length,
      (count) => count >= 3,
      10_000,
    );
    const starts = new Map(
      main.timeline.segments.map(({ parts, pdtMs }) => [Math.round(parts[0]?.mediaMs ?? 0), pdtMs]),
    );
    const apartMs = small.timeline.segments.slice(1).flatMap(({ parts, pdtMs }) => {
      const same = starts.get(Math.round(parts[0]?.mediaMs ?? 0));
      return same === undefined ? [] : [Math.abs(same - pdtMs)];
    });
    expect(apartMs.length).toBeGreaterThan(1);
    expect(Math.max(...apartMs)).toBeLessThan(1);
    for (const id of ['main', '360']) expect(decode(rig, id).complaints).toBe('');
    expect(recordedProcesses(rig.dataDir)).toEqual(expect.arrayContaining([...ingests]));
    release();
  });
});
