/** What a release says and sends, from real packages; Mozilla's API is played by a server of the test. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { main as makePackages } from '../../scripts/package.ts';

const { version } = packageJson;
const folder = mkdtempSync(join(tmpdir(), 'lockstep-release-test-'));
const packages = join(folder, 'packages');
beforeAll(async () => {
  expect(await makePackages([packages])).toBe(0);
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const CHROME = {
  CHROME_EXTENSION_ID: 'an-item',
  CHROME_PUBLISHER_ID: 'a-publisher',
  CHROME_CLIENT_ID: 'secret-1',
  CHROME_CLIENT_SECRET: 'secret-2',
  CHROME_REFRESH_TOKEN: 'secret-3',
};
const MOZILLA = { AMO_API_KEY: 'secret-4', AMO_API_SECRET: 'secret-5' };

async function release(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const child = spawn(process.execPath, ['scripts/start.mjs', 'release', ...args], {
    env: { PATH: process.env.PATH, HOME: folder, TMPDIR: process.env.TMPDIR, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk) => {
    stdout += String(chunk);
  });
  child.stderr.on('data', (chunk) => {
    stderr += String(chunk);
  });
  const [exitCode] = await once(child, 'close');
  return { exitCode, stdout, stderr };
}

const of = (path: string): string[] => ['--folder', path];

describe('what a release says', () => {
  test('without secrets: what each store would get, and that it is left out', async () => {
    const { exitCode, stdout, stderr } = await release(of(packages));
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(stdout).toContain(`chrome-webstore-upload --source lockstep-chrome-${version}.zip`);
    expect(stdout).toContain(`--upload-source-code lockstep-source-${version}.zip`);
    expect(stdout).toContain('left out: AMO_API_KEY, AMO_API_SECRET not set');
    // As CI hands on a secret that is not there.
    const empty = Object.fromEntries(Object.keys({ ...CHROME, ...MOZILLA }).map((name) => [name, '']));
    expect((await release([...of(packages), '--send'], empty)).stdout).toBe(stdout);
  });

  test('with all secrets: that it would be sent, and none of them', async () => {
    const { exitCode, stdout, stderr } = await release(of(packages), { ...CHROME, ...MOZILLA });
    expect(exitCode).toBe(0);
    expect(stdout.match(/all its secrets are set; --send sends it/g)).toHaveLength(2);
    expect(stdout + stderr).not.toContain('secret-');
  });

  test('refuses half the secrets of a store', async () => {
    const { exitCode, stderr } = await release(of(packages), { ...CHROME, AMO_API_KEY: 'secret-4' });
    expect([exitCode, stderr]).toEqual([
      1,
      'error: addons.mozilla.org: AMO_API_SECRET is not set, and others of its secrets are. Set all or none.\n',
    ]);
  });

  test('refuses packages that are not there, or not what was made', async () => {
    const gone = await release(of(join(folder, 'gone')));
    expect([gone.exitCode, gone.stderr]).toEqual([1, expect.stringContaining('npm run package')]);
    const changed = join(folder, 'changed');
    cpSync(packages, changed, { recursive: true });
    appendFileSync(join(changed, `lockstep_${version}_all.deb`), 'x');
    const { exitCode, stderr } = await release(of(changed));
    expect([exitCode, stderr]).toEqual([1, expect.stringMatching(/_all\.deb is not what SHA256SUMS says/)]);
  });

  test('refuses a tag of another version', async () => {
    const other = await release([...of(packages), '--tag', 'v0.0.9']);
    expect([other.exitCode, other.stderr]).toEqual([
      1,
      expect.stringContaining(`tag is v0.0.9, the version in package.json ${version}`),
    ]);
  });
});

/** As much of API v5 as a new version needs; keeps what it is sent. */
async function mozilla(): Promise<{ server: Server; url: string; got: Map<string, FormData | object> }> {
  const got = new Map<string, FormData | object>();
  const answer = async (request: IncomingMessage): Promise<object> => {
    const what = `${request.method} ${request.url}`;
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const type = request.headers['content-type'] ?? '';
    if (type !== '') {
      const body = new Response(Buffer.concat(chunks), { headers: { 'content-type': type } });
      got.set(what, type.startsWith('multipart') ? await body.formData() : await body.json());
    }
    if (!request.headers.authorization?.startsWith('JWT ')) return {};
    if (what === 'POST /api/v5/addons/upload/') return { uuid: 'u' };
    if (what === 'GET /api/v5/addons/upload/u/') return { uuid: 'u', processed: true, valid: true };
    return { version: { id: 7, edit_url: 'http://127.0.0.1/edit' } };
  };
  const server = createServer((request, response) => {
    answer(request).then(
      (body) => response.setHeader('content-type', 'application/json').end(JSON.stringify(body)),
      () => response.writeHead(500).end(),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v5/`, got };
}

test('Mozilla gets the extension, its source and the notes for the review', async () => {
  const { server, url, got } = await mozilla();
  const env = { ...MOZILLA, WEB_EXT_AMO_BASE_URL: url };
  const { exitCode, stdout, stderr } = await release([...of(packages), '--send'], env);
  server.close();
  expect([exitCode, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(/left out: CHROME_EXTENSION_ID.*\n[\s\S]*\n {2}sent\n$/);
  expect(stdout).not.toContain('secret-');
  const upload = form(got.get('POST /api/v5/addons/upload/'));
  expect(upload.get('channel')).toBe('listed');
  const bytes = (name: string) => readFileSync(join(packages, name));
  // web-ext packs it anew, and names the folders too.
  const files = (zip: Uint8Array) =>
    Object.entries(unzipSync(zip))
      .filter(([path]) => !path.endsWith('/'))
      .map(([path, content]) => [path, sha256(content)] as const);
  expect(new Map(files(await sentFile(upload, 'upload')))).toEqual(
    new Map(files(bytes(`lockstep-firefox-${version}.zip`))),
  );
  expect(got.get('PUT /api/v5/addons/addon/lockstep@camera-wall/')).toMatchObject({
    version: { upload: 'u', license: 'MIT', approval_notes: expect.stringContaining('npm ci') },
  });
  const source = form(got.get('PATCH /api/v5/addons/addon/lockstep@camera-wall/versions/7/'));
  expect(sha256(await sentFile(source, 'source'))).toBe(sha256(bytes(`lockstep-source-${version}.zip`)));
});

/** vitest takes 25 s to compare two megabytes one by one. */
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

function form(body: unknown): FormData {
  if (body instanceof FormData) return body;
  throw new Error('no form was sent');
}

async function sentFile(body: FormData, field: string): Promise<Uint8Array> {
  const file = body.get(field);
  if (!(file instanceof Blob)) throw new Error(`no file in ${field}`);
  return new Uint8Array(await file.arrayBuffer());
}
