/** What a stream's process is told to do, and what becomes of it when the host or the camera is not up to it. */
import { beforeEach, describe, expect, it } from 'vitest';
import { cameraConfig } from '../../../support/camera-config.ts';
import { DONE, FAILED, FakeEncoders, KILLED } from '../../../support/fake-encoders.ts';

const RTSP = { type: 'rtsp', url: 'rtsp://admin:hush@cam:554/main' };
const LARGE = { type: 'test', size: '3840x2160' };

let world: FakeEncoders;
beforeEach(() => {
  world = new FakeEncoders();
});

describe("a camera's own stream", () => {
  it('is passed on at once, without a look at it first, and what it is told', async () => {
    await world.goLive(cameraConfig(RTSP));
    expect(world.processes).toHaveLength(1);
    expect(world.newest.argument('-c:v')).toBe('copy');
    expect(world.newest.spec.args.join(' ')).not.toContain('hush');
    expect(world.camera.state().encoder).toBe(
      'passed on as the camera sends it (avc1.42c01e, 640x360, 30 fps, keyframes 1.0 s apart)',
    );
    expect(world.camera.state().rungs).toMatchObject([{ id: 'main', fps: 30, origin: 'camera' }]);
  });

  it('is passed on also after its connection broke, and after it sent something damaged', async () => {
    await world.goLive(cameraConfig(RTSP));
    world.newest.garbage();
    await world.newest.end(KILLED);
    await world.advance(500);
    expect(world.newest.argument('-c:v')).toBe('copy');
  });

  it('goes on however far apart its keyframes are', async () => {
    await world.goLive(cameraConfig(RTSP));
    for (let n = 0; n < 150; n += 1) {
      await world.advance(67);
      world.newest.part({ keyframe: n === 0 });
    }
    expect(world.newest.signals).toEqual([]);
  });

  it('is encoded when no browser has a container for it', async () => {
    await world.create(cameraConfig(RTSP));
    world.newest.says(
      '[mp4 @ 0x1] [error] Could not find tag for codec mjpeg in stream #0, codec not currently supported in container',
    );
    await world.newest.end(FAILED);
    await world.advance(500);
    expect(world.newest.argument('-c:v')).toBe('libx264');
    expect(world.logged.join('\n')).toContain('encoded from now on: its stream cannot be passed on');
  });

  it('that may not be passed on only feeds the rungs that are asked for', async () => {
    await world.goLive(cameraConfig(RTSP, { copy: 'never' }));
    expect(world.newest.argument('-c:v')).toBe('copy');
    expect(world.camera.state().rungs).toMatchObject([{ id: 'main', asleep: true, origin: 'transcode' }]);
  });
});

describe('a large test picture', () => {
  it('is drawn small until somebody asks for more, at a size that this host can do', async () => {
    world = new FakeEncoders({ cores: 2 });
    await world.create(cameraConfig(LARGE));
    expect(world.processes).toHaveLength(1);
    expect(world.newest.argument('-i')).toContain('640x360');
    world.newest.header();
    world.play(1_500);
    const ids = world.camera.state().rungs.map(({ id, asleep = false }) => `${id}${asleep ? ' asleep' : ''}`);
    expect(ids).toEqual(['main asleep', '1080 asleep', 'sub1 asleep', 'sub2', '180 asleep']);
    const [main] = world.camera.rungs();
    expect(main?.rung).toMatchObject({ width: 2560, height: 1440 });
    const release = main?.use();
    await world.advance(1);
    expect(world.newest.argument('-i')).toContain('scale=2560:1440');
    expect(world.camera.state().rungs[0]?.asleep).toBeUndefined();
    release?.();
    await world.advance(31_000);
    expect(world.newest.signals).toContain('SIGTERM');
  });
});

describe('hardware encoders', () => {
  const LISTED = 'V....D h264_nvenc  NVIDIA\n V..... h264_vaapi  VAAPI\n V....D libx264  x264\n';

  /** Answers the list and the ten frames of each encoder. */
  async function probe(...works: boolean[]): Promise<void> {
    await world.newest.prints(LISTED);
    for (const work of works) {
      if (!work) world.newest.says('[error] Cannot load libcuda.so.1');
      await world.newest.end(work ? DONE : FAILED);
    }
  }
  const config = cameraConfig({ type: 'test' }, { hardware: 'auto' });

  it('are not used when none encodes ten frames, which is said', async () => {
    await world.create(config);
    await probe(false, false);
    expect(world.newest.argument('-c:v')).toBe('libx264');
    expect(world.logged.join('\n')).toContain(
      'no hardware encoder works at 640x360, encoding in software: h264_nvenc: Cannot load libcuda.so.1; h264_vaapi: Cannot load libcuda.so.1',
    );
  });

  it('are used in order, and the next one after two errors within a minute', async () => {
    await world.create(config);
    await probe(true, true);
    expect(world.newest.argument('-c:v')).toBe('h264_nvenc');
    await world.newest.end(FAILED);
    await world.advance(1_000);
    expect(world.newest.argument('-c:v')).toBe('h264_nvenc');
    await world.newest.end(FAILED);
    await world.advance(3_000);
    expect(world.newest.argument('-c:v')).toBe('h264_vaapi');
    expect(world.logged.join('\n')).toContain('hardware encoder h264_nvenc is not used any more');
  });

  it('are not asked for when the configuration does not', async () => {
    await world.create(cameraConfig({ type: 'test' }));
    expect(world.processes).toHaveLength(1);
  });
});

describe('GStreamer', () => {
  it('that lacks an element is told with the package, and asked again later', async () => {
    await world.create(cameraConfig({ type: 'test' }, { backend: 'gstreamer' }));
    while (world.newest.argument('--exists') !== 'x264enc') await world.newest.end(DONE);
    await world.newest.end(FAILED);
    expect(world.camera.state()).toMatchObject({
      state: 'offline',
      reason:
        'GStreamer has no element "x264enc"; install the package gstreamer1.0-plugins-ugly or set encode.backend to ffmpeg; next try in 30 s',
    });
    const asked = world.processes.length;
    await world.advance(31_000);
    expect(world.processes).toHaveLength(asked + 1);
  });

  it('that is not there at all is told', async () => {
    await world.create(cameraConfig({ type: 'test' }, { backend: 'gstreamer' }));
    await world.newest.end({ kind: 'not-started', code: 'ENOENT', program: 'gst-inspect-1.0' });
    expect(world.camera.state().reason).toMatch(/install the package gstreamer1\.0-tools/);
  });
});
