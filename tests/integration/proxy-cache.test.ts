/** A caching proxy between many players and the relay: one request for each part reaches the relay. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { ask, type EdgeRig, startEdge } from '../support/edge-rig.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { SyntheticCamera } from '../support/synthetic-camera.ts';

const hasNginx = spawnSync('nginx', ['-v']).error === undefined;
const PLAYERS = 8;
const PART_MS = 100;
const PARTS = 20;

/** As docs/remote.md tells it, with everything in a folder of its own. */
const nginxConfig = (folder: string, port: number, relayPort: number): string => `
daemon off;
# One process, of the user of the test: the workers of root are somebody else, who may not enter a private folder.
master_process off;
pid ${folder}/pid;
error_log ${folder}/error.log;
events {}
http {
  log_format cache '$upstream_cache_status $request_uri';
  access_log ${folder}/access.log cache;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/temp;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  proxy_cache_path ${folder}/cache keys_zone=live:1m;
  server {
    listen 127.0.0.1:${port};
    location /live/ {
      proxy_pass http://127.0.0.1:${relayPort};
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Accept-Encoding gzip;
      proxy_cache live;
      proxy_cache_lock on;
    }
  }
}
`;

describe.skipIf(!hasNginx)('nginx in front of the relay', () => {
  let rig: EdgeRig | undefined;
  let nginx: ChildProcess | undefined;
  let folder: string | undefined;

  afterEach(async () => {
    if (nginx !== undefined && nginx.exitCode === null) {
      const ended = once(nginx, 'exit');
      nginx.kill('SIGTERM');
      await ended;
    }
    await rig?.stop();
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  });

  async function setUp(hlsAccess: 'open' | 'token') {
    const camera = new SyntheticCamera({ id: 'cam1', partMs: PART_MS });
    camera.feed(23);
    rig = await startEdge([camera], { hlsAccess });
    folder = mkdtempSync(join(tmpdir(), 'lockstep-nginx-'));
    const port = await freePort();
    writeFileSync(join(folder, 'nginx.conf'), nginxConfig(folder, port, rig.port));
    nginx = spawn('nginx', ['-c', join(folder, 'nginx.conf'), '-e', join(folder, 'error.log')], {
      stdio: 'ignore',
    });
    const path = '/live/cam1/main/media.m3u8';
    await eventually(
      'nginx answers',
      () => ask(port, path).then(({ status }) => status, String),
      (status) => status === 200,
    );
    /** How often each blocked reload was answered by the cache, and how often by the relay. */
    const reloads = (): Map<string, { hits: number; misses: number }> => {
      const found = new Map<string, { hits: number; misses: number }>();
      for (const line of readFileSync(join(folder ?? '', 'access.log'), 'utf8')
        .trim()
        .split('\n')) {
        const [status = '', uri = ''] = line.split(' ');
        if (!uri.includes('_HLS_msn')) continue;
        const { hits, misses } = found.get(uri) ?? { hits: 0, misses: 0 };
        found.set(uri, status === 'HIT' ? { hits: hits + 1, misses } : { hits, misses: misses + 1 });
      }
      return found;
    };
    return { camera, port, path, reloads };
  }

  it(`asks the relay once for each part, for ${PLAYERS} players`, async () => {
    const { camera, port, path, reloads } = await setUp('open');
    const first = camera.timeline().nextSerial;
    const player = async (): Promise<void> => {
      for (let serial = first; serial < first + PARTS; serial += 1) {
        const query = `_HLS_msn=${Math.floor(serial / 10)}&_HLS_part=${serial % 10}`;
        const headers = { Authorization: '', 'Accept-Encoding': 'gzip, deflate' };
        const { status, body } = await ask(port, `${path}?${query}`, { headers });
        expect(status).toBe(200);
        expect(gunzipSync(body).toString()).toContain(`part-${serial}.m4s`);
      }
    };
    let played = false;
    const all = Promise.all(Array.from({ length: PLAYERS }, player)).finally(() => {
      played = true;
    });
    while (!played) {
      await new Promise((resolve) => setTimeout(resolve, PART_MS));
      camera.feed(1);
    }
    await all;
    const asked = [...reloads().values()];
    expect(asked).toHaveLength(PARTS);
    expect(asked).toEqual(asked.map(() => ({ hits: PLAYERS - 1, misses: 1 })));
  });

  it('never keeps what needs a token', async () => {
    const { port, path, reloads } = await setUp('token');
    const query = `${path}?_HLS_msn=1`;
    expect((await ask(port, query)).status).toBe(200);
    expect((await ask(port, query, { headers: { Authorization: '' } })).status).toBe(401);
    expect([...reloads().values()]).toEqual([{ hits: 0, misses: 2 }]);
  });
});
