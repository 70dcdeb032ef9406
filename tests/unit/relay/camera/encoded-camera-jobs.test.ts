/** What a camera's encoder is told to do, and what becomes of it when the host or the camera is not up to it. */
import { beforeEach, describe, expect, it } from 'vitest';
import { cameraConfig } from '../../../support/camera-config.ts';
import { DONE, FAILED, FakeEncoders, KILLED } from '../../../support/fake-encoders.ts';

const RTSP = { type: 'rtsp', url: 'rtsp://admin:hush@cam:554/main' };
const LARGE = { type: 'test', size: '3840x2160' };

let world: FakeEncoders;
beforeEach(() => {
  world = new FakeEncoders();
});

describe('a stream that is fit for it', () => {
  it('is passed on as it is, with its own rate, and the reason is told', async () => {
    await world.goLive(cameraConfig(RTSP));
    expect(world.newest.argument('-c:v')).toBe('copy');
    expect(world.camera.state().encoder).toBe(
      'passed on as it is: H.264 640x360 without B-frames, keyframes 1.0 s apart',
    );
    expect(world.camera.state().rungs).toMatchObject([{ id: 'main', fps: 25, bitrateKbps: 203 }]);
    expect(world.logged).toContain(world.camera.state().encoder);
  });

  it('is not looked at again when the encoder restarts', async () => {
    await world.goLive(cameraConfig(RTSP));
    await world.newest.end(KILLED);
    await world.advance(500);
    expect(world.newest.argument('-c:v')).toBe('copy');
  });

  it('is encoded from the moment that its keyframes stay away', async () => {
    await world.goLive(cameraConfig(RTSP));
    for (let n = 0; n < 45; n += 1) {
      await world.advance(67);
      world.newest.part({ keyframe: n === 0 });
    }
    expect(world.newest.signals).toEqual(['SIGTERM']);
    await world.newest.end(KILLED);
    expect(world.newest.argument('-c:v')).toBe('libx264');
    expect(world.camera.state().encoder).toMatch(
      /not passed on: the camera sends no keyframe for 2\.\d s now$/,
    );
    expect(world.logged.join('\n')).toMatch(/encoded from now on: the camera sends no keyframe/);
  });

  it('is encoded when what comes of it cannot be read', async () => {
    await world.goLive(cameraConfig(RTSP));
    world.newest.garbage();
    await world.newest.end(KILLED);
    await world.advance(500);
    expect(world.newest.argument('-c:v')).toBe('libx264');
  });

  it('has its smaller rungs encoded beside it, with its keyframes', async () => {
    await world.create(cameraConfig(RTSP));
    await world.newest.describe({ size: '1920x1080' });
    const args = world.newest.spec.args.join(' ');
    expect(args).toMatch(/-map 0:v:0 .*-c:v copy/);
    expect(args.match(/-c:v libx264/g)).toHaveLength(3);
    expect(args.match(/-force_key_frames source_no_drop/g)).toHaveLength(3);
    expect(world.camera.state().rungs).toEqual([]);
    for (let n = 0; n < 4; n += 1) {
      expect(world.camera.rungs()).toEqual([]);
      world.newest.header(n);
    }
    expect(world.camera.rungs().map(({ rung }) => [rung.id, rung.fps])).toEqual([
      ['main', 25],
      ['720', 25],
      ['360', 25],
      ['180', 5],
    ]);
  });
});

describe('rungs below a stream that is passed on', () => {
  it.each([
    ['have no more pictures than the camera sends', 20, [20, 20, 20, 5]],
    ['keep their own rate when the camera sends more', 50, [50, 30, 30, 5]],
    ['keep it when the camera sends few, as it may do only in the dark', 12.5, [12.5, 30, 30, 5]],
  ])('%s', async (_what, fps, expected) => {
    await world.create(cameraConfig(RTSP));
    await world.newest.describe({ size: '1920x1080', fps, gop: Math.round(fps) });
    for (let n = 0; n < 4; n += 1) world.newest.header(n);
    expect(world.camera.rungs().map(({ rung }) => rung.fps)).toEqual(expected);
  });
});

describe('a stream is encoded', () => {
  it.each([
    ['of another codec', { codec: 'hevc' }, {}, 'the camera sends HEVC, not H.264'],
    ['with B-frames', { bFrames: true }, {}, 'it uses B-frames'],
    ['with rare keyframes', { gop: 100 }, {}, 'its keyframes are more than 2 s apart'],
    [
      'when another size is wanted',
      {},
      { size: '320x180' },
      'encode.size is 320x180, the camera sends 640x360',
    ],
    ['when copying is switched off', {}, { copy: 'never' }, 'encode.copy is never'],
    ['by the plan', {}, { profile: 'plan' }, 'encode.profile is plan'],
    ['with a bit rate of its own', {}, { bitrateKbps: 300 }, 'encode.bitrateKbps is set'],
  ])('%s', async (_what, stream, encode, reason) => {
    await world.create(cameraConfig(RTSP, encode));
    if (world.newest.isProbe) await world.newest.describe(stream);
    expect(world.newest.argument('-c:v')).toBe('libx264');
    expect(world.camera.state().encoder).toContain(`not passed on: ${reason}`);
  });
});

describe('a host that is too small', () => {
  it('is measured, and the largest camera starts smaller, which its state and the log say', async () => {
    world = new FakeEncoders({ cores: 1 });
    await world.create(cameraConfig(LARGE));
    // 0.07 s for each of 30 pictures: 2.1 cores at 30 fps.
    await world.newest.benchmark(0.5);
    await world.newest.benchmark(0.5 + 30 * 0.07);
    expect(world.newest.spec.args.join(' ')).toContain('scale=1920:1080');
    for (let n = 0; n < 4; n += 1) world.newest.header(n, { width: 1920, height: 1080 });
    world.play(1_500, {}, 4);
    expect(world.camera.state()).toMatchObject({
      state: 'degraded',
      reason: 'this host is too slow: 1920x1080 instead of 3840x2160',
    });
    expect(world.logged.join('\n')).toContain('stepped down from the start: 1920x1080 instead of 3840x2160');
  });

  it('is not measured for cameras that it can surely do', async () => {
    await world.create(cameraConfig({ type: 'test' }));
    expect(world.processes).toHaveLength(1);
    expect(world.newest.argument('-c:v')).toBe('libx264');
  });

  it('steps down size by size when the fastest preset is too slow, and says so', async () => {
    await world.goLive(cameraConfig({ type: 'test', size: '1280x720' }));
    const sizes: (string | undefined)[] = [];
    for (let n = 0; n < 3; n += 1) {
      world.play(40_000, { speed: 0.8 });
      await world.newest.end(KILLED);
      sizes.push(world.newest.argument('-filter_complex'));
      world.newest.header();
      world.play(2_000);
    }
    expect(sizes[0]).toContain('trunc(iw/2)');
    expect(sizes[1]).toContain('scale=960:540');
    expect(sizes[2]).toContain('scale=640:360');
    expect(world.camera.state()).toMatchObject({
      state: 'degraded',
      reason: 'this host is too slow: 640x360 instead of 1280x720',
    });
    expect(world.camera.state().encoder).toContain(
      'stepped down for this host: 640x360 instead of 1280x720, preset ultrafast instead of superfast',
    );
    expect(world.logged.filter((line) => line.startsWith('encoder stepped down'))).toHaveLength(3);
  });

  it('does without the rungs that cost something before the picture becomes smaller', async () => {
    const heights = async (): Promise<number> => {
      const { args } = world.newest.spec;
      const count = args.filter((word) => word === '-c:v').length;
      for (let n = 0; n < count; n += 1) world.newest.header(n);
      world.play(40_000, { speed: 0.8 }, count);
      await world.newest.end(KILLED);
      return count;
    };
    await world.create(cameraConfig({ type: 'test', size: '1920x1080' }, { preset: 'ultrafast' }));
    expect([await heights(), await heights()]).toEqual([4, 3]);
    expect(world.newest.argument('-filter_complex')).toContain('scale=1280:720');
    expect(world.camera.state().encoder).toContain('1280x720 instead of 1920x1080, fewer or slower rungs');
  });

  it('gets no more rungs from a faster preset', async () => {
    world = new FakeEncoders({ cores: 2 });
    await world.create(cameraConfig({ type: 'test', size: '1920x1080' }, { profile: 'plan' }));
    await world.newest.benchmark(0.5);
    await world.newest.benchmark(0.5 + 121 * 0.017);
    const count = (): number => world.newest.spec.args.filter((word) => word === '-c:v').length;
    const before = count();
    for (let n = 0; n < before; n += 1) world.newest.header(n);
    world.play(40_000, { speed: 0.8 }, before);
    await world.newest.end(KILLED);
    expect(world.newest.argument('-preset')).not.toBe('medium');
    expect([before, count()]).toEqual([3, 3]);
  });

  it('steps down the costliest camera, not every one that is slow', async () => {
    const large = await world.create(cameraConfig({ type: 'test', size: '1280x720' }, {}, 'large'));
    const largeProcess = world.newest;
    largeProcess.header();
    largeProcess.part();
    await world.create(cameraConfig({ type: 'test' }, {}, 'small'));
    const smallProcess = world.newest;
    smallProcess.header();
    for (let n = 0; n < 40 * 15; n += 1) {
      world.time.advance(67);
      smallProcess.part();
      if (largeProcess.signals.length === 0) largeProcess.part();
      if (n % 8 === 0) smallProcess.progress({ speed: 0.8 });
      if (largeProcess.signals.length > 0) break;
    }
    expect(largeProcess.signals).toEqual(['SIGTERM']);
    expect(smallProcess.signals).toEqual([]);
    await largeProcess.end(KILLED);
    expect(large.state().encoder).toContain('preset ultrafast instead of superfast');
    expect(world.logged.join('\n')).toContain('camera small was too slow and this one costs most');
  });

  it('steps a profile down that it cannot do', async () => {
    await world.goLive(cameraConfig({ type: 'test' }, { profile: 'plan' }));
    expect(world.newest.argument('-preset')).toBe('medium');
    world.play(40_000, { speed: 0.5 });
    await world.newest.end(KILLED);
    expect(world.newest.argument('-preset')).toBe('fast');
    expect(world.camera.state().encoder).toContain(
      'profile plan; stepped down for this host: preset fast instead of medium',
    );
    world.newest.header();
    world.play(2_000);
    expect(world.camera.state()).toMatchObject({
      state: 'degraded',
      reason: 'this host is too slow for the profile plan: preset fast instead of medium',
    });
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
    expect(world.logged.join('\n')).toContain('hardware encoder h264_nvenc failed twice within a minute');
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

it('a camera that is stopped while its host is measured does not wait for that', async () => {
  world = new FakeEncoders({ cores: 1 });
  const camera = await world.create(cameraConfig(LARGE));
  await camera.stop();
  const stopping = world.host.stop();
  expect(world.newest.signals).toEqual(['SIGKILL']);
  await world.newest.end(KILLED);
  await stopping;
  expect(world.time.pending).toBe(0);
});

it('a rung that stands still beside the others is a fault', async () => {
  const rungs = [{ size: '640x360' }, { size: '320x180' }];
  await world.create(cameraConfig({ type: 'test' }, { rungs }));
  world.newest.header(0);
  world.newest.header(1);
  world.play(2_000, {}, 2);
  expect(world.camera.state().rungs.map(({ id }) => id)).toEqual(['360', '180']);
  world.play(6_000, {}, 1);
  expect(world.newest.signals).toEqual(['SIGTERM']);
  await world.newest.end(KILLED);
  expect(world.camera.state().reason).toMatch(/no picture of rung 180 for 5 s/);
});
