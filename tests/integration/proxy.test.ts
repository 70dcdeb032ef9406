/** The TLS proxies of docs/remote.md, run with the page's own text: only names, ports and files are exchanged. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ClientOptions } from 'ws';
import { findOnPath } from '../../rig/on-path.mjs';
import { inProject } from '../../rig/root.ts';
import { Client, type EdgeRig, startEdge, TOKEN } from '../support/edge-rig.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { SyntheticCamera } from '../support/synthetic-camera.ts';

const NAME = 'wall.example';
const page = readFileSync(inProject('docs/remote.md'), 'utf8');

/** The page's code block in this language. */
function recipe(language: string): string {
  const found = new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``).exec(page)?.[1];
  if (found === undefined) throw new Error(`docs/remote.md has no block of ${language}`);
  return found;
}

interface Setting {
  readonly folder: string;
  readonly listen: number;
  readonly relay: number;
  readonly crt: string;
  readonly key: string;
}

/** Exchanges what stands in the recipe exactly once. */
function exchange(text: string, pairs: readonly (readonly [string, string])[]): string {
  return pairs.reduce((result, [from, to]) => {
    if (result.split(from).length !== 2) throw new Error(`the recipe does not have "${from}" once`);
    return result.replace(from, () => to);
  }, text);
}

const PROXIES = [
  {
    program: 'nginx',
    start: ({ folder, listen, relay, crt, key }: Setting) => {
      const server = exchange(recipe('nginx'), [
        ['listen 443 ssl', `listen 127.0.0.1:${listen} ssl`],
        [':8780', `:${relay}`],
        [`/etc/ssl/${NAME}.crt`, crt],
        [`/etc/ssl/${NAME}.key`, key],
      ]);
      const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
        .map((what) => `${what}_temp_path ${folder}/${what};`)
        .join('\n');
      const file = join(folder, 'nginx.conf');
      writeFileSync(
        file,
        `daemon off;\nmaster_process off;\npid ${folder}/nginx.pid;\nerror_log ${folder}/error.log;\nevents {}\nhttp {\naccess_log off;\n${temporary}\n${server}\n}\n`,
      );
      return ['-p', folder, '-c', file, '-e', join(folder, 'error.log')];
    },
  },
  {
    program: 'caddy',
    start: ({ folder, listen, relay, crt, key }: Setting) => {
      const site = exchange(recipe('caddy'), [
        [`${NAME} {`, `https://${NAME}:${listen} {\n  bind 127.0.0.1\n  tls ${crt} ${key}`],
        [':8780', `:${relay}`],
      ]);
      const file = join(folder, 'Caddyfile');
      writeFileSync(
        file,
        `{\n  admin off\n  auto_https disable_redirects\n  storage file_system ${folder}\n}\n${site}`,
      );
      return ['run', '--adapter', 'caddyfile', '--config', file];
    },
  },
] as const;

const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });

describe.each(PROXIES)('behind $program', ({ program, start }) => {
  const path = findOnPath(program);
  let folder = '';
  let stop: (() => Promise<void>)[] = [];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'lockstep-proxy-'));
    stop = [];
  });
  afterEach(async () => {
    for (const end of stop.reverse()) await end();
    rmSync(folder, { recursive: true, force: true });
  });

  async function setUp(hostNames: string[]): Promise<{ edge: EdgeRig; listen: number; ca: Buffer }> {
    const camera = new SyntheticCamera({ id: 'cam1' });
    camera.feed(25);
    const edge = await startEdge([camera], { hostNames });
    stop.push(() => edge.stop());
    const [crt, key] = [join(folder, 'crt.pem'), join(folder, 'key.pem')];
    execFileSync(
      'openssl',
      ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
        .concat(['-subj', `/CN=${NAME}`, '-addext', `subjectAltName=DNS:${NAME}`])
        .concat(['-keyout', key, '-out', crt]),
      { stdio: 'ignore' },
    );
    const listen = await freePort();
    const child = spawn(path ?? '', start({ folder, listen, relay: edge.port, crt, key }), {
      stdio: 'ignore',
      env: { ...process.env, HOME: folder, XDG_CONFIG_HOME: folder, XDG_DATA_HOME: folder },
    });
    stop.push(async () => {
      if (child.exitCode !== null) return;
      child.kill('SIGTERM');
      await Promise.race([once(child, 'exit'), sleep(2000)]);
      child.kill('SIGKILL');
    });
    await eventually('the proxy listens', () => answers(listen), Boolean);
    return { edge, listen, ca: readFileSync(crt) };
  }

  const get = (port: number, ca: Buffer, at: string): Promise<{ status: number; text: string }> =>
    new Promise((resolve, reject) => {
      const headers = { Host: NAME, Authorization: `Bearer ${TOKEN}` };
      request(
        { host: '127.0.0.1', port, path: at, headers, servername: NAME, ca, agent: false },
        (response) => {
          let text = '';
          response.on('data', (chunk) => {
            text += String(chunk);
          });
          response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
        },
      )
        .on('error', reject)
        .end();
    });

  const socket = (port: number, ca: Buffer, at: string): Client => {
    // `ws` hands it to TLS, its types do not know it.
    const options: ClientOptions & { servername: string } = { ca, servername: NAME, headers: { Host: NAME } };
    const client = new Client(port, at, options, 'wss');
    stop.push(async () => client.close());
    return client;
  };

  it.skipIf(path === undefined)(
    'control, media and playlists work by the name that the configuration lists',
    async () => {
      const { listen, ca } = await setUp([NAME]);
      const control = socket(listen, ca, '/control');
      await control.opened;
      await control.message('hello');
      control.say({ type: 'auth', protocol: 1, token: TOKEN, client: 'wall' });
      expect((await control.message('welcome')).cameras.map(({ id }) => id)).toEqual(['cam1']);

      const media = socket(listen, ca, '/media');
      await media.opened;
      media.say({ type: 'subscribe', protocol: 1, token: TOKEN, camera: 'cam1', latencyMs: 300 });
      await media.until(() => media.frames.length > 2);
      expect(media.parts().length).toBeGreaterThan(0);

      const playlist = await get(listen, ca, '/live/cam1/main/media.m3u8');
      expect(playlist).toMatchObject({ status: 200, text: expect.stringContaining('#EXTM3U') });
    },
  );

  it.skipIf(path === undefined)('a name that is not listed is refused with the key to add', async () => {
    const { listen, ca } = await setUp([]);
    expect(await get(listen, ca, '/health')).toMatchObject({
      status: 403,
      text: expect.stringContaining('server.hostNames'),
    });
  });
});
