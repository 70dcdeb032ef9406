import {
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { createAuthenticator } from '../../relay/access/auth.ts';
import { loadConfig } from '../../relay/config/load.ts';
import { RELAY_PROGRAM } from '../../rig/relay.ts';
import { wallClock } from '../../src/wire/ports.ts';
import { CliFixture } from '../support/cli-fixture.ts';
import { freePort } from '../support/free-port.ts';
import { LOGIN, startLyingCamera } from '../support/lying-camera.ts';
import { startResponder } from '../support/onvif-responder.ts';
import { type RtspCamera, rtspMissing, startRtspCamera } from '../support/rtsp-camera.ts';
import { onTerminal, terminalMissing } from '../support/terminal.ts';
import { startVirtualCamera, type VirtualCamera, virtualCameraMissing } from '../support/virtual-camera.ts';

const cli = new CliFixture();
const file = join(cli.folder, 'lockstep.yaml');
afterAll(() => cli.stop());
afterEach(() => {
  for (const name of readdirSync(cli.folder))
    if (name.startsWith('lockstep.yaml')) rmSync(join(cli.folder, name));
});

describe('lockstep init', () => {
  it.each([
    [['init'], /asks questions, and there is no terminal.*--yes/s],
    [['init', '--yes', '--user', 'viewer', '--camera', 'x'], /password of "viewer" is not known/],
    [['init', '--yes', '--port', '99999'], /--port "99999" is no port/],
    [['init', '--yes', '--config', 'gone/lockstep.yaml'], /cannot be written: there is no folder.*--config/s],
    [['init', '--yes', '--camera', 'rtsp://'], /stream has an address that is none/],
    [['init', '--yes', '--camera', 'Door=rtsp://127.0.0.1:9/a'], /there is no camera to write down/],
    [['init', '--yes', '--camera', '127.0.0.1:9'], /left out. It cannot be asked: nothing listens there/],
  ])('refuses %j and writes nothing', async (args, words) => {
    const { exitCode, stdout, stderr } = await cli.run([
      ...args,
      ...(args.includes('--port') ? [] : ['--port', String(await freePort())]),
    ]);
    expect([exitCode, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(words);
    expect(existsSync(file)).toBe(false);
  });

  it('refuses before it asks anything when the port is taken or ffmpeg is not there', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const address = server.address();
    const port = String(typeof address === 'object' && address !== null ? address.port : 0);
    const taken = await cli.run(['init', '--yes', '--port', port]);
    expect(taken.stderr).toMatch(new RegExp(`^error: .*${port}.*\nName another port with --port`));
    await new Promise((resolve) => server.close(resolve));
    const without = await cli.run(['init', '--yes', '--port', port], { PATH: cli.folder });
    expect(without.stderr).toMatch(/^error: ffmpeg was not found on PATH\.\nInstall it/);
  });

  it('leaves a configuration alone that has mistakes', async () => {
    cli.write('lockstep.yaml', 'camras: []\n');
    const { exitCode, stderr } = await cli.run(['init', '--yes']);
    expect([exitCode, readFileSync(file, 'utf8')]).toEqual([2, 'camras: []\n']);
    expect(stderr).toContain('Did you mean "cameras"?');
  });
});

const noRtsp = rtspMissing();
const noTerminal = terminalMissing();
const terminalEnv = {
  ...{ PATH: process.env.PATH ?? '', HOME: cli.folder, TERM: 'xterm-256color', COLORTERM: 'truecolor' },
  XDG_STATE_HOME: join(cli.folder, 'state'),
};

describe.skipIf(noRtsp !== undefined)(
  `lockstep init and a stream${noRtsp === undefined ? '' : `: ${noRtsp}`}`,
  () => {
    let camera: RtspCamera | undefined;
    let url = '';
    beforeAll(async () => {
      camera = await startRtspCamera({ user: LOGIN.username, password: LOGIN.password });
      url = `rtsp://127.0.0.1:${camera.port}/whole`;
    });
    afterAll(() => camera?.stop());
    const scripted = async (...args: string[]) =>
      cli.run(['init', '--yes', '--port', String(await freePort()), '--user', LOGIN.username, ...args], {
        LOCKSTEP_CAMERA_PASSWORD: LOGIN.password,
      });

    it('looks at it, writes it down, and adds to what is there without losing a comment', async () => {
      const first = await scripted('--camera', `Front door=${url}`, '--listen', 'here');
      expect(first.stderr).toContain('sends H.264, 320x240, a keyframe every 1.0 s.');
      expect(first.stderr).not.toContain(LOGIN.password);
      expect(first.stdout).toContain('lockstep run --config lockstep.yaml');
      expect(statSync(file).mode & 0o777).toBe(0o600);
      const before = readFileSync(file, 'utf8');

      const second = await scripted(
        '--camera',
        url,
        '--camera',
        `Yard=${url.replace('whole', 'cam')}`,
        '--listen',
        'lan',
        '--json',
      );
      expect(second.stderr).toContain('is left out: the configuration has the same address already.');
      const { backup, added, addresses } = JSON.parse(second.stdout);
      expect([added, addresses[0]]).toEqual([1, expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/)]);
      expect(readFileSync(join(cli.folder, backup), 'utf8')).toBe(before);
      const config = loadConfig(file);
      expect(config.server.host).toBe('0.0.0.0');
      expect(config.cameras.map(({ id, source }) => [id, source])).toEqual([
        ['front-door', { type: 'rtsp', url, ...LOGIN }],
        ['yard', { type: 'rtsp', url: url.replace('whole', 'cam'), ...LOGIN }],
      ]);
      const third = await cli.run(['init', '--yes', '--camera', url]);
      expect([third.exitCode, third.stderr]).toEqual([0, expect.stringContaining('stays as it is')]);
      for (const line of before.split('\n').filter((each) => each.includes('#')))
        expect(readFileSync(file, 'utf8')).toContain(line);
    });

    it.skipIf(process.getuid?.() !== 0)(
      'as root, for a relay of another user, says how that is started and paired',
      async () => {
        mkdirSync(cli.dataDir, { recursive: true });
        chownSync(cli.dataDir, 65_534, 65_534);
        onTestFinished(() => rmSync(cli.dataDir, { recursive: true }));
        const { stdout } = await scripted('--camera', url);
        const start = existsSync('/run/systemd/system')
          ? 'sudo systemctl start lockstep'
          : 'sudo -u lockstep lockstep run';
        expect(stdout).toMatch(
          new RegExp(
            `^Start the relay, .*: +${start}\nPair a browser .*: +sudo -u lockstep lockstep pair\n$`,
          ),
        );
      },
    );

    it('tells a relay that runs, and shows a code where nobody is paired', async () => {
      await scripted('--camera', `Front door=${url}`);
      const relay = cli.spawn(['run', '--json']);
      await relay.lines(1);
      const { stdout, exitCode } = await cli.run(
        ['init', '--yes', '--user', LOGIN.username, '--camera', `Bars=${url.replace('whole', 'bars')}`],
        { LOCKSTEP_CAMERA_PASSWORD: LOGIN.password },
      );
      relay.process.kill('SIGINT');
      await relay.ended;
      expect(exitCode).toBe(0);
      expect(stdout).toMatch(
        /has read lockstep\.yaml again:\n {2}camera "bars" added\.\nPairing code {2}\d{4} \d{4}\n/,
      );
    });

    it('tries the password at the stream of a camera whose ONVIF is open', async () => {
      const onvif = await startLyingCamera('open', url);
      onTestFinished(() => onvif.stop());
      const { stdout, exitCode } = await scripted('--camera', `Yard=${new URL(onvif.url).host}`);
      expect([exitCode, stdout]).toEqual([0, expect.stringContaining('Address')]);
      expect(loadConfig(file).cameras.map(({ name, source }) => [name, source])).toEqual([
        ['Yard', { type: 'rtsp', url, ...LOGIN }],
      ]);
    });

    it.skipIf(noTerminal !== undefined)(
      'asks for user and password in one line, hides the password, and asks again what refused',
      async () => {
        const onvif = await startLyingCamera('digest', url);
        onTestFinished(() => onvif.stop());
        const { shown } = await onTerminal(
          [
            ...[process.execPath, RELAY_PROGRAM, 'init', '--port', String(await freePort())],
            ...['--camera', new URL(onvif.url).host],
          ],
          [
            ['User and password of the cameras, as in admin:', 'word\r'],
            ['Type both, with a colon between them', '\u0015viewer:a:b\r'],
            ['as in viewer:password', `viewer:${LOGIN.password}\r`],
            ['Where will you watch?', '\r'],
            ['Start the relay?', '\u0003'],
          ],
          { cwd: cli.folder, env: terminalEnv },
        );
        expect(shown).toContain('It refuses user or password. It was tried once');
        expect(shown).toContain('viewer:▪▪▪');
        expect(shown).not.toMatch(new RegExp(`a:b|${LOGIN.password}`));
        expect(onvif.tries()).toBeGreaterThan(1);
        expect(loadConfig(file).cameras[0]?.source).toMatchObject({ type: 'rtsp', ...LOGIN });
      },
    );

    it('says of two cameras that they have one address, and writes one down', async () => {
      const onvif = await startLyingCamera('open', url);
      onTestFinished(() => onvif.stop());
      for (const name of ['Twin-1', 'Twin-2']) {
        const responder = await startResponder(name, onvif.url);
        onTestFinished(() => responder.stop());
      }
      const { stderr } = await scripted('--listen', 'here');
      expect(stderr).toMatch(/"Twin-\d" and "Twin-\d" have one address, .*give one of them another/);
      expect(stderr).toMatch(/"Twin-\d" is left out: "Twin-\d" has the same address already\./);
      const written = loadConfig(file).cameras.filter(({ name }) => name?.startsWith('Twin'));
      expect(written.map(({ source }) => source)).toEqual([
        { type: 'rtsp', url, ...LOGIN, onvifId: expect.stringMatching(/^urn:uuid:Twin-\d$/) },
      ]);
    });

    it('writes nothing when the password is wrong', async () => {
      const { exitCode, stderr } = await cli.run(
        ['init', '--yes', '--port', String(await freePort()), '--user', 'viewer', '--camera', url],
        { LOCKSTEP_CAMERA_PASSWORD: 'wrong' },
      );
      expect([exitCode, existsSync(file)]).toEqual([1, false]);
      expect(stderr).toContain('refuses the user or password (401)');
    });
  },
);

const noVirtual = virtualCameraMissing() ?? noTerminal;

describe.skipIf(noVirtual !== undefined)(
  `lockstep init on a terminal, and a virtual camera${noVirtual === undefined ? '' : `: ${noVirtual}`}`,
  () => {
    let camera: VirtualCamera | undefined;
    beforeAll(async () => {
      camera = await startVirtualCamera('Front door', LOGIN);
    });
    afterAll(() => camera?.stop());
    const command = async () => [
      ...[process.execPath, RELAY_PROGRAM, 'init', '--port', String(await freePort())],
      ...['--camera', `127.0.0.1:${camera?.onvifPort}`],
    ];

    it('asks again after a wrong password, shows a still, writes, starts the relay: the camera is live', async () => {
      const { shown } = await onTerminal(
        await command(),
        [
          ['User and password of the cameras, as in admin:', `${LOGIN.username}\r`],
          ['Type both, with a colon between them', ':wrong\r'],
          [`as in ${LOGIN.username}:password`, `${LOGIN.username}:${LOGIN.password}\r`],
          ['Where will you watch?', '\r'],
          ['Start the relay?', '\r'],
          ['camera live', '\u0003'],
        ],
        { cwd: cli.folder, env: terminalEnv },
      );
      expect(shown).toContain('It refuses user or password. It was tried once');
      expect(shown).toContain('▀'.repeat(64));
      expect(shown).toContain('sends H.264, 1280x720');
      expect(shown).toMatch(/Pairing code {2}\d{4} \d{4}/);
      expect(shown).not.toContain(LOGIN.password);
      expect(loadConfig(file).cameras[0]?.source).toEqual({
        ...{ type: 'rtsp', url: `rtsp://127.0.0.1:${camera?.rtspPort}/video_main`, ...LOGIN },
        substreams: [{ url: `rtsp://127.0.0.1:${camera?.rtspPort}/video_sub`, ...LOGIN }],
      });
    });

    it('starts it as a service of the user, where there is a systemd, and shows a code that it takes', async () => {
      const bin = join(cli.folder, 'bin');
      mkdirSync(bin);
      // Does what the unit says, which is all that is asked of systemd here; setsid needs a moment to take it out of the
      // process group, which is ended with the program that was started.
      const unit = join(cli.folder, '.config', 'systemd', 'user', 'lockstep.service');
      const systemctl = join(bin, 'systemctl');
      const start = `HOME='${cli.folder}' XDG_STATE_HOME='${terminalEnv.XDG_STATE_HOME}' setsid $(sed -n 's/^ExecStart=//p' '${unit}') </dev/null >/dev/null 2>&1 3>&- & echo $! >'${bin}/pid'; sleep 1`;
      writeFileSync(
        systemctl,
        `#!/bin/sh\necho "$@" >>'${bin}/asked'\ncase "$2" in enable) ${start};; esac\n`,
        { mode: 0o755 },
      );
      const { shown, exitCode } = await onTerminal(
        await command(),
        [
          ['User and password of the cameras', `${LOGIN.username}:${LOGIN.password}\r`],
          ['Where will you watch?', '\r'],
          ['Start the relay?', '\r'],
        ],
        { cwd: cli.folder, env: { ...terminalEnv, PATH: `${bin}:${terminalEnv.PATH}` } },
      );
      const pid = Number(readFileSync(join(bin, 'pid'), 'utf8'));
      onTestFinished(() => void process.kill(pid));
      expect(readFileSync(join(bin, 'asked'), 'utf8')).toBe(
        '--user show-environment\n--user daemon-reload\n--user enable --now lockstep\n',
      );
      expect([exitCode, shown]).toEqual([0, expect.stringContaining('Pairing code')]);
      const code = /Pairing code {2}(\d{4} \d{4})/.exec(shown)?.[1] ?? '';
      const desk = createAuthenticator({ dataDir: cli.dataDir, clock: wallClock });
      expect(await desk.pair({ code, clientName: 'test', origin: undefined })).toHaveProperty('token');
    });

    it.each([
      ['User and password of the cameras', []],
      [
        'Where will you watch?',
        [['User and password of the cameras', `${LOGIN.username}:${LOGIN.password}\r`]],
      ],
    ] as const)('leaves nothing behind when it is ended at "%s"', async (question, before) => {
      const end = await onTerminal(await command(), [...before, [question, '\u0003']], {
        cwd: cli.folder,
        env: terminalEnv,
      });
      expect(end.shown).toContain('Nothing was changed.');
      expect(end.exitCode).toBe(1);
      expect(readdirSync(cli.folder).filter((name) => name.startsWith('lockstep'))).toEqual([]);
    });
  },
);
