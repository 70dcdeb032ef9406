import { connect, createServer } from 'node:net';
import { gunzipSync } from 'node:zlib';
import parseM3U8 from 'm3u8parse';
import { afterEach, describe, expect, it } from 'vitest';
import { ask, Client, type EdgeRig, EXTENSION, startEdge, TOKEN } from '../support/edge-rig.ts';
import { SyntheticCamera } from '../support/synthetic-camera.ts';

const rigs: EdgeRig[] = [];
afterEach(async () => {
  for (const rig of rigs.splice(0)) await rig.stop();
});

async function setUp(...args: Parameters<typeof startEdge> | []) {
  const camera = new SyntheticCamera({ id: 'cam1' });
  camera.feed(23);
  const rig = await startEdge(args[0] ?? [camera], args[1] ?? {});
  rigs.push(rig);
  return { camera, port: rig.port, rig };
}

describe('playlists over HTTP', () => {
  it('lead from the camera to its media', async () => {
    const { port, camera } = await setUp();
    const multivariant = await ask(port, '/live/cam1/index.m3u8');
    expect(multivariant.headers['content-type']).toBe('application/vnd.apple.mpegurl');
    expect(multivariant.text).toContain('\nmain/media.m3u8\n');
    const media = await ask(port, '/live/cam1/main/media.m3u8');
    const playlist = parseM3U8(media.text, { type: 'media' });
    const [first] = playlist.segments;
    const segment = await ask(port, `/live/cam1/main/${first?.uri}`);
    expect(segment.body).toEqual(
      Buffer.concat(
        camera
          .timeline()
          .segment(0)
          ?.parts.map(({ data }) => data) ?? [],
      ),
    );
    const init = await ask(port, `/live/cam1/main/${first?.map?.get('uri', 'string')}`);
    expect(init.text).toBe('init e0');
  });

  it('block until the part is made', async () => {
    const { port, camera } = await setUp();
    const asked = ask(port, '/live/cam1/main/media.m3u8?_HLS_msn=2&_HLS_part=3');
    const part = ask(port, '/live/cam1/main/part-23.m4s?run=run1');
    // A round trip on the same server: the two above have been taken in by now.
    await ask(port, '/health');
    const made = camera.feed(1);
    expect((await asked).text).toContain('part-23.m4s');
    expect((await part).body).toEqual(Buffer.from(made.data));
  });

  it('say what to cache', async () => {
    const { port } = await setUp();
    const caching = async (path: string) => (await ask(port, path)).headers['cache-control'];
    expect(await caching('/live/cam1/main/media.m3u8')).toBe('no-cache');
    expect(await caching('/live/cam1/main/media.m3u8?_HLS_msn=1')).toBe('private, max-age=6');
    expect(await caching('/live/cam1/main/seg-1.m4s?run=run1')).toBe('private, max-age=3600, immutable');
    expect(await caching('/live/cam1/main/seg-77.m4s')).toBe('no-store');
    expect(await caching('/health')).toBe('no-store');
  });

  it('are compressed for whom asks, and have a validator', async () => {
    const { port, camera } = await setUp();
    const path = '/live/cam1/main/media.m3u8';
    const plain = await ask(port, path);
    const packed = await ask(port, path, { headers: { 'Accept-Encoding': 'br, gzip;q=0.5' } });
    expect(packed.headers).toMatchObject({ 'content-encoding': 'gzip', vary: 'Origin, Accept-Encoding' });
    expect(gunzipSync(packed.body).toString()).toBe(plain.text);
    expect(packed.body.length).toBeLessThan(plain.body.length / 4);
    const refused = await ask(port, path, { headers: { 'Accept-Encoding': 'gzip;q=0' } });
    expect([refused.headers['content-encoding'], refused.text]).toEqual([undefined, plain.text]);
    const head = await ask(port, path, { method: 'HEAD', headers: { 'Accept-Encoding': 'gzip' } });
    expect([head.headers['content-length'], head.body.length]).toEqual([`${packed.body.length}`, 0]);
    const known = { headers: { 'If-None-Match': `"x", ${plain.headers.etag}` } };
    const same = await ask(port, path, known);
    expect([same.status, same.body.length, same.headers.etag]).toEqual([304, 0, plain.headers.etag]);
    camera.feed(1);
    expect((await ask(port, path, known)).status).toBe(200);
  });

  it('come as delta updates, and say where the other rungs are', async () => {
    const camera = new SyntheticCamera({ id: 'cam1', rungs: ['main', 'small'] });
    camera.feed(123);
    const { port } = await setUp([camera]);
    const whole = await ask(port, '/live/cam1/small/media.m3u8');
    const delta = await ask(port, '/live/cam1/small/media.m3u8?_HLS_msn=12&_HLS_part=2&_HLS_skip=YES');
    expect(whole.text).toContain('CAN-SKIP-UNTIL=6.000');
    expect(delta.text).toMatch(/#EXT-X-SKIP:SKIPPED-SEGMENTS=\d+\n/);
    expect(delta.text.length).toBeLessThan(whole.text.length);
    expect(delta.text).toContain(
      '#EXT-X-RENDITION-REPORT:URI="../main/media.m3u8",LAST-MSN=12,LAST-PART=2\n',
    );
  });

  it('answer HEAD with the length and without the bytes', async () => {
    const { port } = await setUp();
    const head = await ask(port, '/live/cam1/main/seg-1.m4s', { method: 'HEAD' });
    expect([head.status, head.headers['content-length'], head.body.length]).toEqual([200, '10000', 0]);
  });
});

describe('who may read', () => {
  it.each(['', 'Bearer wrong', `Basic ${TOKEN}`, `Bearer ${TOKEN}x`])(
    'not one with Authorization %j',
    async (authorization) => {
      const { port } = await setUp();
      const answer = await ask(port, '/live/cam1/index.m3u8', { headers: { Authorization: authorization } });
      expect([answer.status, answer.headers['www-authenticate']]).toEqual([401, 'Bearer realm="lockstep"']);
      expect(answer.text).not.toContain(TOKEN);
    },
  );

  it('anyone when access is open, and then shared caches too', async () => {
    const camera = new SyntheticCamera({ id: 'cam1' });
    camera.feed(23);
    const { port } = await setUp([camera], { hlsAccess: 'open' });
    const answer = await ask(port, '/live/cam1/main/part-10.m4s', { headers: { Authorization: '' } });
    const list = await ask(port, '/live/cam1/main/media.m3u8?_HLS_msn=1', { headers: { Authorization: '' } });
    expect(list.headers['cache-control']).toBe('public, max-age=6');
    expect([answer.status, answer.headers['cache-control']]).toEqual([
      200,
      'public, max-age=3600, immutable',
    ]);
  });

  it('no page under a strange host name', async () => {
    const { port } = await setUp();
    const statusFor = async (host: string) =>
      (await ask(port, '/live/cam1/index.m3u8', { headers: { Host: host } })).status;
    expect(await statusFor('evil.example')).toBe(403);
    expect([await statusFor('localhost'), await statusFor('workshop:1'), await statusFor('x.local')]).toEqual(
      [200, 200, 200],
    );
  });

  it('only paired extensions, by CORS', async () => {
    const { port } = await setUp();
    const allowed = async (origin: string, method = 'GET') =>
      (await ask(port, '/live/cam1/index.m3u8', { method, headers: { Origin: origin } })).headers[
        'access-control-allow-origin'
      ];
    const stranger = 'moz-extension://0f8fad5b-d9cb-469f-a165-70867728950e';
    expect([
      await allowed(EXTENSION),
      await allowed(stranger),
      await allowed('https://evil.example'),
    ]).toEqual([EXTENSION, undefined, undefined]);
    expect(await allowed(stranger, 'OPTIONS')).toBe(stranger);
    const preflight = await ask(port, '/live/cam1/index.m3u8', {
      method: 'OPTIONS',
      headers: { Origin: EXTENSION },
    });
    expect([
      preflight.status,
      preflight.headers['access-control-allow-headers'],
      preflight.headers['access-control-max-age'],
    ]).toEqual([204, 'Authorization', '7200']);
    expect(preflight.headers.vary).toBe('Origin');
  });
});

describe('errors are one sentence', () => {
  it.each([
    ['/live/cam9/index.m3u8', 404, 'unknown camera "cam9": this relay has cam1\n'],
    ['/live/cam1/tiny/media.m3u8', 404, 'unknown rung "tiny": this relay has main\n'],
    ['/live/cam1/main/media.m3u8?_HLS_part=1', 400, '_HLS_part needs _HLS_msn\n'],
    ['/', 404, 'playlists are at /live/<camera>/index.m3u8, the state is at /health\n'],
    ['/live/../../etc/passwd', 404, 'unknown camera "..": this relay has cam1\n'],
  ])('%s', async (path, status, sentence) => {
    const { port } = await setUp();
    const answer = await ask(port, path);
    expect([answer.status, answer.text, answer.headers['content-type']]).toEqual([
      status,
      sentence,
      'text/plain; charset=utf-8',
    ]);
  });

  it.each([
    ['POST', undefined],
    ['DELETE', undefined],
    ['GET', 'a body'],
  ])('%s with body %j', async (method, body) => {
    const { port } = await setUp();
    const answer = await ask(
      port,
      '/live/cam1/index.m3u8',
      body === undefined
        ? { method }
        : { method, body, headers: { 'Content-Length': `${Buffer.byteLength(body)}` } },
    );
    expect([answer.status, answer.headers.allow]).toEqual([405, 'GET, HEAD, OPTIONS']);
  });

  it('and a request that is no HTTP does no harm', async () => {
    const { port } = await setUp();
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = connect(port, '127.0.0.1', () => socket.write('\u0016\u0003\u0001 nonsense\r\n\r\n'));
      let text = '';
      socket.on('data', (chunk) => {
        text += chunk.toString();
      });
      socket.on('close', () => resolve(text));
      socket.on('error', reject);
    });
    expect(answer).toMatch(/^HTTP\/1.1 400/);
    expect((await ask(port, '/health')).status).toBe(200);
  });
});

describe('/health', () => {
  it('tells states and no reasons, and asks for no token', async () => {
    const { port, camera } = await setUp();
    camera.change({ state: 'offline', reason: 'camera 10.0.0.7 refused the connection' });
    const answer = await ask(port, '/health', { headers: { Authorization: '' } });
    expect(JSON.parse(answer.text)).toEqual({
      status: 'degraded',
      version: '1.2.3',
      mediamtx: 'off',
      cameras: [{ id: 'cam1', state: 'offline', sinceMs: camera.state().sinceMs }],
    });
    camera.change({ state: 'live' });
    expect(JSON.parse((await ask(port, '/health')).text)).toMatchObject({ status: 'ok' });
  });
});

describe('sockets', () => {
  const refused = (
    port: number,
    path: string,
    headers: Record<string, string>,
    origin?: string,
  ): Promise<string> =>
    new Client(port, path, { headers, ...(origin === undefined ? {} : { origin }) }).opened.then(
      () => 'opened',
      (error: Error) => error.message,
    );

  it('open for extensions and native tools, not for web pages or strange host names', async () => {
    const { port } = await setUp();
    for (const path of ['/control', '/media']) {
      expect(await refused(port, path, {}, EXTENSION)).toBe('opened');
      expect(await refused(port, path, {})).toBe('opened');
      expect(await refused(port, path, {}, 'https://evil.example')).toContain('403');
      expect(await refused(port, path, { Host: 'evil.example' }, EXTENSION)).toContain('403');
    }
  });

  it('open for a web origin that the configuration lists', async () => {
    const { port } = await setUp([], { allowOrigins: ['https://wall.example'] });
    expect(await refused(port, '/media', {}, 'https://wall.example')).toBe('opened');
  });

  it('exist at two addresses only', async () => {
    const { port } = await setUp();
    expect(await refused(port, '/other', {})).toContain('404');
  });

  it('cannot all be taken by one client: another one finds a place, and who has proved keeps it', async () => {
    const limits = { connections: 64, sockets: 16, perAddress: 16, reservedPercent: 25 };
    const { port } = await setUp([], { limits });
    const authenticate = async (client: Client): Promise<void> => {
      await client.opened;
      client.say({ type: 'auth', protocol: 1, token: TOKEN, client: 'wall' });
      await client.message('welcome');
    };
    const wall = new Client(port, '/control');
    await authenticate(wall);
    const flood = Array.from({ length: 14 }, () => new Client(port, '/media', { localAddress: '127.0.0.3' }));
    await expect.poll(() => flood.filter(({ socket }) => socket.readyState === 1).length).toBe(12);
    const late = new Client(port, '/control', { localAddress: '127.0.0.2' });
    await authenticate(late);
    expect(wall.socket.readyState).toBe(1);
    for (const client of [wall, late, ...flood]) client.close();
  });

  it('are limited to 160 of one address', async () => {
    const { port } = await setUp();
    const clients = Array.from({ length: 160 }, () => new Client(port, '/media'));
    await Promise.all(clients.map(({ opened }) => opened));
    const late = new Client(port, '/media');
    expect(await late.closed).toMatchObject({ code: 4429 });
    clients[0]?.close();
    await clients[0]?.closed;
    await expect.poll(() => new Client(port, '/media').opened.then(() => true)).toBe(true);
    for (const client of clients) client.close();
  });
});

describe('starting and stopping', () => {
  it('says who has the port', async () => {
    const squatter = createServer();
    await new Promise<void>((resolve) => squatter.listen(0, '127.0.0.1', resolve));
    const address = squatter.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    try {
      await expect(startEdge([], { port })).rejects.toThrow(
        new RegExp(
          `^Port ${port} on 127.0.0.1 is taken by .+ \\(process ${process.pid}\\): stop it, or set server.port`,
        ),
      );
    } finally {
      await new Promise((resolve) => squatter.close(resolve));
    }
  });

  it('says that an address is not one of this machine', async () => {
    await expect(startEdge([], { host: '203.0.113.7' })).rejects.toThrow(
      /no address 203.0.113.7: set server.host/,
    );
  });

  it('stops with requests and sockets open, tells the sockets, and frees the port', async () => {
    const { port, rig, camera } = await setUp();
    const control = new Client(port, '/control');
    const media = new Client(port, '/media');
    await Promise.all([control.message('hello'), media.opened]);
    media.say({ type: 'subscribe', protocol: 1, token: TOKEN, camera: 'cam1', latencyMs: 300 });
    await media.until(() => media.frames.length > 0);
    const blocked = ask(port, '/live/cam1/main/media.m3u8?_HLS_msn=2&_HLS_part=9').catch(
      (error: Error) => error,
    );
    await rig.stop();
    await rig.stop();
    expect((await control.closed).code).toBe(1012);
    expect((await media.closed).code).toBe(1012);
    expect(await blocked).toBeInstanceOf(Error);
    camera.feed(10);
    const again = await startEdge([camera], { port });
    expect(again.port).toBe(port);
    await again.stop();
  });
});

describe('the page behind the link of a pairing code', () => {
  it('is for anyone who may reach the relay, is kept nowhere, and says what it may do', async () => {
    const { port } = await setUp();
    const page = await ask(port, '/pair');
    expect(page.status).toBe(200);
    expect(page.headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'content-security-policy': expect.stringContaining("default-src 'none'"),
    });
    expect(page.text).toContain('Pair with this Lockstep relay');
    expect((await ask(port, '/pair', { headers: { Host: 'evil.example' } })).status).toBe(403);
    expect((await ask(port, '/pair', { method: 'POST' })).status).toBe(405);
  });
});
