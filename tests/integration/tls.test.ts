/** The relay's own TLS on real sockets: one port for both, what still may come plainly, and another certificate meanwhile. */
import { get, request } from 'node:https';
import { connect } from 'node:net';
import { connect as connectTls, type PeerCertificate } from 'node:tls';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Certificate, readCertificate } from '../../relay/config/certificate.ts';
import { CLOSE } from '../../src/wire/protocol.ts';
import { makePem } from '../support/certificate.ts';
import { ask, Client, type EdgeRig, EXTENSION, startEdge, TOKEN } from '../support/edge-rig.ts';
import { SyntheticCamera } from '../support/synthetic-camera.ts';

/** Stands for another machine: the rig takes only 127.0.0.1 for this one. */
const ELSEWHERE = '127.0.0.2';
const FILES = { certificate: '', key: '' };

const made = (names: readonly string[]): Certificate => {
  const { certificate, key } = makePem(names);
  return readCertificate(certificate, key, FILES);
};

let certificate: Certificate;
let edge: EdgeRig;
beforeAll(() => {
  certificate = made(['DNS:wall.test', 'IP:127.0.0.1']);
});
afterEach(() => edge.stop());

async function start(): Promise<void> {
  const camera = new SyntheticCamera({ id: 'cam1' });
  camera.feed(25);
  edge = await startEdge([camera], {}, undefined, {
    certificate,
    isHere: (address) => address === '127.0.0.1',
  });
}

interface Answer {
  readonly status: number;
  readonly text: string;
}

const secureGet = (path: string, headers: Record<string, string> = {}): Promise<Answer> =>
  new Promise((resolve, reject) => {
    get(
      {
        host: '127.0.0.1',
        port: edge.port,
        path,
        headers,
        servername: 'wall.test',
        ca: certificate.certificate,
        agent: false,
      },
      (response) => {
        let text = '';
        response.on('data', (chunk) => {
          text += String(chunk);
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
      },
    ).on('error', reject);
  });

const shown = (): Promise<PeerCertificate> =>
  new Promise((resolve, reject) => {
    const socket = connectTls({ host: '127.0.0.1', port: edge.port, rejectUnauthorized: false }, () => {
      resolve(socket.getPeerCertificate());
      socket.destroy();
    });
    socket.once('error', reject);
  });

describe('a relay with a certificate', () => {
  it('answers over TLS, and plainly on its own host', async () => {
    await start();
    expect((await secureGet('/health')).status).toBe(200);
    expect((await secureGet('/pair')).text).toContain(certificate.fingerprint);
    expect((await ask(edge.port, '/health')).status).toBe(200);
  });

  it('knows the names of its certificate as its own', async () => {
    await start();
    expect((await secureGet('/health', { Host: 'wall.test' })).status).toBe(200);
    expect((await secureGet('/health', { Host: 'other.test' })).status).toBe(403);
  });

  it('moves pictures over wss', async () => {
    await start();
    const options = { origin: EXTENSION, ca: certificate.certificate };
    const media = new Client(edge.port, '/media', options, 'wss');
    await media.opened;
    media.say({ type: 'subscribe', protocol: 1, token: TOKEN, camera: 'cam1', latencyMs: 300 });
    await media.until(() => media.frames.length > 3);
    expect(media.parts().length).toBeGreaterThan(0);
    media.close();
  });

  it('takes nothing without TLS from elsewhere, and leads the pairing page over', async () => {
    await start();
    const plain = await ask(edge.port, '/health', {}, ELSEWHERE);
    expect([plain.status, plain.text]).toEqual([403, expect.stringContaining('over TLS only')]);
    const page = await ask(edge.port, '/pair', {}, ELSEWHERE);
    expect([page.status, page.headers.location]).toEqual([307, `https://127.0.0.1:${edge.port}/pair`]);
    // There a client sends its token at once.
    const media = new Client(edge.port, '/media', { origin: EXTENSION, localAddress: ELSEWHERE });
    await expect(media.opened).rejects.toThrow('403');
    const control = new Client(edge.port, '/control', { origin: EXTENSION, localAddress: ELSEWHERE });
    expect(await control.closed).toEqual({
      code: CLOSE.tls,
      reason: expect.stringContaining('over TLS only'),
    });
    expect(control.frames).toEqual([]);
    const secure = new Client(
      edge.port,
      '/control',
      { origin: EXTENSION, localAddress: ELSEWHERE, ca: certificate.certificate },
      'wss',
    );
    await secure.message('hello');
    secure.close();
  });

  it('shows another certificate from now on, and ends nobody for it', async () => {
    await start();
    const client = new Client(
      edge.port,
      '/control',
      { origin: EXTENSION, ca: certificate.certificate },
      'wss',
    );
    await client.message('hello');
    const next = made(['DNS:next.test', 'IP:127.0.0.1']);
    edge.server.replaceCertificate(next);
    expect((await shown()).fingerprint256).toBe(next.fingerprint);
    expect(client.socket.readyState).toBe(client.socket.OPEN);
    client.close();
  });

  it('outlives handshakes that fail, and does not wait for the silent when it stops', async () => {
    await start();
    const { port } = edge;
    const old = connectTls({
      host: '127.0.0.1',
      port,
      maxVersion: 'TLSv1.1',
      minVersion: 'TLSv1',
      ciphers: 'ALL@SECLEVEL=0',
    });
    await new Promise((resolve) => old.once('error', resolve));
    const garbage = connect(port, '127.0.0.1', () => garbage.write(Buffer.from('160301000501', 'hex')));
    garbage.on('error', () => undefined);
    garbage.write(Buffer.alloc(64, 0x16));
    await new Promise((resolve) => garbage.once('close', resolve));
    const stranger = request({ host: '127.0.0.1', port, path: '/health', agent: false });
    await expect(new Promise((_resolve, reject) => stranger.on('error', reject).end())).rejects.toThrow(
      /certificate/,
    );
    expect((await secureGet('/health')).status).toBe(200);
    const silent = connect(port, '127.0.0.1');
    await new Promise((resolve) => silent.once('connect', resolve));
    const since = performance.now();
    await edge.stop();
    expect(performance.now() - since).toBeLessThan(2000);
  });
});
