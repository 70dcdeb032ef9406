import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { askCamera, type OnvifAnswer } from '../../relay/discovery/onvif-camera.ts';
import { platformTimers } from '../../src/wire/ports.ts';
import { CliFixture } from '../support/cli-fixture.ts';
import { type Lie, LOGIN, type LyingCamera, startLyingCamera } from '../support/lying-camera.ts';
import { startVirtualCamera, type VirtualCamera, virtualCameraMissing } from '../support/virtual-camera.ts';

const timers = platformTimers();

describe('a camera that does not do as it should', () => {
  let camera: LyingCamera | undefined;
  afterEach(() => camera?.stop());
  const ask = async (lie: Lie, login: typeof LOGIN | undefined = LOGIN): Promise<OnvifAnswer> => {
    camera = await startLyingCamera(lie);
    return askCamera(camera.url, login, timers);
  };

  it('is asked by HTTP Digest where it wants that, and is told the right password once for each request', async () => {
    expect(await ask('digest')).toMatchObject({
      kind: 'streams',
      model: 'Liar 1',
      open: false,
      streams: [{ codec: 'H264', size: { width: 1920, height: 1080 }, fps: 25, gop: 50 }, { name: 'sub' }],
    });
  });

  it.each<Lie>(['digest', 'refuses'])('that refuses (%s) has a wrong password tried once', async (lie) => {
    expect(await ask(lie, { ...LOGIN, password: 'wrong' })).toEqual({ kind: 'refused' });
    expect(camera?.tries()).toBe(1);
  });

  it.each<Lie>(['digest', 'refuses'])(
    'that wants a password (%s) is told none that was not given',
    async (lie) => {
      camera = await startLyingCamera(lie);
      expect(await askCamera(camera.url, undefined, timers)).toEqual({ kind: 'locked' });
      expect(camera.tries()).toBe(0);
    },
  );

  it('tells of JPEG only', async () => {
    expect(await ask('jpeg')).toMatchObject({ open: true, streams: [{ codec: 'JPEG' }] });
  });

  it.each<[Lie, Partial<OnvifAnswer>]>([
    ['nonsense', { kind: 'streams', streams: [] }],
    ['no-profiles', { kind: 'failed' }],
    ['no-xml', { kind: 'failed', why: 'it does not answer as an ONVIF camera' }],
    ['hangs', { kind: 'failed', why: 'it does not answer in time' }],
    ['endless', { kind: 'failed' }],
  ])('is not believed: %s', async (lie, expected) => {
    expect(await ask(lie)).toMatchObject(expected);
  });
});

const missing = virtualCameraMissing();

describe.skipIf(missing !== undefined)(
  `a virtual camera (ipycam)${missing === undefined ? '' : `: ${missing}`}`,
  () => {
    let cli: CliFixture;
    let camera: VirtualCamera | undefined;
    beforeAll(async () => {
      // Not before: where all of them are skipped, nothing would remove its folder.
      cli = new CliFixture();
      camera = await startVirtualCamera('Front door', LOGIN);
    });
    afterAll(async () => {
      await camera?.stop();
      await cli?.stop();
    });
    const place = (): string => `127.0.0.1:${camera?.onvifPort}`;

    it('is found by multicast, with its name', async () => {
      const { exitCode, stdout } = await cli.run(['discover', '--json']);
      const found = JSON.parse(stdout).cameras.find(({ url }: { url: string }) => url.includes(place()));
      expect(found).toMatchObject({
        name: 'Front door',
        id: expect.stringMatching(/^urn:uuid:/),
        answer: { kind: 'locked' },
      });
      expect(exitCode).toBe(0);
    });

    it('tells its streams for the right password', async () => {
      const args = ['discover', '--address', place(), '--user', LOGIN.username];
      const env = { LOCKSTEP_CAMERA_PASSWORD: LOGIN.password };
      const { exitCode, stdout, stderr } = await cli.run(args, env);
      expect(stderr).toBe('');
      expect(stdout).toBe(
        [
          `PythonCam VirtualCam-1  ${place()}`,
          `  MainStream  H264  1280x720  15 fps  -  rtsp://127.0.0.1:${camera?.rtspPort}/video_main`,
          `  SubStream   H264  640x360   15 fps  -  rtsp://127.0.0.1:${camera?.rtspPort}/video_sub`,
          '',
        ].join('\n'),
      );
      expect(exitCode).toBe(0);
    });

    it('says that the password is wrong', async () => {
      const args = ['discover', '--address', place(), '--user', LOGIN.username];
      const { exitCode, stdout } = await cli.run(args, { LOCKSTEP_CAMERA_PASSWORD: 'wrong' });
      expect(stdout).toContain('It refuses user or password. It was tried once');
      expect(exitCode).toBe(1);
    });
  },
);

describe('lockstep discover', () => {
  const cli = new CliFixture();
  afterAll(() => cli.stop());

  it.each([
    [
      ['--user', 'viewer', '--address', '127.0.0.1:9'],
      /password of "viewer" is not known.*LOCKSTEP_CAMERA_PASSWORD/s,
    ],
    [['--user', 'viewer', '--password-stdin'], /standard input holds no password/],
    [['--address', 'a:b:c'], /"a:b:c" is no address of a camera/],
    [['--address', 'rtsp://x'], /"rtsp:\/\/x" is no address of a camera/],
  ])('refuses %j', async (args, words) => {
    const { exitCode, stdout, stderr } = await cli.run(['discover', ...args]);
    expect([exitCode, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(words);
  });

  it('says that nothing listens at an address', async () => {
    const { exitCode, stdout } = await cli.run(['discover', '--address', '127.0.0.1:9']);
    expect(stdout).toBe('127.0.0.1:9\n  It cannot be asked: nothing listens there.\n');
    expect(exitCode).toBe(1);
  });
});
