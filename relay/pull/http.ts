/**
 * The HTTP client of the pull feeds: one connection on which GETs wait at the server one behind the other
 * (pipelining, RFC 9112 §9.3.2), each with a deadline and a limit of bytes. A connection that failed stays so:
 * opening another one is pull-feed.ts, understanding the answers http-response.ts.
 *
 * Not node:http, because a part and the list that follows it can then share one write, and system calls are most
 * of what pulling costs: measured with three cameras at 67 ms parts, 0.0094 core per camera instead of 0.0129 with
 * an Agent and two connections.
 */
import { connect, type Socket } from 'node:net';
import type { Cancel, Timers } from '../../src/wire/ports.ts';
import { type HttpResponse, ProtocolError, ResponseReader } from './http-response.ts';

/** `message` is half a sentence, as in "status 404"; never the secret. */
export class HttpError extends Error {
  override readonly name = 'HttpError';
}

export interface HttpLimits {
  /** From the call to the last byte. */
  readonly timeoutMs: number;
  readonly maxBytes: number;
}

export interface HttpConnection {
  /**
   * The body of an answer 200. Answers come in the order of the calls.
   * @param target path and query
   * @throws HttpError for any other status, and for all that are under way when the connection fails: it was
   * refused or broke, a deadline passed, an answer was too long or not HTTP, or it was closed
   */
  get(target: string, limits: HttpLimits): Promise<Uint8Array>;
  /** Fails what is under way. */
  close(): void;
}

export interface HttpOrigin {
  /** Scheme, host and port; only `http:`. */
  readonly base: URL;
  /** Sent as `Authorization: Bearer …`. */
  readonly bearer: string;
}

/** Opens connections; each session has its own. */
export type HttpConnect = (origin: HttpOrigin) => HttpConnection;

export function createHttpConnect({ timers }: { readonly timers: Timers }): HttpConnect {
  return (origin) => new PipelinedConnection(origin, timers);
}

interface Pending {
  readonly maxBytes: number;
  readonly resolve: (body: Uint8Array) => void;
  readonly reject: (error: HttpError) => void;
  readonly cancel: Cancel;
}

class PipelinedConnection implements HttpConnection {
  readonly #origin: HttpOrigin;
  readonly #timers: Timers;
  readonly #reader: ResponseReader;
  #socket: Socket | undefined;
  /** Requests of this turn of the event loop, to be written together. */
  #outgoing = '';
  #pending: Pending[] = [];
  #failure: HttpError | undefined;

  constructor(origin: HttpOrigin, timers: Timers) {
    this.#origin = origin;
    this.#timers = timers;
    this.#reader = new ResponseReader(
      () => this.#pending[0]?.maxBytes ?? 0,
      (response) => this.#answer(response),
    );
  }

  get(target: string, { timeoutMs, maxBytes }: HttpLimits): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) {
        reject(this.#failure);
        return;
      }
      const late = (): void => this.#fail(new HttpError(`no answer within ${Math.round(timeoutMs)} ms`));
      this.#pending.push({ maxBytes, resolve, reject, cancel: this.#timers.after(timeoutMs, late) });
      this.#send(target);
    });
  }

  close(): void {
    this.#fail(new HttpError('closed'));
  }

  #send(target: string): void {
    const { base, bearer } = this.#origin;
    if (this.#outgoing === '') queueMicrotask(() => this.#flush());
    this.#outgoing += `GET ${target} HTTP/1.1\r\nHost: ${base.host}\r\nAuthorization: Bearer ${bearer}\r\n\r\n`;
  }

  #flush(): void {
    if (this.#failure !== undefined) return;
    this.#socket ??= this.#open();
    this.#socket.write(this.#outgoing, 'latin1');
    this.#outgoing = '';
  }

  #open(): Socket {
    const { hostname, port } = this.#origin.base;
    const socket = connect({
      host: hostname.replace(/^\[|\]$/g, ''),
      port: Number(port || 80),
      noDelay: true,
    });
    socket.on('data', (data) => {
      try {
        this.#reader.push(data);
      } catch (error) {
        if (!(error instanceof ProtocolError)) throw error;
        this.#fail(new HttpError(error.message));
      }
    });
    socket.on('error', (error) => this.#fail(new HttpError(reason(error))));
    socket.on('close', () => this.#fail(new HttpError('connection closed by MediaMTX')));
    return socket;
  }

  #answer({ status, body }: HttpResponse): void {
    const first = this.#pending.shift();
    if (first === undefined) throw new ProtocolError('an answer to no question');
    first.cancel();
    if (status === 200) first.resolve(body);
    else first.reject(new HttpError(`status ${status}`));
  }

  #fail(error: HttpError): void {
    if (this.#failure !== undefined) return;
    this.#failure = error;
    this.#socket?.destroy();
    const pending = this.#pending;
    this.#pending = [];
    for (const { cancel, reject } of pending) {
      cancel();
      reject(error);
    }
  }
}

/** Node's own words name the address; the code says enough. */
const reason = (error: Error): string =>
  'code' in error && typeof error.code === 'string' ? `connection failed: ${error.code}` : error.message;
