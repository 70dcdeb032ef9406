/** The API client against servers that do not behave. */
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { ApiError, createApi, type MediamtxApi } from '../../relay/mediamtx/api.ts';
import { platformTimers } from '../../src/wire/ports.ts';

let server: Server | undefined;
afterEach(async () => {
  if (server === undefined) return;
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
  server = undefined;
});

async function serve(listener: RequestListener, timeoutMs = 2_000): Promise<MediamtxApi> {
  server = createServer(listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return createApi({ port: address.port, password: 'secret', timers: platformTimers(), timeoutMs });
}

const failure = async (promise: Promise<unknown>): Promise<ApiError> => {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ApiError)) throw new Error('no ApiError');
  return error;
};

const SESSION = { id: '5c4a82db', peerConnectionEstablished: true, inboundBytes: 10 };

describe('the API client', () => {
  it('sends its credentials and reads the answer', async () => {
    const seen: (string | undefined)[] = [];
    const api = await serve((request, response) => {
      seen.push(request.headers.authorization);
      response.end(JSON.stringify({ itemCount: 1, pageCount: 1, items: [SESSION] }));
    });
    expect(await api.webrtcSessions()).toEqual([SESSION]);
    expect(seen).toEqual([`Basic ${Buffer.from('relay:secret').toString('base64')}`]);
  });

  it.each<[string, RequestListener, ApiError['kind'], string]>([
    ['refuses', (_, response) => response.writeHead(401).end(), 'wrong', 'the API answered 401'],
    [
      'answers something else',
      (_, response) => response.end(JSON.stringify({ items: [{ ...SESSION, inboundBytes: 'many' }] })),
      'wrong',
      'the API answered something unexpected (items.0.inboundBytes: expected number)',
    ],
    [
      'breaks off',
      (_, response) => {
        response.writeHead(200, { 'content-length': 100 });
        response.write('{"items":', () => response.destroy());
      },
      'unreachable',
      'the API broke off its answer',
    ],
    [
      'never ends',
      (_, response) => {
        const block = Buffer.alloc(1024 * 1024, 0x20);
        const more = (): void => {
          while (!response.destroyed && response.write(block));
        };
        response.on('drain', more);
        more();
      },
      'wrong',
      'the API answered without end',
    ],
  ])('tells when a server %s', async (_, listener, kind, message) => {
    const api = await serve(listener);
    expect(await failure(api.webrtcSessions())).toMatchObject({ kind, message });
  });

  it('gives up one that is silent, also in the middle of its answer', async () => {
    const api = await serve((request, response) => {
      if (request.url === '/v3/info') return;
      response.writeHead(200).write('{');
    }, 200);
    expect(await failure(api.version())).toMatchObject({ kind: 'silent' });
    expect(await failure(api.globalSettings())).toMatchObject({ kind: 'silent' });
  });

  it('tells when nobody is there', async () => {
    const api = createApi({ port: 9, password: 'secret', timers: platformTimers(), timeoutMs: 2_000 });
    expect(await failure(api.version())).toMatchObject({
      kind: 'unreachable',
      message: 'the API is not reachable (ECONNREFUSED)',
    });
  });
});
