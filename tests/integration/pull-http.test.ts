/** The pull feeds' HTTP client against servers that misbehave. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createHttpConnect, type HttpConnection, HttpError } from '../../relay/pull/http.ts';
import { platformTimers } from '../../src/wire/ports.ts';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

let server: Server;
let sockets: Set<Socket>;
let requests: string[];
let answer: Answer;
let connection: HttpConnection;

beforeEach(async () => {
  sockets = new Set();
  requests = [];
  server = createServer((request, response) => {
    requests.push(`${request.url} ${request.headers.authorization}`);
    answer(request, response);
  });
  server.on('connection', (socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  reconnect();
});

afterEach(async () => {
  connection.close();
  for (const socket of sockets) socket.destroy();
  if (server.listening) await new Promise((resolve) => server.close(resolve));
});

function reconnect(): void {
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 1;
  const connect = createHttpConnect({ timers: platformTimers({ unref: true }) });
  connection = connect({ base: new URL(`http://127.0.0.1:${port}/`), bearer: 's3cret' });
}

const get = (limits: { timeoutMs?: number; maxBytes?: number } = {}, target = '/a'): Promise<Uint8Array> =>
  connection.get(target, { timeoutMs: 5000, maxBytes: 1000, ...limits });

/** What a failed connection says, on a new connection. */
function failureOf(next: Answer, limits?: { timeoutMs: number }): Promise<HttpError> {
  answer = next;
  reconnect();
  return failure(get(limits));
}

/** The error of a request that must fail. */
async function failure(request: Promise<Uint8Array>): Promise<HttpError> {
  const result = await request.catch((error: unknown) => error);
  if (!(result instanceof HttpError)) throw new Error(`expected an HttpError, got ${String(result)}`);
  return result;
}

describe('createHttpConnect', () => {
  it('gives the body, joined from its pieces, and sends the secret in a header', async () => {
    answer = (_request, response) => {
      response.write('pie');
      setImmediate(() => response.end('ces'));
    };
    expect(Buffer.from(await get()).toString()).toBe('pieces');
    expect(requests).toEqual(['/a Bearer s3cret']);
  });

  it('asks for several things at once and gives the answers in the order of the questions', async () => {
    answer = (request, response) => {
      setTimeout(() => response.end(request.url), request.url === '/slow' ? 50 : 0);
    };
    const order: string[] = [];
    const note = async (target: string): Promise<void> => {
      order.push(Buffer.from(await get({}, target)).toString());
    };
    await Promise.all([note('/slow'), note('/b?c=d'), note('/e')]);
    expect(order).toEqual(['/slow', '/b?c=d', '/e']);
    expect(sockets.size).toBe(1);
  });

  it.each([302, 400, 401, 404, 500])('fails with the status %d and goes on', async (status) => {
    answer = (_request, response) => response.writeHead(status, { Location: '/elsewhere' }).end('why');
    expect((await failure(get())).message).toBe(`status ${status}`);
    answer = (_request, response) => response.end('fine');
    expect(await get()).toHaveLength(4);
    expect(sockets.size).toBe(1);
  });

  it('gives up an answer that does not come, and one that does not end, with all that wait behind it', async () => {
    answer = () => undefined;
    const behind = failure(get());
    expect((await failure(get({ timeoutMs: 50 }))).message).toBe('no answer within 50 ms');
    expect((await behind).message).toBe('no answer within 50 ms');
    expect((await failure(get())).message).toBe('no answer within 50 ms');
    const part: Answer = (_request, response) => response.write('some');
    expect((await failureOf(part, { timeoutMs: 50 })).message).toBe('no answer within 50 ms');
  });

  it('stops reading an answer that is too long', async () => {
    let closed: (() => void) | undefined;
    const done = new Promise<void>((resolve) => {
      closed = resolve;
    });
    const error = await failureOf((_request, response) => {
      response.on('close', () => closed?.());
      response.write(Buffer.alloc(1001));
    });
    expect(error.message).toBe('an answer of more than 1000 bytes');
    await done;
  });

  it('fails when the server hangs up before or within the answer', async () => {
    const before = await failureOf((request) => request.socket.destroy());
    expect(before.message).toMatch(/^connection /);
    const within = await failureOf((request, response) => {
      response.writeHead(200, { 'Content-Length': '10' }).write('half');
      setImmediate(() => request.socket.destroy());
    });
    expect(within.message).toMatch(/^connection /);
  });

  it('fails when the server speaks something else', async () => {
    const error = await failureOf((request) => request.socket.write('RTSP/1.0 200 OK\r\n\r\n'));
    expect(error.message).toBe('an answer that is not HTTP/1.1');
  });

  it('fails when nobody listens, without naming the secret', async () => {
    await new Promise((resolve) => server.close(resolve));
    const error = await failure(get());
    expect(error.message).toBe('connection failed: ECONNREFUSED');
    expect(JSON.stringify(error) + String(error.stack)).not.toContain('s3cret');
  });

  it('ends what is under way when it is closed, also twice, and asks nothing more', async () => {
    answer = () => undefined;
    const first = failure(get());
    connection.close();
    connection.close();
    expect((await first).message).toBe('closed');
    expect((await failure(get())).message).toBe('closed');
    expect(requests).toEqual([]);
  });
});
