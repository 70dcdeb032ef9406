import { execFileSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { checkRtsp } from '../../relay/doctor/rtsp.ts';
import { platformTimers } from '../../src/wire/ports.ts';
import { CliFixture } from '../support/cli-fixture.ts';
import { type RtspCamera, rtspMissing, startRtspCamera } from '../support/rtsp-camera.ts';

const SDP = 'v=0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n';
const CHALLENGE = 'WWW-Authenticate: Digest realm="cam", nonce="4f2c"\r\n';

/** A camera that asks for the password "s3cr3t" of "admin" by digest, or behaves as `answer` says. */
class FakeCamera {
  readonly requests: string[] = [];
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;
  port = 0;

  constructor(answer: (request: string) => string | undefined) {
    this.#server = createServer((socket) => {
      this.#sockets.add(socket);
      socket.on('data', (data) => {
        const request = data.toString();
        this.requests.push(request);
        const text = answer(request);
        if (text === undefined) socket.destroy();
        else socket.write(text);
      });
      socket.on('error', () => socket.destroy());
    });
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    const address = this.#server.address();
    this.port = typeof address === 'object' && address !== null ? address.port : 0;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    if (this.#server.listening) await new Promise((resolve) => this.#server.close(resolve));
  }
}

const status = (line: string, headers = '', body = ''): string =>
  `RTSP/1.0 ${line}\r\nCSeq: 1\r\n${headers}Content-Length: ${body.length}\r\n\r\n${body}`;
/** Computed with md5sum by the rule of RFC 2617 for admin, cam, s3cr3t, nonce 4f2c. */
const digest = (uri: string): string => {
  const md5 = (text: string): string => execFileSync('md5sum', { input: text }).toString().slice(0, 32);
  return md5(`${md5('admin:cam:s3cr3t')}:4f2c:${md5(`DESCRIBE:${uri}`)}`);
};

let camera = new FakeCamera(() => undefined);
const timers = platformTimers();
const look = (url: string, login: { username?: string; password?: string } = {}) =>
  checkRtsp(
    { type: 'rtsp', url: url.replace('PORT', String(camera.port)), ...login },
    'cameras[0] door',
    timers,
  );
async function cameraThat(answer: (request: string) => string | undefined): Promise<void> {
  camera = new FakeCamera(answer);
  await camera.start();
}
const locked = (request: string): string =>
  request.includes(`response="${digest(`rtsp://127.0.0.1:${camera.port}/live`)}"`)
    ? status('200 OK', '', SDP)
    : status('401 Unauthorized', CHALLENGE);

describe('checkRtsp', () => {
  afterEach(() => camera.stop());

  it('accepts a camera that answers', async () => {
    await cameraThat(() => status('200 OK', '', SDP));
    expect(await look('rtsp://127.0.0.1:PORT/live')).toEqual({
      level: 'ok',
      where: 'cameras[0] door',
      what: `127.0.0.1 port ${camera.port} answers and offers H264`,
      fix: '',
    });
  });

  it.each([
    ['in the address', 'rtsp://admin:s3cr3t@127.0.0.1:PORT/live', {}],
    ['under its keys', 'rtsp://127.0.0.1:PORT/live', { username: 'admin', password: 's3cr3t' }],
  ])('logs in with the password %s, without sending it', async (_about, url, login) => {
    await cameraThat(locked);
    expect((await look(url, login)).level).toBe('ok');
    expect(camera.requests.join('')).not.toContain('s3cr3t');
  });

  it.each([
    [
      'a wrong password',
      'rtsp://admin:wr0ng@127.0.0.1:PORT/live',
      'refuses the user or password (401)',
      'Correct "username"',
    ],
    ['no password', 'rtsp://127.0.0.1:PORT/live', 'asks for a user and password (401)', 'Add "username"'],
  ])('tells %s', async (_about, url, what, fix) => {
    await cameraThat(locked);
    const finding = await look(url);
    expect(finding).toMatchObject({ level: 'fail', what: `127.0.0.1 port ${camera.port} ${what}` });
    expect(finding.fix).toContain(fix);
    expect(JSON.stringify(finding)).not.toContain('wr0ng');
  });

  it.each([
    ['has no such stream', () => status('404 Not Found'), 'has no such stream (404)'],
    ['sends sound only', () => status('200 OK', '', 'v=0\r\nm=audio 0 RTP/AVP 0\r\n'), 'offers no video'],
    ['is something else', () => 'HTTP/1.1 400 Bad Request\r\n\r\n', 'does not answer as an RTSP camera'],
    ['hangs up', () => undefined, 'closes the connection without an answer'],
    [
      'never ends its answer',
      () => `RTSP/1.0 200 OK\r\nX: ${'x'.repeat(70_000)}`,
      'does not answer as an RTSP camera',
    ],
  ])('explains a camera that %s', async (_about, answer, what) => {
    await cameraThat(answer);
    const finding = await look('rtsp://127.0.0.1:PORT/live');
    expect(finding.level).toBe('fail');
    expect(finding.what).toContain(what);
  });

  it('explains a camera that is not there', async () => {
    await cameraThat(() => undefined);
    await camera.stop();
    expect(await look('rtsp://127.0.0.1:PORT/live')).toMatchObject({
      level: 'fail',
      what: `127.0.0.1 port ${camera.port} refuses the connection`,
      fix: 'Check the address and port, that the camera is on, and that this host is in its network.',
    });
  });

  it('gives up on a camera that is silent', async () => {
    await cameraThat(() => '');
    expect((await look('rtsp://127.0.0.1:PORT/live')).what).toContain('does not answer within 5 s');
  });
});

describe('lockstep doctor', () => {
  const cli = new CliFixture();
  afterAll(() => cli.stop());
  const TEST = 'cameras:\n  - id: a\n    source: {type: test}\n';

  it('looks at the host without a configuration', async () => {
    const { exitCode, stdout } = await cli.run(['doctor', '--json'], { XDG_STATE_HOME: cli.folder });
    const { findings } = JSON.parse(stdout);
    expect(findings).toContainEqual(expect.objectContaining({ level: 'ok', where: 'ffmpeg' }));
    expect(findings).toContainEqual(expect.objectContaining({ level: 'ok', where: 'dataDir' }));
    expect([0, 1]).toContain(exitCode); // The default port may be in use where the tests run.
  });

  it('finds all that is wrong at once', async () => {
    await cameraThat(locked);
    cli.write(
      'sick.yaml',
      [
        `server: {host: 0.0.0.0, port: ${camera.port}, hlsAccess: open}`,
        'ffmpeg: /none/ffmpeg',
        'dataDir: /proc/none',
        'cameras:',
        '  - id: door',
        `    source: {type: rtsp, url: "rtsp://admin:hunter2@127.0.0.1:${camera.port}/live"}`,
        '  - id: usb',
        '    source: {type: v4l2, device: /dev/video250}',
        '  - id: wall',
        '    source: {type: test, size: 7680x4320, fps: 60}',
        '    encode: {preset: medium, fps: 60, size: 7680x4320}',
        '',
      ].join('\n'),
    );
    const { exitCode, stdout, stderr } = await cli.run(['doctor', '--config', 'sick.yaml']);
    await camera.stop();
    expect(exitCode).toBe(1);
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^fail +ffmpeg +ffmpeg was not found at \/none\/ffmpeg\.$/m);
    expect(stdout).toMatch(
      new RegExp(`^fail +server.port +Port ${camera.port} on 0\\.0\\.0\\.0 is taken by .*\\.$`, 'm'),
    );
    expect(stdout).toMatch(/^warn +server.host +server\.host is 0\.0\.0\.0: .* everyone there can watch\.$/m);
    expect(stdout).toMatch(/^fail +cameras\[0\] door .* refuses the user or password \(401\)\.$/m);
    expect(stdout).toMatch(/^fail +cameras\[1\] usb +there is no \/dev\/video250 \(ENOENT\)\.$/m);
    expect(stdout).toMatch(/^warn +cameras +encoding 3 cameras takes about [\d.]+ of \d+ cores\.$/m);
    expect(stdout).not.toContain('hunter2');
  });

  it('runs ffmpeg in the environment that the relay gives to its own', async () => {
    // A build whose libraries lie in a folder of their own, which an outside variable must not reach.
    const program = cli.write(
      'ffmpeg',
      [
        '#!/bin/sh',
        '[ "$LD_LIBRARY_PATH" = /opt/codecs ] && [ -z "$FFREPORT$LOCKSTEP_TEST_SECRET" ] || exit 127',
        'echo "ffmpeg version 7.1"',
        'echo " V....D libx264"',
        '',
      ].join('\n'),
    );
    chmodSync(program, 0o755);
    cli.write('own.yaml', `mediamtx: {enabled: false}\nffmpeg: ${program}\n${TEST}`);
    const check = (env: Record<string, string>) => cli.run(['check', '--config', 'own.yaml'], env);
    const secrets = { FFREPORT: 'level=32', LOCKSTEP_TEST_SECRET: 'hush' };
    expect((await check({ ...secrets, LD_LIBRARY_PATH: '/opt/codecs' })).stdout).toMatch(/version 7\.1/);
    expect((await check(secrets)).stdout).toMatch(/^fail +ffmpeg/m);
  });

  it('goes on when the configuration is broken', async () => {
    cli.write('broken.yaml', `mediamtc: {}\n${TEST}`);
    const { exitCode, stdout } = await cli.run(['doctor', '--config', 'broken.yaml']);
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(
      /^fail +broken\.yaml:1 +mediamtc is not a known key\.\n +Did you mean "mediamtx"\?$/m,
    );
    expect(stdout).toMatch(/^ok +ffmpeg/m);
  });
});

const missing = rtspMissing();

describe.skipIf(missing !== undefined)(
  `lockstep doctor and streams of a camera (${missing ?? 'real ones'})`,
  () => {
    const cli = new CliFixture();
    let main: RtspCamera;
    let other: RtspCamera;
    beforeAll(async () => {
      [main, other] = await Promise.all([
        startRtspCamera({ user: 'admin', password: 's3cr3t' }),
        startRtspCamera({ user: 'admin', password: 's3cr3t' }),
      ]);
      main.resize(1920, 1080);
      other.resize(640, 480);
    });
    afterAll(async () => {
      await Promise.all([main.stop(), other.stop(), cli.stop()]);
    });

    it('names codec, size and keyframes of each, and what is missing or not what it seems', async () => {
      const url = (camera: RtspCamera, path: string): string => `rtsp://127.0.0.1:${camera.port}/${path}`;
      cli.write(
        'streams.yaml',
        [
          'server: {port: 0}',
          'cameras:',
          '  - id: door',
          `    source: {type: rtsp, url: "${url(main, 'cam')}", username: admin, password: s3cr3t}`,
          '  - id: gate',
          '    source:',
          '      type: rtsp',
          `      url: "${url(other, 'bars')}"`,
          '      username: admin',
          '      password: s3cr3t',
          '      substreams:',
          `        - url: "${url(main, 'rings')}"`,
          `        - url: "${url(other, 'gone')}"`,
          '',
        ].join('\n'),
      );
      const { stdout, stderr } = await cli.run(['doctor', '--config', 'streams.yaml', '--json']);
      expect(stderr).toBe('');
      expect(stdout).not.toContain('s3cr3t');
      const findings: { level: string; where: string; what: string }[] = JSON.parse(stdout).findings;
      const about = (where: string): string[] =>
        findings.filter((each) => each.where === where).map(({ level, what }) => `${level} ${what}`);
      expect(about('cameras[0] door')).toEqual([
        `ok 127.0.0.1 port ${main.port} answers and offers H264`,
        'ok sends H.264, 1920x1080, a keyframe every 1.0 s',
        expect.stringMatching(
          /^warn has no substream: for each small tile this host decodes 1920x1080, 2\.3 times/,
        ),
      ]);
      expect(about('cameras[1] gate')[1]).toBe('ok sends H.264, 640x480, a keyframe every 1.0 s');
      expect(about('cameras[1] gate, substream 1')).toEqual([
        `ok 127.0.0.1 port ${main.port} answers and offers H264`,
        'ok sends H.264, 1920x1080, a keyframe every 1.0 s',
        'warn is larger than the main stream (1920x1080 beside 640x480)',
        'warn has another shape than the main stream (1920x1080 beside 640x480): it may be another camera, or a cropped or squeezed picture',
        expect.stringMatching(
          /^warn does not look like the main stream \(their pictures correlate by -?0\.\d\d,/,
        ),
      ]);
      expect(about('cameras[1] gate, substream 2')).toEqual([
        `fail 127.0.0.1 port ${other.port} has no such stream (404)`,
      ]);
    });
  },
);
