/** The configuration is read again while the relay runs, by `lockstep reload` and by SIGHUP: the built program. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { processStartTime } from '../../relay/process/run-records.ts';
import { RELAY_PROGRAM } from '../../rig/relay.ts';
import { recordedProcesses } from '../../rig/run-records.ts';
import { decodeMediaFrame } from '../../src/wire/media-frames.ts';
import { CliFixture, type RunningCli } from '../support/cli-fixture.ts';
import { Client } from '../support/edge-rig.ts';
import { eventually } from '../support/eventually.ts';

const camera = (id: string, more = ''): string =>
  `  - {id: ${id}, source: {type: test, size: 320x180, fps: 30}, encode: {fps: 30}${more}}\n`;
const config = (...cameras: readonly string[]): string =>
  `mediamtx: {enabled: false}\nserver: {port: 0, hlsAccess: open}\ncameras:\n${cameras.join('')}`;

describe('lockstep reload', () => {
  const cli = new CliFixture();
  const clients: Client[] = [];
  let relay: RunningCli;
  let port = 0;
  let token = '';

  const write = (text: string): string => cli.write('lockstep.yaml', text);
  const ask = async (path: string): Promise<number> =>
    (await fetch(`http://127.0.0.1:${port}${path}`, { signal: AbortSignal.timeout(10_000) })).status;
  const connect = async (path: string): Promise<Client> => {
    const client = new Client(port, path);
    clients.push(client);
    await client.opened;
    return client;
  };
  const watch = async (id: string): Promise<Client> => {
    const media = await connect('/media');
    let parts = 0;
    // As a viewer does: who acknowledges nothing gets no more, and later on parts are left out for it.
    media.socket.on('message', (data) => {
      if (Buffer.isBuffer(data) && headerOf(data).kind === 'part') parts += 1;
      if (media.socket.readyState === media.socket.OPEN) media.say({ type: 'ack', parts });
    });
    media.say({ type: 'subscribe', protocol: 1, token, camera: id, latencyMs: 300 });
    return media;
  };
  const listen = async (): Promise<Client> => {
    const control = await connect('/control');
    control.say({ type: 'auth', protocol: 1, token, client: 'wall' });
    await control.message('welcome');
    return control;
  };
  const partsOf = (media: Client, count: number): Promise<number> =>
    eventually(
      `${count} parts`,
      () => media.parts().length,
      (parts) => parts >= count,
      20_000,
    );

  beforeAll(async () => {
    write(config(camera('one'), camera('two')));
    relay = cli.spawn(['run', '--json']);
    ({ port } = JSON.parse(await relay.lines(1)));
    const { code } = JSON.parse((await cli.run(['pair', '--json'])).stdout);
    const pairing = await connect('/control');
    pairing.say({ type: 'pair', protocol: 1, code, clientName: 'test' });
    token = (await pairing.message('paired')).token;
  });
  afterEach(() => {
    for (const client of clients.splice(0)) client.close();
  });
  afterAll(() => cli.stop());

  it('adds, removes and moves cameras, and disturbs no other', async () => {
    const [one, two, control] = [await watch('one'), await watch('two'), await listen()];
    await Promise.all([partsOf(one, 20), partsOf(two, 5)]);
    const ffmpegs = records();
    write(config(camera('three'), camera('one', ', offsetMs: 40')));
    const { exitCode, stdout, stderr } = await cli.run(['reload']);
    expect(stderr).toBe('');
    expect(stdout).toBe(
      [
        `The relay (process ${relay.process.pid}) has read lockstep.yaml again:`,
        '  camera "three" added.',
        '  camera "two" removed.',
        '  camera "one" changed (offsetMs).',
        '',
      ].join('\n'),
    );
    expect(exitCode).toBe(0);

    expect(await two.closed).toEqual({
      code: 4404,
      reason: 'unknown camera "two": this relay has three, one',
    });
    expect(await ask('/live/two/index.m3u8')).toBe(404);
    const told = control.messages().filter(({ type }) => type === 'camera' || type === 'removed');
    expect(told).toContainEqual(expect.objectContaining({ type: 'removed', camera: 'two' }));
    expect(told).toContainEqual(
      expect.objectContaining({
        type: 'camera',
        order: ['three', 'one'],
        camera: expect.objectContaining({ id: 'three' }),
      }),
    );
    expect(told).toContainEqual(
      expect.objectContaining({ camera: expect.objectContaining({ id: 'one', offsetMs: 40 }) }),
    );
    const { cameras } = await (await listen()).message('welcome');
    expect(cameras.map(({ id }) => id)).toEqual(['three', 'one']);

    // The new one plays, and the one that stays has gone on: the same process, every part, no gap in time.
    await partsOf(await watch('three'), 10);
    await partsOf(one, one.parts().length + 20);
    const parts = one.media().flatMap(({ header }) => (header.kind === 'part' ? [header] : []));
    const gapsMs = parts.slice(1).map((part, n) => {
      const before = parts[n];
      return before === undefined ? 0 : Math.abs(part.pdtMs - before.pdtMs - before.durationMs);
    });
    // The clock of a camera on a full host is steered by some milliseconds; a picture that is missing is more.
    expect(Math.max(...gapsMs)).toBeLessThan(15);
    expect(new Set(parts.map(({ epoch }) => epoch)).size).toBe(1);
    expect(ffmpegs.filter(({ label }) => label.includes('one')).map(({ alive }) => alive())).toEqual([true]);
    expect(ffmpegs.filter(({ label }) => label.includes('two')).map(({ alive }) => alive())).toEqual([false]);
  });

  it('replaces a camera whose source changed, under new numbers', async () => {
    write(config(camera('one'), camera('two')));
    expect((await cli.run(['reload'])).exitCode).toBe(0);
    const [one, two] = [await watch('one'), await watch('two')];
    await Promise.all([partsOf(one, 5), partsOf(two, 5)]);
    write(config(camera('one').replace('320x180', '480x270'), camera('two')));
    const { stdout } = await cli.run(['reload', '--json']);
    expect(JSON.parse(stdout)).toEqual({
      file: 'lockstep.yaml',
      pid: relay.process.pid,
      outcome: 'applied',
      diff: {
        added: [],
        removed: [],
        changed: [{ id: 'one', keys: ['source.size'], anew: true }],
        moved: false,
        restart: [],
      },
    });
    expect((await one.closed).code).toBe(1012);
    const again = await watch('one');
    await partsOf(again, 5);
    const inits = [one, again].map((client) => client.media().find(({ header }) => header.kind === 'init'));
    expect(inits[1]?.header).toMatchObject({ width: 480, height: 270 });
    expect(inits[1]?.header).not.toMatchObject({ run: runOf(inits[0]) });
    await partsOf(two, two.parts().length + 5);
  });

  it('keeps the old configuration when the file is nonsense, and says where', async () => {
    const before = readFileSync(write(config(camera('one'), camera('two'))), 'utf8');
    await cli.run(['reload']);
    write(`${before.replace('fps: 30}', 'fps: 300}')}surver: {}\n`);
    const { exitCode, stdout, stderr } = await cli.run(['reload']);
    expect([exitCode, stdout]).toEqual([2, '']);
    expect(stderr).toBe(
      [
        'lockstep.yaml:4:56: cameras[0].source.fps must be a whole number from 1 to 60, but is 300. Choose a number in this range.',
        'lockstep.yaml:6:1: surver is not a known key. Did you mean "server"?',
        `2 problems in the configuration: the relay (process ${relay.process.pid}) goes on as before.`,
        '',
      ].join('\n'),
    );
    write('cameras: [\n');
    expect((await cli.run(['reload'])).stderr).toMatch(
      /^lockstep\.yaml:2:1: .*\n1 problem in the configuration/,
    );
    await partsOf(await watch('one'), 5);
  });

  it('says what only a new start reads', async () => {
    write(
      config(camera('one'))
        .replace('port: 0', 'port: 1234')
        .replace('mediamtx:', 'logLevel: warn\nmediamtx:'),
    );
    const { exitCode, stdout } = await cli.run(['reload']);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('  camera "two" removed.\n');
    expect(stdout).toContain('  "server.port" changed: takes effect when the relay is restarted.\n');
    expect(stdout).toContain('  "logLevel" changed: takes effect when the relay is restarted.\n');
    expect(await ask('/health')).toBe(200);
  });

  it('happens by SIGHUP as well, and is told in the log', async () => {
    write(config(camera('one'), camera('four')));
    relay.process.kill('SIGHUP');
    await eventually(
      'four',
      () => ask('/live/four/index.m3u8'),
      (status) => status === 200,
      20_000,
    );
    write('nonsense: true\n');
    relay.process.kill('SIGHUP');
    await eventually('an answer', answer, ({ result }) => result.outcome === 'refused');
    relay.process.kill('SIGTERM');
    const { exitCode, stderr } = await relay.ended;
    expect(exitCode).toBe(0);
    expect(stderr).toContain('lockstep.yaml was read again: camera \\"four\\" added');
    expect(stderr).toContain('lockstep.yaml was read again and has problems: the relay goes on as before');
    expect(stderr).toContain('lockstep.yaml:1:1: nonsense is not a known key');
    // Nobody is there any more who could be asked.
    write(config(camera('one')));
    const gone = await cli.run(['reload']);
    expect(gone.exitCode).toBe(1);
    expect(gone.stderr).toMatch(
      /^error: no relay runs with the data folder .*\.\nStart it with `lockstep run`;/,
    );
  });

  const answer = (): { result: { outcome: string } } =>
    JSON.parse(readFileSync(join(cli.dataDir, 'reload.json'), 'utf8'));

  /** The relay's processes now, by its own records. */
  function records(): { label: string; alive: () => boolean }[] {
    return recordedProcesses(cli.dataDir).map(({ pid, label }) => {
      const started = processStartTime(pid);
      return { label, alive: () => processStartTime(pid) === started };
    });
  }
});

const headerOf = (frame: Buffer) => decodeMediaFrame(Uint8Array.from(frame).buffer).header;

const runOf = (init: ReturnType<Client['media']>[number] | undefined): string =>
  init?.header.kind === 'init' ? init.header.run : '';

it('ends with its terminal all the same', async () => {
  const cli = new CliFixture();
  try {
    cli.write('lockstep.yaml', config(camera('one')));
    // The relay leads a session on a terminal of its own, which is then closed.
    const script = [
      'import os, pty, sys, time',
      'pid, fd = pty.fork()',
      'if pid == 0: os.execvp(sys.argv[1], sys.argv[1:])',
      'said = b""',
      'while b"address" not in said: said += os.read(fd, 4096)',
      'os.close(fd)',
      'deadline = time.time() + 10',
      'while time.time() < deadline:',
      '    ended, status = os.waitpid(pid, os.WNOHANG)',
      '    if ended: sys.exit(0)',
      '    time.sleep(0.05)',
      'os.kill(pid, 9); sys.exit("the relay goes on without its terminal")',
    ].join('\n');
    const child = spawn('python3', ['-c', script, process.execPath, RELAY_PROGRAM, 'run'], {
      cwd: cli.folder,
      env: { PATH: process.env.PATH ?? '', HOME: cli.folder, XDG_STATE_HOME: join(cli.folder, 'state') },
      stdio: 'inherit',
    });
    const [exitCode] = await once(child, 'close');
    expect(exitCode).toBe(0);
  } finally {
    await cli.stop();
  }
});
