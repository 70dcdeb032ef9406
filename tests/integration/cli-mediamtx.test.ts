/** The command line about MediaMTX: what it starts and says, what it finds wrong, and how it gets MediaMTX. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { releaseAsset } from '../../relay/mediamtx/release.ts';
import { CliFixture } from '../support/cli-fixture.ts';
import { mediamtxOnPath, occupy } from '../support/mediamtx-rig.ts';

const CAMERA = 'cameras:\n  - id: door\n    source: {type: test, size: 160x120, fps: 10}\n';
const VERSION = '1.20.1';
/** A release of which no checksum is known beforehand: only its own list speaks for it. */
const LISTED = '1.20.0';
const hasMediamtx = (await mediamtxOnPath()) !== undefined;
const asset = releaseAsset(VERSION, {
  platform: process.platform,
  arch: process.arch,
  armVersion: undefined,
});

const cli = new CliFixture();
afterAll(() => cli.stop());

/** A file named mediamtx, alone in a folder of its own; the folder. */
function put(content: string): string {
  const folder = mkdtempSync(join(cli.folder, 'bin-'));
  writeFileSync(join(folder, 'mediamtx'), content, { mode: 0o755 });
  return folder;
}

const withPath = (folder: string) => ({ PATH: `${folder}:${process.env.PATH ?? ''}` });
const alone = (folder: string) => ({ PATH: `${folder}:/usr/bin:/bin` });

describe('lockstep run', () => {
  it.skipIf(!hasMediamtx)('says whether it has a MediaMTX, and which', async () => {
    cli.write('run.yaml', `server: {port: 0}\n${CAMERA}`);
    const relay = cli.spawn(['run', '--config', 'run.yaml', '--json']);
    expect(JSON.parse(await relay.lines(1))).toMatchObject({ mediamtx: 'on' });
    relay.process.kill('SIGTERM');
    const { exitCode, stderr } = await relay.ended;
    expect(exitCode).toBe(0);
    const told = stderr.split('\n').filter((line) => line.includes('MediaMTX on: found '));
    expect(told).toHaveLength(1);
    expect(readdirSync(join(cli.dataDir, 'run'))).toEqual([]);
  });

  it('refuses to start without the MediaMTX that it must have, in a sentence', async () => {
    cli.write('none.yaml', `mediamtx: {enabled: true, path: ./none}\nserver: {port: 0}\n${CAMERA}`);
    const { exitCode, stdout, stderr } = await cli.run(['run', '--config', 'none.yaml']);
    expect([exitCode, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(
      /^error: mediamtx\.enabled is true, but MediaMTX was not found at \S+\/none\.\nGet it with `lockstep install-mediamtx`/m,
    );
  });
});

describe('lockstep check and doctor', () => {
  it.each([
    ['a text file', 'to do\n', /warn {2}mediamtx +no usable MediaMTX .*\/mediamtx is not a program/],
    ['an old version', '#!/bin/sh\necho v1.18.2\n', /warn {2}mediamtx +.*older than 1\.19\.0/],
    ['another program', '#!/bin/sh\necho hello\n', /warn {2}mediamtx +.*it is another program/],
  ])('see %s named mediamtx', async (_what, content, expected) => {
    cli.write('good.yaml', CAMERA);
    const env = alone(put(content));
    const { exitCode, stdout } = await cli.run(['check', '--config', 'good.yaml'], env);
    expect(stdout).toMatch(expected);
    expect(stdout).toContain('lockstep install-mediamtx');
    expect(exitCode).toBe(0);
    const doctor = await cli.run(['doctor', '--config', 'good.yaml'], env);
    expect(doctor.stdout).toMatch(expected);
  });

  it('name who holds a configured port', async () => {
    const { server, port } = await occupy();
    const env = withPath(put(`#!/bin/sh\necho v${VERSION}\n`));
    cli.write('port.yaml', `mediamtx: {ports: {rtsp: ${port}}}\n${CAMERA}`);
    const { exitCode, stdout } = await cli.run(['check', '--config', 'port.yaml'], env);
    server.close();
    expect(stdout).toMatch(
      new RegExp(
        `^fail {2}mediamtx\\.ports\\.rtsp +TCP port ${port} for RTSP of MediaMTX is taken by .+ \\(process ${process.pid}\\)\\.$`,
        'm',
      ),
    );
    expect(exitCode).toBe(1);
  });
});

describe.skipIf('problem' in asset)('lockstep install-mediamtx', () => {
  let server: Server;
  let files: Map<string, Buffer>;
  let from = '';
  beforeEach(async () => {
    files = new Map();
    server = createServer((request, response) => {
      const file = files.get(request.url ?? '');
      if (file === undefined) response.writeHead(404).end();
      else response.writeHead(200, { 'content-length': file.length }).end(file);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    from = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/releases/`;
    rmSync(join(cli.dataDir, 'bin'), { recursive: true, force: true });
  });
  afterEach(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });

  function offer(version: string, checksumOf?: Buffer): void {
    const found = releaseAsset(version, {
      platform: process.platform,
      arch: process.arch,
      armVersion: undefined,
    });
    const name = 'name' in found ? found.name : '';
    const source = put(`#!/bin/sh\necho v${version}\n`);
    const archive = join(source, 'made.tar.gz');
    execFileSync('tar', ['-C', source, '-czf', archive, 'mediamtx']);
    const data = readFileSync(archive);
    const hash = createHash('sha256')
      .update(checksumOf ?? data)
      .digest('hex');
    files.set(`/releases/v${version}/${name}`, data);
    files.set(`/releases/v${version}/checksums.sha256`, Buffer.from(`${hash} *${name}\n`));
  }

  it('puts the release into the data folder, shows progress on stderr, and the relay finds it', async () => {
    offer(LISTED);
    const place = join(cli.dataDir, 'bin', 'mediamtx');
    const args = ['install-mediamtx', '--from', from, '--version', LISTED];
    const { exitCode, stdout, stderr } = await cli.run(args);
    expect(stdout).toBe(`MediaMTX ${LISTED} was installed: ${place}\n`);
    expect(stderr).toMatch(/^downloading 0\.0 MB: 100 %$/m);
    expect(exitCode).toBe(0);
    const again = await cli.run(args);
    expect(again.stdout).toBe(`MediaMTX ${LISTED} is already there: ${place}\n`);
    cli.write('good.yaml', CAMERA);
    const check = await cli.run(['check', '--config', 'good.yaml'], { PATH: '/usr/bin:/bin' });
    expect(check.stdout).toContain(`${place} is version ${LISTED}.`);
  });

  it('replaces another version only when asked to', async () => {
    offer(LISTED);
    offer('1.19.1');
    await cli.run(['install-mediamtx', '--from', from, '--version', LISTED]);
    const refused = await cli.run(['install-mediamtx', '--from', from, '--version', '1.19.1']);
    expect([refused.exitCode, refused.stderr]).toEqual([
      1,
      expect.stringContaining('ask for it with --replace'),
    ]);
    const replaced = await cli.run([
      ...['install-mediamtx', '--from', from, '--version', 'v1.19.1', '--replace'],
    ]);
    expect(replaced.stdout).toContain('MediaMTX 1.19.1 was installed');
  });

  it('installs nothing when the checksum is wrong', async () => {
    offer(LISTED, Buffer.from('something else'));
    mkdirSync(join(cli.dataDir, 'bin'), { recursive: true });
    const { exitCode, stderr } = await cli.run(['install-mediamtx', '--from', from, '--version', LISTED]);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/error: .* is not what the release lists .*: nothing was installed\.\n/);
    expect(stderr).toContain('without it the wall plays');
    expect(readdirSync(join(cli.dataDir, 'bin'))).toEqual([]);
  });

  it('knows what is no version', async () => {
    const { exitCode, stderr } = await cli.run(['install-mediamtx', '--version', 'latest']);
    expect([exitCode, stderr]).toEqual([
      1,
      'error: "latest" is no version of MediaMTX.\nGive it as in --version 1.20.1, or leave it out.\n',
    ]);
  });
});
