/** install-mediamtx against a local server with small real archives. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findMediamtx } from '../../relay/mediamtx/find.ts';
import {
  type InstallDeps,
  type InstallOptions,
  type InstallProgress,
  installMediamtx,
} from '../../relay/mediamtx/install.ts';
import { createSpawn } from '../../relay/process/spawn.ts';
import { platformTimers } from '../../src/wire/ports.ts';

const timers = platformTimers({ unref: true });
const spawn = createSpawn({ env: process.env, timers });
const VERSION = '1.20.1';
const ASSET = `mediamtx_v${VERSION}_linux_amd64.tar.gz`;
const PROGRAM = `#!/bin/sh\necho v${VERSION}\n`;

let folder = '';
let dataDir = '';
let baseUrl = '';
let server: Server;
/** By path; missing ones are 404. */
let files: Map<string, Buffer>;
/** Bytes of each file after which the connection is cut, or after which nothing more comes. */
let cutAfter: number | undefined;
let stallAfter: number | undefined;
let progress: InstallProgress[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lockstep-install-'));
  dataDir = join(folder, 'data');
  files = new Map();
  cutAfter = undefined;
  stallAfter = undefined;
  progress = [];
  server = createServer((request, response) => {
    if (request.url?.startsWith('/moved/') === true) {
      response.writeHead(302, { location: request.url.replace('/moved/', '/releases/') }).end();
      return;
    }
    const file = files.get(request.url ?? '');
    if (file === undefined) {
      response.writeHead(404).end('no such file');
      return;
    }
    response.writeHead(200, { 'content-length': file.length });
    const limit = request.url?.endsWith('.tar.gz') === true ? (cutAfter ?? stallAfter) : undefined;
    if (limit === undefined) response.end(file);
    else response.write(file.subarray(0, limit), () => cutAfter !== undefined && response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  baseUrl = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/releases`;
});
afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
  rmSync(folder, { recursive: true, force: true });
});

/** An archive as the project makes them: program, sample configuration, licence. */
function archive(contents: Record<string, string>): Buffer {
  const source = mkdtempSync(join(folder, 'source-'));
  for (const [name, text] of Object.entries(contents))
    writeFileSync(join(source, name), text, { mode: 0o755 });
  const file = join(source, 'made.tar.gz');
  execFileSync('tar', ['-C', source, '-czf', file, '--owner=0', '--group=0', ...Object.keys(contents)]);
  return readFileSync(file);
}

const RELEASE = { mediamtx: PROGRAM, 'mediamtx.yml': 'logLevel: info\n', LICENSE: 'licence\n' };

function offer(data: Buffer, { listed = data, version = VERSION, asset = ASSET } = {}): void {
  const hash = createHash('sha256').update(listed).digest('hex');
  const other = '0'.repeat(64);
  files.set(`/releases/v${version}/${asset}`, data);
  files.set(
    `/releases/v${version}/checksums.sha256`,
    Buffer.from(`${other} *mediamtx_v${version}_linux_arm64.tar.gz\n${hash} *${asset}\n`),
  );
}

const install = (options: InstallOptions = {}, deps: Partial<InstallDeps> = {}) =>
  installMediamtx(
    {
      dataDir,
      platform: { platform: 'linux', arch: 'x64', armVersion: undefined },
      fetch: globalThis.fetch,
      timers,
      spawn,
      knownChecksums: new Map(),
      onProgress: (value) => progress.push(value),
      ...deps,
    },
    { baseUrl, ...options },
  );

const left = (): string[] =>
  existsSync(dataDir) ? readdirSync(dataDir, { recursive: true }).map(String) : [];

describe('install-mediamtx', () => {
  it('puts the program where the relay finds it, and nothing else', async () => {
    offer(archive(RELEASE));
    const path = join(dataDir, 'bin', 'mediamtx');
    expect(await install()).toEqual({ kind: 'installed', path, version: VERSION });
    expect(readFileSync(path, 'utf8')).toBe(PROGRAM);
    expect(statSync(path).mode & 0o777).toBe(0o755);
    expect(readdirSync(join(dataDir, 'bin'))).toEqual(['mediamtx']);
    expect(await findMediamtx({ spawn, timers, env: {}, dataDir, configured: undefined })).toMatchObject({
      kind: 'found',
      path,
    });
  });

  it('tells how far it is', async () => {
    const data = archive(RELEASE);
    offer(data);
    await install();
    expect(progress.at(-1)).toEqual({ receivedBytes: data.length, totalBytes: data.length });
  });

  it('follows the address that the server points to', async () => {
    offer(archive(RELEASE));
    const moved = baseUrl.replace('/releases', '/moved');
    expect((await install({ baseUrl: moved })).kind).toBe('installed');
  });

  it('refuses an archive with another checksum and leaves nothing', async () => {
    offer(archive({ ...RELEASE, mediamtx: '#!/bin/sh\necho v1.20.1 # tampered\n' }), {
      listed: archive(RELEASE),
    });
    await expect(install()).rejects.toThrow(
      /is not what the release lists \(its SHA-256 is [0-9a-f]{64}, the release says/,
    );
    expect(left()).toEqual([]);
  });

  it('refuses a download that breaks off and leaves nothing', async () => {
    offer(archive(RELEASE));
    cutAfter = 100;
    await expect(install()).rejects.toThrow(/linux_amd64\.tar\.gz cannot be downloaded: terminated/);
    expect(left()).toEqual([]);
  });

  it('refuses a file that is shorter than the release lists', async () => {
    const whole = archive(RELEASE);
    offer(whole.subarray(0, whole.length - 20), { listed: whole });
    await expect(install()).rejects.toThrow(/is not what the release lists/);
    expect(left()).toEqual([]);
  });

  it('gives up a server that falls silent', async () => {
    offer(archive(RELEASE));
    stallAfter = 100;
    const hurried = {
      ...timers,
      after: (ms: number, run: () => void) => timers.after(ms === 30_000 ? 300 : ms, run),
    };
    await expect(install({}, { timers: hurried })).rejects.toThrow(/the server sent nothing for 30 s/);
    expect(left()).toEqual([]);
  });

  it.each([
    [
      'the release is missing',
      { version: '9.9.9' },
      /v9\.9\.9\/checksums\.sha256 cannot be downloaded: the server answered 404/,
    ],
    ['nobody serves there', { baseUrl: 'http://127.0.0.1:9/releases' }, /cannot be downloaded: fetch failed/],
  ])('says so when %s', async (_, options, message) => {
    await expect(install(options)).rejects.toThrow(message);
    expect(left()).toEqual([]);
  });

  it('holds an archive that it knows to that checksum, whatever the server lists', async () => {
    const data = archive(RELEASE);
    offer(data);
    const wrong = new Map([[ASSET, 'a'.repeat(64)]]);
    await expect(install({}, { knownChecksums: wrong })).rejects.toThrow(
      /is not the archive that Lockstep knows \(its SHA-256 is [0-9a-f]{64}, it has a{64}\)/,
    );
    expect(left()).toEqual([]);
    const right = new Map([[ASSET, createHash('sha256').update(data).digest('hex')]]);
    files.delete(`/releases/v${VERSION}/checksums.sha256`);
    expect((await install({}, { knownChecksums: right })).kind).toBe('installed');
  });

  it.each(['http://mirror.example/mediamtx', 'ftp://mirror.example/mediamtx', 'mirror.example'])(
    'takes nothing from %s',
    async (from) => {
      const nothing = () => Promise.reject(new Error('it was asked'));
      await expect(install({ baseUrl: from }, { fetch: nothing })).rejects.toThrow(`${from} is not taken`);
    },
  );

  it('takes nothing from a server that leads to plain HTTP elsewhere', async () => {
    const elsewhere = async (): Promise<Response> => {
      const response = new Response('');
      Object.defineProperty(response, 'url', { value: 'http://mirror.example/checksums.sha256' });
      return response;
    };
    await expect(install({ baseUrl: 'https://mirror.example' }, { fetch: elsewhere })).rejects.toThrow(
      'http://mirror.example/checksums.sha256 is not taken',
    );
  });

  it('says so when the release has nothing for this platform', async () => {
    offer(archive(RELEASE));
    const platform = { platform: 'linux', arch: 'arm', armVersion: '7' };
    await expect(install({}, { platform })).rejects.toThrow(
      /does not list mediamtx_v1\.20\.1_linux_armv7\.tar\.gz/,
    );
    files.delete(`/releases/v${VERSION}/${ASSET}`);
    await expect(install()).rejects.toThrow(
      /linux_amd64\.tar\.gz cannot be downloaded: the server answered 404/,
    );
  });

  it.each([
    ['holds no such file', () => archive({ README: 'hello' }), /holds no file named mediamtx/],
    ['is not an archive', () => Buffer.from('<html>login</html>'), /is of no use: it cannot be unpacked/],
    [
      'is of another version',
      () => archive({ mediamtx: '#!/bin/sh\necho v1.19.0\n' }),
      /is not MediaMTX 1\.20\.1 \(1\.19\.0\)/,
    ],
    ['cannot run here', () => archive({ mediamtx: 'plain text' }), /is not a program/],
  ])('installs nothing when the listed archive %s', async (_, make, message) => {
    offer(make());
    await expect(install()).rejects.toThrow(message);
    expect(left().filter((name) => name !== 'bin')).toEqual([]);
  });

  it('never replaces an installed program silently', async () => {
    offer(archive(RELEASE));
    const path = join(dataDir, 'bin', 'mediamtx');
    mkdirSync(join(dataDir, 'bin'), { recursive: true, mode: 0o700 });
    writeFileSync(path, '#!/bin/sh\necho v1.19.3\n', { mode: 0o755 });
    await expect(install()).rejects.toThrow(
      `${path} is already there (1.19.3) and is not replaced by 1.20.1`,
    );
    expect(readFileSync(path, 'utf8')).toContain('v1.19.3');
    expect((await install({ replace: true })).kind).toBe('installed');
    expect(readFileSync(path, 'utf8')).toBe(PROGRAM);
    files.clear();
    expect((await install()).kind).toBe('already-there');
  });

  it('says where it cannot write', async () => {
    offer(archive(RELEASE));
    writeFileSync(dataDir, 'a file where the folder should be');
    await expect(install()).rejects.toThrow(/mediamtx cannot be written \(E/);
  });
});
