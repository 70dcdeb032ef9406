/**
 * Speaks WHEP (draft-ietf-wish-whep) to the private MediaMTX: opens, trickles and closes sessions with the relay's
 * own credentials. Who may ask, and how sessions are named towards viewers, is relay/edge/whep.ts. What MediaMTX
 * says in errors holds the secret part of its paths and goes no further than here.
 */
import { request } from 'node:http';
import type { Timers } from '../../src/wire/ports.ts';
import type { ApiWebrtcSession } from './api.ts';
import type { WhepEndpoint } from './manager.ts';

export interface WhepSession {
  /** MediaMTX's own name of the session, as in {@link WhepPort.sessions}. */
  readonly id: string;
  /** Where it is trickled to and closed: holds a secret of MediaMTX. */
  readonly resource: string;
}

export interface WhepPort {
  /**
   * Offers to play `path` (camera and rung, as in `front/main`).
   * @throws WhepError
   */
  open(path: string, offer: string): Promise<{ readonly session: WhepSession; readonly answer: string }>;
  /**
   * Sends a fragment with candidates (RFC 8840); the answer's body, empty for none.
   * @throws WhepError
   */
  trickle(session: WhepSession, fragment: string): Promise<string>;
  /** @throws WhepError; not for a session that is gone already */
  close(session: WhepSession): Promise<void>;
  /** All that MediaMTX has. @throws Error when it does not answer */
  sessions(): Promise<readonly ApiWebrtcSession[]>;
}

/** `away`: no usable answer from MediaMTX; `no-stream`: nobody publishes there; `refused`: it does not like the offer; `gone`: no such session. */
export class WhepError extends Error {
  override readonly name = 'WhepError';
  readonly kind: 'away' | 'no-stream' | 'refused' | 'gone';

  constructor(kind: WhepError['kind'], message: string) {
    super(message);
    this.kind = kind;
  }
}

export interface MediamtxWhepDeps {
  /** Undefined while MediaMTX is away. */
  readonly endpoint: () => WhepEndpoint | undefined;
  readonly sessions: () => Promise<readonly ApiWebrtcSession[]>;
  readonly timers: Timers;
}

/** It answers within milliseconds: there is no STUN server to wait for. */
const TIMEOUT_MS = 5_000;
const MAX_ANSWER_BYTES = 256 * 1024;

export class MediamtxWhep implements WhepPort {
  readonly #deps: MediamtxWhepDeps;

  constructor(deps: MediamtxWhepDeps) {
    this.#deps = deps;
  }

  async open(path: string, offer: string) {
    const { base, authorization } = this.#endpoint();
    const url = `${base}/${path}/whep`;
    const headers = { authorization, 'content-type': 'application/sdp' };
    const { status, location, id, body } = await this.#call('POST', url, headers, offer);
    if (status === 404) throw new WhepError('no-stream', 'nobody publishes there');
    if (status >= 400 && status < 500 && status !== 401) {
      throw new WhepError('refused', `MediaMTX answered the offer with ${status}`);
    }
    if (status !== 201 || location === undefined || id === undefined) {
      throw new WhepError('away', `MediaMTX answered the offer with ${status}`);
    }
    return { session: { id, resource: new URL(location, url).href }, answer: body };
  }

  async trickle({ resource }: WhepSession, fragment: string): Promise<string> {
    const headers = { 'content-type': 'application/trickle-ice-sdpfrag', 'if-match': '*' };
    const { status, body } = await this.#call('PATCH', resource, headers, fragment);
    if (status === 404) throw new WhepError('gone', 'MediaMTX has no such session any more');
    if (status === 400) throw new WhepError('refused', 'MediaMTX cannot use this fragment');
    if (status !== 200 && status !== 204) throw new WhepError('away', `MediaMTX answered ${status}`);
    return status === 200 ? body : '';
  }

  async close({ resource }: WhepSession): Promise<void> {
    const { status } = await this.#call('DELETE', resource, {});
    if (status !== 200 && status !== 404) throw new WhepError('away', `MediaMTX answered ${status}`);
  }

  sessions(): Promise<readonly ApiWebrtcSession[]> {
    return this.#deps.sessions();
  }

  #endpoint(): WhepEndpoint {
    const endpoint = this.#deps.endpoint();
    if (endpoint === undefined) throw new WhepError('away', 'MediaMTX is not running');
    return endpoint;
  }

  #call(method: string, url: string, headers: Record<string, string>, payload = ''): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const fail = (why: string): void => {
        cancel();
        outgoing.on('error', () => undefined).destroy();
        reject(new WhepError('away', `MediaMTX ${why}`));
      };
      const length = { 'content-length': String(Buffer.byteLength(payload)) };
      // A connection for each call: one kept open would be found dead after each restart.
      const outgoing = request(
        url,
        { method, agent: false, headers: { ...headers, ...length } },
        (answer) => {
          const chunks: Buffer[] = [];
          let bytes = 0;
          answer.on('data', (chunk: Buffer) => {
            bytes += chunk.length;
            if (bytes > MAX_ANSWER_BYTES) fail('answered without end');
            else chunks.push(chunk);
          });
          answer.on('error', () => fail('broke off its answer'));
          answer.on('end', () => {
            cancel();
            const { location, id } = answer.headers;
            resolve({
              status: answer.statusCode ?? 0,
              location,
              id: typeof id === 'string' ? id : undefined,
              body: Buffer.concat(chunks).toString('utf8'),
            });
          });
        },
      );
      const cancel = this.#deps.timers.after(TIMEOUT_MS, () => fail('did not answer'));
      outgoing.on('error', (error) => fail(`is not reachable (${'code' in error ? error.code : 'unknown'})`));
      outgoing.end(payload);
    });
  }
}

interface Answer {
  readonly status: number;
  readonly location: string | undefined;
  readonly id: string | undefined;
  readonly body: string;
}
