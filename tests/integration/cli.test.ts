import { spawn } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  existsSync,
  fstatSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { createAuthenticator } from '../../relay/access/auth.ts';
import { processStartTime } from '../../relay/process/run-records.ts';
import { RELAY_PROGRAM } from '../../rig/relay.ts';
import { wallClock } from '../../src/wire/ports.ts';
import { CliFixture } from '../support/cli-fixture.ts';

const CAMERA =
  'cameras:\n  - id: door\n    name: Front door\n    source: {type: test, size: 320x180, fps: 10}\n';
const ORIGIN = 'chrome-extension://abcdefghijklmnopabcdefghijklmnop';
const cli = new CliFixture();

afterAll(() => cli.stop());

describe('lockstep', () => {
  it('shows its help, its commands and its exit codes', async () => {
    const { exitCode, stdout, stderr } = await cli.run(['--help']);
    expect(exitCode).toBe(0);
    expect(stderr).toBe('');
    for (const word of ['run', 'check', 'doctor', 'pair', 'tokens', 'Exit codes: 0'])
      expect(stdout).toContain(word);
  });

  it.each([
    [['chekc'], 'Did you mean check?'],
    [['check', '--confg', 'x'], 'Did you mean --config?'],
    [['tokens', 'revoke'], "missing required argument 'id'"],
    [[], 'Usage: lockstep'],
  ])('refuses %j with exit code 2', async (args, text) => {
    const { exitCode, stdout, stderr } = await cli.run(args);
    expect(exitCode).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain(text);
  });

  it('shows a stack only when asked', async () => {
    const quiet = await cli.run(['tokens', 'revoke', '01234567']);
    expect(quiet).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: 'error: there is no token "01234567".\nRun `lockstep tokens list` for the ids.\n',
    });
    const verbose = await cli.run(['tokens', 'revoke', '01234567', '--verbose']);
    expect(verbose.stderr).toMatch(/\n +at /);
  });
});

describe('lockstep print-unit', () => {
  it('writes a unit for the configuration that lies here, and to standard error what to do with it', async () => {
    const file = cli.write('lockstep.yaml', CAMERA);
    const { exitCode, stdout, stderr } = await cli.run(['print-unit', '--account', 'cameras']);
    expect(exitCode).toBe(0);
    expect(stdout).toContain(`ExecStart=${process.execPath} ${RELAY_PROGRAM} run --config ${file}\n`);
    expect(stdout).toContain('\nUser=cameras\n');
    expect(stderr).toContain(`lockstep print-unit --account cameras --config ${file} | sudo tee `);
    expect(stderr).toContain('sudo systemctl');
    rmSync(file);
  });

  it.each([
    [['--config', 'gone.yaml'], /there is no configuration .*gone\.yaml\..*--config/s],
    [['--account', 'Ca%m'], /--account "Ca%m" is no name of an account\..*small letters/s],
  ])('refuses %j', async (args, words) => {
    const { exitCode, stdout, stderr } = await cli.run(['print-unit', ...args]);
    expect([exitCode, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(words);
  });
});

describe('lockstep logs', () => {
  it.each([
    [[], '--unit lockstep --lines 100'],
    [['--follow', '--lines', '5'], '--unit lockstep --lines 5 --follow'],
    [['--user'], '--user --user-unit lockstep --lines 100'],
  ])('asks the journal: %j', async (args, expected) => {
    const journalctl = cli.write('journalctl', '#!/bin/sh\necho "$@"\n');
    chmodSync(journalctl, 0o755);
    const { exitCode, stdout } = await cli.run(['logs', ...args], {
      PATH: `${cli.folder}:${process.env.PATH}`,
    });
    rmSync(journalctl);
    expect([exitCode, stdout]).toEqual([0, `${expected}\n`]);
  });

  it('says where the log is when there is no journal', async () => {
    const { exitCode, stderr } = await cli.run(['logs'], { PATH: cli.folder });
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^error: there is no journalctl here.*\nA relay that was started in a terminal/);
    expect((await cli.run(['logs', '--lines', 'all'])).stderr).toMatch(/--lines "all" is no number of lines/);
  });
});

describe('lockstep check', () => {
  it('accepts a good configuration and the tools of this host', async () => {
    cli.write('good.yaml', `mediamtx: {enabled: false}\n${CAMERA}`);
    const { exitCode, stdout } = await cli.run(['check', '--config', 'good.yaml']);
    expect(stdout).toMatch(
      /^ok {4}good\.yaml {2}valid, 1 camera\.\nok {4}ffmpeg {5}ffmpeg is version \S+ with libx264\.\nok {4}mediamtx {3}not used: mediamtx\.enabled is false\.\n$/,
    );
    expect(exitCode).toBe(0);
  });

  it('ends with 2 and every problem of the configuration', async () => {
    cli.write(
      'bad.yaml',
      `prot: 1\n${CAMERA}  - id: door\n    source: {type: rtsp, url: "http://u:hunter2@cam/"}\n`,
    );
    expect(await cli.run(['check', '--config', 'bad.yaml'])).toEqual({
      exitCode: 2,
      stdout: '',
      stderr: [
        'bad.yaml:1:1: prot is not a known key. Known here: server, media, mediamtx, ffmpeg, dataDir, logLevel, cameras.',
        'bad.yaml:6:9: cameras[1].id must be unique, but "door" on line 6 is also on line 3. Give one of the two cameras another id.',
        'bad.yaml:7:31: cameras[1].source.url must be an address that begins with rtsp:// or rtsps://, but is "http://***@cam/". Write it in this form.',
        '3 problems in the configuration.',
        '',
      ].join('\n'),
    });
  });

  it('ends with 1 and the way to install ffmpeg when there is none', async () => {
    cli.write('good.yaml', CAMERA);
    const { exitCode, stdout } = await cli.run(['check', '--config', 'good.yaml', '--json'], {
      PATH: cli.folder,
    });
    expect(exitCode).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      healthy: false,
      findings: [
        { level: 'ok' },
        {
          level: 'fail',
          what: 'ffmpeg was not found on PATH',
          fix: expect.stringContaining('sudo apt install ffmpeg'),
        },
        { level: 'ok', where: 'mediamtx' },
      ],
    });
  });
});

describe('lockstep pair and tokens', () => {
  it('issues a code that a running relay accepts, lists its client, and revokes it', async () => {
    const auth = createAuthenticator({ dataDir: cli.dataDir, clock: wallClock });
    expect((await cli.run(['tokens', 'list'])).stdout).toBe(
      'No client is paired. Run `lockstep pair` for a code.\n',
    );
    const { stdout } = await cli.run(['pair']);
    const code = /^Pairing code {2}(\d{4} \d{4})\n.*http:\/\/127\.0\.0\.1:8780/.exec(stdout)?.[1] ?? '';
    const answer = await auth.pair({ code, clientName: 'Chromium\u001b[2J', origin: ORIGIN });
    const token = 'token' in answer ? answer.token : '';
    expect(auth.verify(token, ORIGIN)).toBe(true);

    const [client] = JSON.parse((await cli.run(['tokens', 'list', '--json'])).stdout);
    const list = await cli.run(['tokens', 'list']);
    expect(list.stdout).toMatch(
      /^id +client +origin +issued +may\n[0-9a-f]{8} {2}Chromium\?\[2J +chrome-extension:.* watch\n$/,
    );
    expect(list.stdout).not.toContain(token);

    const rights = () => auth.rightsOf(token, ORIGIN)?.mayChangeCameras;
    const allowed = await cli.run(['tokens', 'allow', client.id]);
    expect([allowed.stdout, rights()]).toEqual([
      `Token ${client.id} may change the cameras of this relay now.\n`,
      true,
    ]);
    expect((await cli.run(['tokens', 'list'])).stdout).toContain(' watch, change cameras\n');
    const forbidden = await cli.run(['tokens', 'forbid', client.id]);
    expect([forbidden.exitCode, rights()]).toEqual([0, false]);
    expect((await cli.run(['tokens', 'allow', '01234567'])).stderr).toContain('there is no token "01234567"');

    expect(await cli.run(['tokens', 'rename', client.id, ' Kitchen '])).toMatchObject({
      exitCode: 0,
      stdout: `Token ${client.id} is listed as Kitchen now.\n`,
    });
    expect((await cli.run(['tokens', 'list'])).stdout).toContain(`\n${client.id}  Kitchen `);
    expect(auth.verify(token, ORIGIN)).toBe(true);

    expect((await cli.run(['tokens', 'revoke', client.id])).exitCode).toBe(0);
    expect(auth.verify(token, ORIGIN)).toBe(false);
  });

  it('lets who gets the code change cameras where that was said', async () => {
    const auth = createAuthenticator({ dataDir: cli.dataDir, clock: wallClock });
    const { code } = JSON.parse((await cli.run(['pair', '--cameras', '--json'])).stdout);
    const answer = await auth.pair({ code, clientName: 'Firefox', origin: ORIGIN });
    const rights = 'token' in answer ? auth.rightsOf(answer.token, ORIGIN) : undefined;
    expect(rights?.mayChangeCameras).toBe(true);
    await cli.run(['tokens', 'revoke', rights?.id ?? '']);
  });

  it.each([
    [['rename', '00000000', 'Kitchen'], /^error: there is no token "00000000"\.\nRun `lockstep tokens list`/],
    [['rename', '00000000', ' '], /^error: a name has 1 to 80 characters, this one 0\./],
    [['revoke', '00000000'], /^error: there is no token "00000000"\./],
  ])('refuses tokens %j', async (args, words) => {
    const { exitCode, stderr } = await cli.run(['tokens', ...args]);
    expect([exitCode, stderr]).toEqual([1, expect.stringMatching(words)]);
  });

  it('gives scripts the link as well', async () => {
    const { code, link, addresses } = JSON.parse((await cli.run(['pair', '--json'])).stdout);
    expect(link).toBe(`${addresses[0]}/pair#${code}`);
  });

  it('uses the data folder and port of the configuration', async () => {
    cli.write('other.yaml', `dataDir: other\nserver: {port: 9999}\n${CAMERA}`);
    const { stdout } = await cli.run(['pair', '--config', 'other.yaml']);
    expect(stdout).toContain('http://127.0.0.1:9999');
    expect(readdirSync(join(cli.folder, 'other'))).toEqual(['pairing.json']);
  });

  it('says what to do when the data folder cannot be created', async () => {
    cli.write('file', '');
    cli.write('blocked.yaml', `dataDir: file/below\n${CAMERA}`);
    const { exitCode, stderr } = await cli.run(['pair', '--config', 'blocked.yaml']);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(
      /^error: the data folder \S+\/file\/below cannot be created \(ENOTDIR\)\.\nChange the owner/,
    );
  });
});

describe('lockstep run', () => {
  const config = (more = ''): string =>
    cli.write('run.yaml', `mediamtx: {enabled: false}\nserver: {port: 0}\n${more}${CAMERA}`);
  afterEach(() => {
    expect(existsSync(join(cli.dataDir, 'relay.lock')), 'the relay released its folder').toBe(false);
  });

  it('prints where it is and a pairing code, and stops on SIGINT with nothing left behind', async () => {
    const relay = cli.spawn(['run', '--config', config()]);
    const stdout = await relay.lines(7);
    const url = /^address +(http:\/\/127\.0\.0\.1:\d+)$/m.exec(stdout)?.[1] ?? '';
    expect(stdout).toMatch(/^mediamtx +off \(as configured\)$/m);
    expect(stdout).toMatch(/^camera {2}door {2}test {2}Front door$/m);
    expect(stdout).toMatch(/^Pairing code {2}\d{4} \d{4}$/m);
    expect((await fetch(`${url}/health`)).status).toBe(200);
    const lock: unknown = JSON.parse(readFileSync(join(cli.dataDir, 'relay.lock'), 'utf8'));
    expect(lock).toMatchObject({ pid: relay.process.pid });

    relay.process.kill('SIGINT');
    const { exitCode, stderr } = await relay.ended;
    expect(exitCode).toBe(0);
    for (const line of stderr.trim().split('\n')) expect(JSON.parse(line)).toMatchObject({ level: 'info' });
    await expect(fetch(url)).rejects.toThrow();
    expect(readdirSync(join(cli.dataDir, 'run'))).toEqual([]);
    expect(processStartTime(relay.process.pid ?? 0)).toBeUndefined();
  });

  it('writes no code into a journal, which others may read and which keeps it', async () => {
    const journal = openSync(join(cli.folder, 'journal'), 'w');
    const { dev, ino } = fstatSync(journal);
    const child = spawn(process.execPath, [RELAY_PROGRAM, 'run', '--config', config()], {
      cwd: cli.folder,
      env: {
        PATH: process.env.PATH ?? '',
        HOME: cli.folder,
        XDG_STATE_HOME: join(cli.folder, 'state'),
        JOURNAL_STREAM: `${dev}:${ino}`,
      },
      stdio: ['ignore', 'pipe', journal],
    });
    closeSync(journal);
    let stdout = '';
    for await (const chunk of child.stdout ?? []) {
      stdout += String(chunk);
      if (/lockstep pair|Pairing code/.test(stdout)) child.kill('SIGINT');
    }
    expect(stdout).toMatch(/No client is paired yet; `lockstep pair` shows a code\.\n$/);
    expect(stdout).not.toMatch(/Pairing code|#\d/);
  });

  it('writes one line of JSON when asked, and stops on SIGTERM', async () => {
    const relay = cli.spawn(['run', '--config', config(), '--json']);
    expect(JSON.parse(await relay.lines(1))).toEqual({
      url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      elsewhere: [],
      fingerprint: null,
      port: expect.any(Number),
      mediamtx: 'off',
      cameras: [{ id: 'door', name: 'Front door', source: 'test' }],
      pairing: { code: expect.stringMatching(/^\d{8}$/), expiresAtMs: expect.any(Number) },
    });
    relay.process.kill('SIGTERM');
    expect((await relay.ended).exitCode).toBe(0);
  });

  it('is asked by `lockstep status` how it and its cameras do', async () => {
    expect((await cli.run(['status', '--config', config()])).stderr).toMatch(/^error: no relay runs with /);
    const relay = cli.spawn(['run', '--config', config(), '--json']);
    const { url } = JSON.parse(await relay.lines(1));
    const told = async () => JSON.parse((await cli.run(['status', '--config', 'run.yaml', '--json'])).stdout);
    let status = await told();
    while (status.cameras[0].state !== 'live') status = await told();
    expect(status).toMatchObject({
      ...{ pid: relay.process.pid, url, mediamtx: 'off', load: { cores: expect.any(Number) } },
      cameras: [{ id: 'door', name: 'Front door', reason: '', viewers: { push: 0, realtime: 0 } }],
    });
    expect(status.cameras[0].rungs[0]).toMatchObject({ width: 320, height: 180 });
    const { stdout, exitCode } = await cli.run(['status', '--config', 'run.yaml']);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(
      /^Lockstep {2}\S+, up \d+ s\naddress {3}http:.*\n\ndoor \(Front door\) {2}live for \d+ s/s,
    );

    // One that says nothing of it would be ended by the question.
    const answers = join(cli.dataDir, 'reload.json');
    const { status: _can, ...older } = JSON.parse(readFileSync(answers, 'utf8'));
    writeFileSync(answers, JSON.stringify(older));
    expect((await cli.run(['status', '--config', 'run.yaml'])).stderr).toMatch(/cannot tell how it does/);
    relay.process.kill('SIGINT');
    expect((await relay.ended).exitCode).toBe(0);
  });

  it('shows no code when a client is paired', async () => {
    const auth = createAuthenticator({ dataDir: cli.dataDir, clock: wallClock });
    const { code } = JSON.parse((await cli.run(['pair', '--json'])).stdout);
    await auth.pair({ code, clientName: 'Chromium', origin: ORIGIN });
    const relay = cli.spawn(['run', '--config', config(), '--json']);
    expect(JSON.parse(await relay.lines(1))).toMatchObject({ pairing: null });
    relay.process.kill('SIGINT');
    await relay.ended;
  });

  it('names the process that has the port', async () => {
    const other = createServer();
    const port = await new Promise<number>((resolve) => {
      other.listen(0, '127.0.0.1', () => {
        const address = other.address();
        resolve(typeof address === 'object' && address !== null ? address.port : 0);
      });
    });
    try {
      cli.write('taken.yaml', `mediamtx: {enabled: false}\nserver: {port: ${port}}\n${CAMERA}`);
      const { exitCode, stdout, stderr } = await cli.run(['run', '--config', 'taken.yaml']);
      expect(exitCode).toBe(1);
      expect(stdout).toBe('');
      expect(stderr).toMatch(
        new RegExp(`error: Port ${port} on 127\\.0\\.0\\.1 is taken by .+ \\(process ${process.pid}\\)`),
      );
    } finally {
      await new Promise((resolve) => other.close(resolve));
    }
  });

  it('does not start without ffmpeg', async () => {
    const { exitCode, stderr } = await cli.run(['run', '--config', config('ffmpeg: ./none\n')]);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(
      /^error: ffmpeg was not found at \S+\/none\.\nInstall it: `sudo apt install ffmpeg`/,
    );
  });
});
