/** Asks an RTSP camera what it sends, as ffmpeg would, and says in words why that fails. */
import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Timers } from '../../src/wire/ports.ts';
import { DEFAULT_RTSP_PORTS, type RtspStream } from '../config/streams.ts';
import { type Finding, fail, ok } from './finding.ts';
import {
  authorize,
  type Credentials,
  parseResponse,
  type RtspResponse,
  videoCodecs,
} from './rtsp-message.ts';

const TIMEOUT_MS = 5_000;
/** A session description has a few hundred bytes; a camera that sends more is not believed. */
const MAX_RESPONSE_CHARS = 64 * 1024;

/** Looks at one stream of a camera; never throws. */
export async function checkRtsp(source: RtspStream, where: string, timers: Timers): Promise<Finding> {
  const url = new URL(source.url);
  const port = Number(url.port === '' ? DEFAULT_RTSP_PORTS[url.protocol] : url.port);
  const place = `${url.hostname} port ${port}`;
  const credentials = credentialsOf(source, url);
  try {
    const response = await describe(url, port, credentials, timers);
    return judge(response, credentials !== undefined, place, where);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : undefined;
    return fail(
      where,
      `${place} ${REASONS[code ?? ''] ?? `does not answer as an RTSP camera (${code ?? String(error)})`}`,
      REACH,
    );
  }
}

const REACH = 'Check the address and port, that the camera is on, and that this host is in its network.';
const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'refuses the connection',
  ETIMEDOUT: `does not answer within ${TIMEOUT_MS / 1000} s`,
  EHOSTUNREACH: 'cannot be reached',
  ENETUNREACH: 'cannot be reached',
  ENOTFOUND: 'is not a known host name',
  EAI_AGAIN: 'cannot be looked up by name',
  ECONNRESET: 'closes the connection without an answer',
};

function judge(
  { status, body }: RtspResponse,
  withCredentials: boolean,
  place: string,
  where: string,
): Finding {
  if (status === 401 || status === 403) {
    return withCredentials
      ? fail(
          where,
          `${place} refuses the user or password (${status})`,
          'Correct "username" and "password" of the source; some cameras lock out for minutes after wrong ones.',
        )
      : fail(
          where,
          `${place} asks for a user and password (${status})`,
          'Add "username" and "password" to the source.',
        );
  }
  if (status === 404)
    return fail(
      where,
      `${place} has no such stream (404)`,
      'Correct the path of the address; the manual of the camera names it.',
    );
  if (status !== 200)
    return fail(
      where,
      `${place} answers with status ${status}`,
      'Try the address in a player, and look at the camera’s settings.',
    );
  const codecs = videoCodecs(body);
  if (codecs.length === 0)
    return fail(where, `${place} offers no video`, 'Correct the path of the address: this stream has none.');
  return ok(where, `${place} answers and offers ${codecs.join(', ')}`);
}

function credentialsOf(source: RtspStream, url: URL): Credentials | undefined {
  const username = source.username ?? decode(url.username);
  if (username === '') return undefined;
  return { username, password: source.password ?? decode(url.password) };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // A lone % is meant as it stands.
  }
}

/** DESCRIBE, once more with credentials when the camera asks for them. One connection: nonces may belong to it. */
async function describe(
  url: URL,
  port: number,
  credentials: Credentials | undefined,
  timers: Timers,
): Promise<RtspResponse> {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  // Cameras have certificates of their own making, and ffmpeg does not check them either.
  const socket =
    url.protocol === 'rtsps:'
      ? connectTls({ host, port, rejectUnauthorized: false })
      : connect({ host, port });
  const cancel = timers.after(TIMEOUT_MS, () => {
    socket.destroy(Object.assign(new Error('timeout'), { code: 'ETIMEDOUT' }));
  });
  const uri = withoutUser(url);
  const request = (sequence: number, authorization?: string): Promise<RtspResponse> =>
    exchange(
      socket,
      [
        `DESCRIBE ${uri} RTSP/1.0`,
        `CSeq: ${sequence}`,
        'Accept: application/sdp',
        'User-Agent: Lockstep',
        ...(authorization === undefined ? [] : [`Authorization: ${authorization}`]),
        '\r\n',
      ].join('\r\n'),
    );
  try {
    const first = await request(1);
    const challenges = first.headers.get('www-authenticate');
    if (first.status !== 401 || credentials === undefined || challenges === undefined) return first;
    const cnonce = randomBytes(8).toString('hex');
    const authorization = authorize(challenges, credentials, { method: 'DESCRIBE', uri, cnonce });
    return authorization === undefined ? first : await request(2, authorization);
  } finally {
    cancel();
    socket.destroy();
  }
}

function withoutUser(url: URL): string {
  const plain = new URL(url);
  plain.username = '';
  plain.password = '';
  return plain.href;
}

/** Sends a request and collects its response. @throws the socket's error, or one that says it is no RTSP */
function exchange(socket: Socket, request: string): Promise<RtspResponse> {
  return new Promise((resolve, reject) => {
    let text = '';
    const settle = (finish: () => void): void => {
      socket.off('data', onData).off('error', onError).off('close', onClose);
      // The timeout may still destroy the socket with an error that nobody waits for.
      socket.on('error', () => undefined);
      finish();
    };
    const onData = (chunk: Buffer): void => {
      text += chunk.toString('latin1');
      try {
        const response = parseResponse(text);
        if (response !== undefined) settle(() => resolve(response));
        else if (text.length > MAX_RESPONSE_CHARS) throw new Error('too long');
      } catch (error) {
        settle(() => reject(error));
      }
    };
    const onError = (error: Error): void => settle(() => reject(error));
    const onClose = (): void =>
      settle(() => reject(Object.assign(new Error('closed'), { code: 'ECONNRESET' })));
    socket.on('data', onData).on('error', onError).on('close', onClose);
    socket.write(request);
  });
}
