/**
 * The relay's one port: HTTP for playlists and media, WebSockets for control and push. Opens it, keeps strangers
 * and excess out, and hands each request and socket to the part that answers it (hls.ts, whep.ts, control.ts,
 * push.ts).
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { PAIR_PATH } from '../../src/wire/pair-link.ts';
import type { Clock, Timers } from '../../src/wire/ports.ts';
import type { Authenticator } from '../access/auth.ts';
import type { Camera } from '../camera/camera.ts';
import type { Certificate } from '../config/certificate.ts';
import type { Config } from '../config/schema.ts';
import type { Log } from '../log.ts';
import { bearerToken, corsOrigin, hostAllowed } from './access.ts';
import { Admission, type Place } from './admission.ts';
import { addressKey, isLoopback } from './client-address.ts';
import type { HlsRoutes } from './hls.ts';
import { listen } from './listen.ts';
import { pairPage } from './pair-page.ts';
import { RateBucket } from './rate-bucket.ts';
import { readBody } from './read-body.ts';
import { pathOf } from './request-path.ts';
import {
  READ_ONLY,
  SIGNALLING,
  sendAnswer,
  sendJson,
  sendPage,
  sendPreflight,
  sendRedirect,
  sendRefusal,
  sendWhep,
  setCors,
} from './respond.ts';
import { HOST_REFUSED, TLS_NEEDED } from './sentences.ts';
import type { AcceptSocket } from './socket.ts';
import { SocketGate } from './socket-gate.ts';
import { TlsDoor } from './tls-door.ts';
import { MAX_SDP_BYTES, type WhepRoutes } from './whep.ts';

/** A stalled or malicious client holds a connection no longer than this before its request is complete. */
const HEADERS_TIMEOUT_MS = 5000;
const REQUEST_TIMEOUT_MS = 10_000;
/** Longer than any answer waits for media, so that it ends only connections on which nothing moves. */
const IDLE_TIMEOUT_MS = 45_000;
const KEEP_ALIVE_MS = 15_000;
/** Silence after which the kernel asks whether the client is still there. */
const TCP_KEEP_ALIVE_MS = 15_000;
const MAX_HEADER_BYTES = 8 * 1024;
const MAX_HEADERS = 50;
/** Somebody who floods must not flood the log as well. */
const REFUSAL_LINES = { burst: 1, perSecond: 1 / 60 };

export interface EdgeDeps {
  readonly server: Config['server'];
  /** Names of this host that a Host header may carry, besides loopback, IP addresses and `*.local`. */
  readonly ownNames: readonly string[];
  /** With it, other machines reach the relay over TLS only; this host may still speak plainly. */
  readonly certificate?: Certificate | undefined;
  /** Whether an address is this host's own, so that nothing of it crosses a network. Default: loopback. */
  readonly isHere?: (address: string) => boolean;
  readonly version: string;
  /** What carries media: part of the public health answer. */
  readonly mediamtx: 'on' | 'off';
  readonly cameras: ReadonlyMap<string, Camera>;
  readonly auth: Pick<Authenticator, 'verify' | 'isRevoked' | 'pairedOrigins'>;
  readonly hls: HlsRoutes;
  readonly whep: Pick<WhepRoutes, 'answer' | 'cameraGone' | 'stop'>;
  readonly control: { accept: AcceptSocket; start(): void; stop(): void };
  readonly push: { accept: AcceptSocket; cameraGone(camera: Camera): void; start(): void; stop(): void };
  readonly timers: Timers;
  /** Monotonic. */
  readonly clock: Clock;
  readonly log: Log;
}

export class EdgeServer {
  readonly #deps: EdgeDeps;
  readonly #http: Server;
  readonly #sockets: SocketGate;
  readonly #connections: Admission;
  readonly #refusalLines: RateBucket;
  readonly #places = new WeakMap<Socket, Place>();
  readonly #door: TlsDoor | undefined;
  #certificate: Certificate | undefined;
  #started = false;

  constructor(deps: EdgeDeps) {
    this.#deps = deps;
    this.#http = createServer({
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      connectionsCheckingInterval: 1000,
      keepAliveTimeout: KEEP_ALIVE_MS,
      maxHeaderSize: MAX_HEADER_BYTES,
      noDelay: true,
      // A client that vanished says nothing: its connection ends all the same.
      keepAlive: true,
      keepAliveInitialDelay: TCP_KEEP_ALIVE_MS,
    });
    this.#http.maxHeadersCount = MAX_HEADERS;
    this.#http.timeout = IDLE_TIMEOUT_MS;
    this.#certificate = deps.certificate;
    if (deps.certificate !== undefined) {
      this.#door = new TlsDoor(deps.certificate, { patienceMs: HEADERS_TIMEOUT_MS });
      this.#door.guard(this.#http);
    }
    const { connections, perAddress, reservedPercent } = deps.server.limits;
    // More than sockets: who has too many of those is to hear it on one.
    this.#connections = new Admission({ total: connections, perAddress: 2 * perAddress, reservedPercent });
    this.#refusalLines = new RateBucket({ limit: REFUSAL_LINES, clock: deps.clock });
    this.#sockets = new SocketGate({
      ...deps,
      ownNames: () => this.#ownNames(),
      prove: (request) => this.#placeOf(request.socket)?.prove(),
      tooPlain: (request) => this.#tooPlain(request.socket),
    });
  }

  /**
   * Opens the port and returns its number.
   * @throws Error with one sentence when it cannot be opened
   */
  async start(): Promise<number> {
    this.#http.on('request', (request, response) => void this.#onRequest(request, response));
    this.#http.on('upgrade', (request, socket, head) => this.#sockets.upgrade(request, socket, head));
    this.#http.on('connection', (socket) => this.#onConnection(socket));
    const port = await listen(this.#http, this.#deps.server);
    this.#deps.control.start();
    this.#deps.push.start();
    this.#sockets.start();
    this.#started = true;
    return port;
  }

  /** Lets every client of a camera go that is not listed any more, or has another one in its place. */
  cameraGone(camera: Camera): void {
    const { push, whep, hls } = this.#deps;
    push.cameraGone(camera);
    whep.cameraGone(camera);
    hls.cameraGone(camera);
  }

  /** Takes another certificate in the place of the one it began with; without one it has no use for it. */
  replaceCertificate(certificate: Certificate): void {
    if (this.#door === undefined) return;
    this.#door.replace(certificate);
    this.#certificate = certificate;
  }

  /** Closes every connection and the port. May be called twice. */
  async stop(): Promise<void> {
    if (!this.#started) return;
    this.#started = false;
    const { control, push, whep } = this.#deps;
    const closed = new Promise<void>((resolve) => this.#http.close(() => resolve()));
    control.stop();
    push.stop();
    whep.stop();
    const settled = this.#sockets.stop();
    this.#http.closeAllConnections();
    this.#door?.close();
    await closed;
    settled();
  }

  /** Never rejects. */
  async #onRequest(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      await this.#answer(request, response);
    } catch (error) {
      this.#deps.log.error({ err: error, path: pathOf(request) }, 'request failed');
      if (response.headersSent) response.destroy();
      else sendRefusal(response, 500, 'the relay failed on this request: see its log');
    }
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { server, auth, version, mediamtx, cameras } = this.#deps;
    const { headers, method = '' } = request;
    const { origin } = headers;
    const preflight = method === 'OPTIONS';
    const path = pathOf(request);
    const { allowOrigins } = server;
    const pairedOrigins = () => auth.pairedOrigins();
    setCors(response, corsOrigin({ origin, preflight, pairedOrigins, allowOrigins }));
    if (!hostAllowed(headers.host, this.#ownNames())) sendRefusal(response, 403, HOST_REFUSED);
    else if (this.#tooPlain(request.socket)) {
      if (path === PAIR_PATH) sendRedirect(response, `https://${headers.host}${PAIR_PATH}`);
      else sendRefusal(response, 403, TLS_NEEDED);
    } else if (preflight) sendPreflight(response, path.startsWith('/whep/') ? SIGNALLING : READ_ONLY);
    else if (path.startsWith('/whep/')) await this.#answerWhep(path, request, response);
    else if ((method !== 'GET' && method !== 'HEAD') || hasBody(request)) {
      response.setHeader('Allow', 'GET, HEAD, OPTIONS');
      response.setHeader('Connection', 'close');
      sendRefusal(response, 405, 'only GET and HEAD without a body are answered here');
    } else if (path === '/health') sendJson(response, health({ version, mediamtx, cameras }));
    else if (path === PAIR_PATH) sendPage(response, pairPage(this.#certificate));
    else if (path.startsWith('/live/')) await this.#answerLive(path, request, response);
    else sendRefusal(response, 404, 'playlists are at /live/<camera>/index.m3u8, the state is at /health');
  }

  async #answerLive(path: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { server, hls } = this.#deps;
    const open = server.hlsAccess === 'open';
    if (!open && this.#validToken(request) === undefined) return refuseToken(response);
    const query = new URLSearchParams(request.url?.split('?')[1] ?? '');
    const answer = await hls.answer(path, query, whenGone(response));
    if (!response.destroyed) await sendAnswer(response, answer, open);
  }

  async #answerWhep(path: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', headers } = request;
    if (!['POST', 'PATCH', 'DELETE'].includes(method)) {
      response.setHeader('Allow', `${SIGNALLING.methods}, OPTIONS`);
      return sendRefusal(response, 405, 'send an offer with POST, as WHEP asks');
    }
    const token = this.#validToken(request);
    if (token === undefined) return refuseToken(response);
    const signal = whenGone(response);
    const body = await readBody(request, MAX_SDP_BYTES);
    if (body === undefined) {
      response.setHeader('Connection', 'close');
      return sendRefusal(response, 413, `an offer has at most ${MAX_SDP_BYTES} bytes`);
    }
    const contentType = headers['content-type'];
    const answer = await this.#deps.whep.answer({
      ...{ method, path, token, contentType, body, signal },
      isRevoked: () => this.#deps.auth.isRevoked(token, headers.origin),
    });
    if (!response.destroyed) sendWhep(response, answer);
  }

  #validToken({ headers, socket }: IncomingMessage): string | undefined {
    const token = bearerToken(headers.authorization);
    if (token === undefined || !this.#deps.auth.verify(token, headers.origin)) return undefined;
    this.#placeOf(socket)?.prove();
    return token;
  }

  #ownNames(): readonly string[] {
    // Nobody got a certificate for these names who does not own them.
    return [...this.#deps.ownNames, ...(this.#certificate?.names ?? [])];
  }

  #placeOf(socket: Socket): Place | undefined {
    return this.#places.get(this.#door?.wireOf(socket) ?? socket);
  }

  /** Whether a token would cross the network for all to read, where it need not. */
  #tooPlain(socket: Socket): boolean {
    const { isHere = isLoopback } = this.#deps;
    return this.#door?.isSecure(socket) === false && !isHere(addressKey(socket.remoteAddress));
  }

  #onConnection(socket: Socket): void {
    const address = addressKey(socket.remoteAddress);
    const place = this.#connections.enter(address, () => socket.destroy());
    if (typeof place !== 'string') {
      this.#places.set(socket, place);
      socket.once('close', () => place.leave());
      return;
    }
    socket.destroy();
    if (this.#refusalLines.take())
      this.#deps.log.warn({ address }, `connections refused (${place}): see server.limits`);
  }
}

function refuseToken(response: ServerResponse): void {
  response.setHeader('WWW-Authenticate', 'Bearer realm="lockstep"');
  sendRefusal(response, 401, 'a valid token is needed: pair first and send it as Authorization: Bearer');
}

/** Aborts when the client went away before its answer was complete. */
function whenGone(response: ServerResponse): AbortSignal {
  const gone = new AbortController();
  response.on('close', () => gone.abort());
  return gone.signal;
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/** What anyone may know: no reasons, which name hosts and devices. */
function health({ version, mediamtx, cameras }: Pick<EdgeDeps, 'version' | 'mediamtx' | 'cameras'>): object {
  const states = [...cameras.values()].map((camera) => {
    const { id, state, sinceMs } = camera.state();
    return { id, state, sinceMs };
  });
  const allLive = states.every(({ state }) => state === 'live');
  return { status: allLive ? 'ok' : 'degraded', version, mediamtx, cameras: states };
}
