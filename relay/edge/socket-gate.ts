/**
 * Opens WebSockets for control and push: keeps strangers and excess out, and watches that clients are still there.
 * What is said on them is control.ts and push.ts.
 */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Clock, Timers } from '../../src/wire/ports.ts';
import { CLOSE, CONTROL_PATH, MAX_CONTROL_BYTES, MEDIA_PATH } from '../../src/wire/protocol.ts';
import type { Config } from '../config/schema.ts';
import type { Log } from '../log.ts';
import { hostAllowed, socketOriginAllowed } from './access.ts';
import { Admission, type Refusal } from './admission.ts';
import { clientAddress } from './client-address.ts';
import { Liveness } from './liveness.ts';
import { OnceEach } from './once-each.ts';
import type { RateLimit } from './rate-bucket.ts';
import { pathOf } from './request-path.ts';
import { HOST_REFUSED, TLS_NEEDED } from './sentences.ts';
import {
  type AcceptSocket,
  attachSocket,
  EdgeWebSocket,
  type FrameHandlers,
  type FrameSocket,
} from './socket.ts';

/** Frames and TCP chunks of which one message may consist. */
const MAX_FRAGMENTS = 64;
const MAX_CHUNKS = 256;
/** Time for clients to take part in the closing handshake when the relay stops. */
const STOP_GRACE_MS = 500;
/** A client pings every 5 s; the rest is for commands. */
const CONTROL_MESSAGES: RateLimit = { burst: 40, perSecond: 20 };
/** One acknowledgement per part: 30 a second with the shortest parts, and a whole history of them at the start. */
const MEDIA_MESSAGES: RateLimit = { burst: 600, perSecond: 100 };
/** Refused web pages that are named in the log: any page may try, as often as it likes. */
const MAX_NAMED_ORIGINS = 32;

export interface SocketGateDeps {
  readonly server: Pick<Config['server'], 'allowOrigins' | 'limits'>;
  readonly ownNames: () => readonly string[];
  readonly control: { accept: AcceptSocket };
  readonly push: { accept: AcceptSocket };
  /** The client of this request has proved to be paired. */
  readonly prove: (request: IncomingMessage) => void;
  /** It comes without TLS, and may not. */
  readonly tooPlain: (request: IncomingMessage) => boolean;
  readonly timers: Timers;
  /** Monotonic. */
  readonly clock: Clock;
  readonly log: Log;
}

export class SocketGate {
  readonly #deps: SocketGateDeps;
  readonly #server: WebSocketServer;
  readonly #admission: Admission;
  readonly #liveness: Liveness;
  readonly #refusedOrigins = new OnceEach(MAX_NAMED_ORIGINS);

  constructor(deps: SocketGateDeps) {
    this.#deps = deps;
    const { sockets, perAddress, reservedPercent } = deps.server.limits;
    this.#admission = new Admission({ total: sockets, perAddress, reservedPercent });
    this.#liveness = new Liveness(deps);
    this.#server = new WebSocketServer({
      noServer: true,
      WebSocket: EdgeWebSocket,
      maxPayload: MAX_CONTROL_BYTES,
      maxFragments: MAX_FRAGMENTS,
      maxBufferedChunks: MAX_CHUNKS,
      perMessageDeflate: false,
    });
  }

  start(): void {
    this.#liveness.start();
  }

  /** Cuts off whoever does not take part in the closing handshake; the returned function ends the waiting for it. */
  stop(): () => void {
    this.#liveness.stop();
    return this.#deps.timers.after(STOP_GRACE_MS, () => {
      for (const socket of this.#server.clients) socket.terminate();
    });
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    // Until `ws` takes over, nobody else listens: a reset here must not end the process.
    socket.on('error', () => socket.destroy());
    const refusal = this.#refusalOf(request);
    if (refusal !== undefined) refuseUpgrade(socket, refusal);
    else this.#server.handleUpgrade(request, socket, head, (opened) => this.#opened(request, opened));
  }

  /** Status line and sentence, or undefined when the socket may open. */
  #refusalOf(request: IncomingMessage): { status: string; sentence: string } | undefined {
    const { server, ownNames, tooPlain, log } = this.#deps;
    const { host, origin } = request.headers;
    const forbidden = '403 Forbidden';
    if (!hostAllowed(host, ownNames())) return { status: forbidden, sentence: HOST_REFUSED };
    // On the media socket a client sends its token first: it must not open. The control socket is told why below.
    if (pathOf(request) !== CONTROL_PATH && tooPlain(request))
      return { status: forbidden, sentence: TLS_NEEDED };
    if (!socketOriginAllowed(origin, server.allowOrigins)) {
      if (this.#refusedOrigins.isNew(String(origin)))
        log.warn({ origin }, 'socket refused: this origin is no extension and is not in server.allowOrigins');
      return { status: forbidden, sentence: 'this origin may not use the relay: see server.allowOrigins' };
    }
    if ([CONTROL_PATH, MEDIA_PATH].includes(pathOf(request))) return undefined;
    return { status: '404 Not Found', sentence: `sockets are at ${CONTROL_PATH} and ${MEDIA_PATH}` };
  }

  #opened(request: IncomingMessage, socket: WebSocket): void {
    const { control, push, prove, tooPlain, timers, clock, log } = this.#deps;
    const path = pathOf(request);
    const media = path === MEDIA_PATH;
    const { remoteAddress } = request.socket;
    const forwarded = request.headers['x-forwarded-for'];
    const place = this.#admission.enter(clientAddress(remoteAddress, String(forwarded ?? '')), () =>
      socket.close(CLOSE.busy, 'the relay needs this socket for others: authenticate at once'),
    );
    this.#liveness.watch(socket);
    if (typeof place !== 'string') socket.once('close', () => place.leave());
    attachSocket({
      socket,
      origin: request.headers.origin,
      accept: (frames, origin) => {
        if (typeof place === 'string') return turnAway(frames, CLOSE.busy, FULL[place]);
        if (tooPlain(request)) return turnAway(frames, CLOSE.tls, TLS_NEEDED);
        const proving = {
          ...frames,
          authenticated: () => {
            place.prove();
            prove(request);
          },
        };
        return media ? push.accept(proving, origin) : control.accept(proving, origin);
      },
      messages: media ? MEDIA_MESSAGES : CONTROL_MESSAGES,
      timers,
      clock,
      onError: (error) => log.warn({ err: error, path }, 'socket closed after an error'),
    });
  }
}

const FULL: Readonly<Record<Refusal, string>> = {
  full: 'the relay has too many sockets open: close a wall, or raise server.limits.sockets',
  address: 'this address has too many sockets open: close a wall, or raise server.limits.perAddress',
};

/** Said after the handshake, since a browser tells its page nothing about a refused one. */
function turnAway(socket: FrameSocket, code: number, why: string): FrameHandlers {
  socket.close(code, why);
  return { onText: () => undefined, onClose: () => undefined };
}

function refuseUpgrade(socket: Duplex, { status, sentence }: { status: string; sentence: string }): void {
  const head = [
    `HTTP/1.1 ${status}`,
    'Connection: close',
    'Content-Type: text/plain; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(sentence) + 1}`,
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${sentence}\n`);
}
