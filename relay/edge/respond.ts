/** Turns answers into HTTP responses: caching, CORS and plain sentences for errors. */
import type { ServerResponse } from 'node:http';
import type { Answer } from './hls.ts';
import type { WhepAnswer } from './whep.ts';

/** An hour; the address of media names the run of the relay, so that it never means anything else. */
const MEDIA_MAX_AGE_S = 3600;
/** Chromium keeps a preflight for two hours at most. */
const PREFLIGHT_MAX_AGE_S = 7200;

/** Tells the browser which page may read the response; to be called before any of the others. */
export function setCors(response: ServerResponse, origin: string | undefined): void {
  response.setHeader('Vary', 'Origin');
  response.setHeader('X-Content-Type-Options', 'nosniff');
  if (origin !== undefined) response.setHeader('Access-Control-Allow-Origin', origin);
}

/** What a page may send to an address, and what it may read of the answer besides the body. */
export interface CorsRules {
  readonly methods: string;
  readonly headers: string;
}

export const READ_ONLY: CorsRules = { methods: 'GET, HEAD', headers: 'Authorization' };
export const SIGNALLING: CorsRules = {
  methods: 'POST, PATCH, DELETE',
  headers: 'Authorization, Content-Type, If-Match',
};

export function sendPreflight(response: ServerResponse, { methods, headers }: CorsRules): void {
  response.writeHead(204, {
    'Access-Control-Allow-Methods': methods,
    'Access-Control-Allow-Headers': headers,
    'Access-Control-Max-Age': PREFLIGHT_MAX_AGE_S,
  });
  response.end();
}

/** For a page that is asked for at the wrong address; what stands behind the `#` stays with the browser. */
export function sendRedirect(response: ServerResponse, location: string): void {
  response.writeHead(307, { Location: location, 'Cache-Control': 'no-store', 'Content-Length': 0 });
  response.end();
}

export function sendWhep(response: ServerResponse, { status, headers, body }: WhepAnswer): void {
  response.writeHead(status, {
    ...headers,
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
    'Access-Control-Expose-Headers': 'Location, ETag',
  });
  response.end(body);
}

/** Sends the bytes of `answer` from where they lie. `open` says that anyone may read it, a shared cache too. */
export async function sendAnswer(response: ServerResponse, answer: Answer, open: boolean): Promise<void> {
  const access = open ? 'public' : 'private';
  if (answer.kind === 'error') {
    if (answer.status === 503) response.setHeader('Retry-After', 1);
    sendRefusal(response, answer.status, answer.sentence);
  } else if (answer.kind === 'media') {
    const cacheControl = `${access}, max-age=${MEDIA_MAX_AGE_S}, immutable`;
    send(response, answer.body, { 'Content-Type': 'video/mp4', 'Cache-Control': cacheControl });
  } else {
    const { body, maxAgeS } = answer;
    const headers = {
      'Content-Type': 'application/vnd.apple.mpegurl',
      'Cache-Control': maxAgeS === 0 ? 'no-cache' : `${access}, max-age=${maxAgeS}`,
      ETag: body.etag,
      Vary: 'Origin, Accept-Encoding',
    };
    if (names(response.req.headers['if-none-match'], body.etag)) {
      response.writeHead(304, headers);
      response.end();
    } else if (takesGzip(response.req.headers['accept-encoding'])) {
      send(response, [await body.gzip()], { ...headers, 'Content-Encoding': 'gzip' });
    } else send(response, [body.text], headers);
  }
}

function send(
  response: ServerResponse,
  body: readonly (string | Uint8Array)[],
  headers: Record<string, string>,
): void {
  response.writeHead(200, {
    ...headers,
    'Content-Length': body.reduce((sum, piece) => sum + Buffer.byteLength(piece), 0),
  });
  response.cork();
  if (response.req.method !== 'HEAD') for (const piece of body) response.write(piece);
  response.end();
  response.uncork();
}

/** Whether the list of validators holds this one; weakly compared (RFC 9110 §13.1.2). */
const names = (list: string | undefined, etag: string): boolean =>
  (list ?? '').split(',').some((each) => ['*', etag, etag.slice(2)].includes(each.trim()));

/** RFC 9110 §12.5.3, as far as it is used: named, and not with a weight of 0. */
const takesGzip = (accepted: string | string[] | undefined): boolean =>
  /(?:^|,)\s*(?:x-)?gzip\s*(?:;\s*q=(?!0(?:\.0*)?\s*(?:,|$))[\d.]+\s*)?(?:,|$)/i.test(String(accepted ?? ''));

export function sendJson(response: ServerResponse, value: object): void {
  response.writeHead(200, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' });
  response.end(`${JSON.stringify(value)}\n`);
}

/** Sends a page of ours. @param policy what it may do, as of Content-Security-Policy */
export function sendPage(
  response: ServerResponse,
  { html, policy }: { readonly html: string; readonly policy: string },
): void {
  send(response, [html], {
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Security-Policy': policy,
    'Referrer-Policy': 'no-referrer',
    'Cache-Control': 'no-store',
  });
}

/** Refuses with one sentence. */
export function sendRefusal(response: ServerResponse, status: number, sentence: string): void {
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store' });
  response.end(`${sentence}\n`);
}
