/**
 * WHEP through the relay's own port (draft-ietf-wish-whep): what each address under `/whep/` answers. Signalling is
 * passed on to MediaMTX under names of ours; media goes straight from it to the viewer over UDP. Knows no sockets;
 * server.ts turns an {@link WhepAnswer} into a response and checks the token first.
 *
 *   POST   /whep/<camera>[/<rung>]             offer → answer, and the session's address in Location
 *   PATCH  /whep/<camera>/<rung>/<session>     candidates
 *   DELETE /whep/<camera>/<rung>/<session>     hangs up
 */
import { createHash, randomBytes } from 'node:crypto';
import type { Cancel, Clock, Timers } from '../../src/wire/ports.ts';
import type { Camera } from '../camera/camera.ts';
import type { Log } from '../log.ts';
import { WhepError, type WhepPort } from '../mediamtx/whep.ts';
import { RateBucket } from './rate-bucket.ts';
import { printable, unknownOne } from './sentences.ts';
import { MAX_SESSIONS, type ViewerSession, WhepSessions } from './whep-sessions.ts';

/** Offers of browsers have 2 to 8 KiB. */
export const MAX_SDP_BYTES = 64 * 1024;

export interface WhepRequest {
  /** POST, PATCH or DELETE. */
  readonly method: string;
  /** Begins with `/whep/`. */
  readonly path: string;
  /** The valid token that came with it. */
  readonly token: string;
  /** Whether {@link token} was revoked meanwhile. */
  readonly isRevoked: () => boolean;
  readonly contentType: string | undefined;
  readonly body: string;
  /** Aborts when the client went away. */
  readonly signal: AbortSignal;
}

export interface WhepAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface WhepDeps {
  readonly cameras: ReadonlyMap<string, Camera>;
  /** Undefined: there is none, for the life of the relay. */
  readonly port: WhepPort | undefined;
  /** Why there are no real-time pictures now, as half a sentence for viewers; undefined when there is no reason. */
  readonly withoutBecause: () => string | undefined;
  /** Cameras whose pictures never get to MediaMTX: GStreamer encodes them. */
  readonly unpublished: ReadonlySet<string>;
  readonly timers: Timers;
  /** Monotonic. */
  readonly clock: Clock;
  readonly log: Log;
}

/** A wall opens one for each of its tiles at once, and again after a fault. */
const OPEN_LIMIT = { burst: 48, perSecond: 2 };
const SWEEP_MS = 2_000;
/** Half of the second within which a revoked token must have lost its pictures. */
const TOKEN_CHECK_MS = 500;
const SESSION_ID_BYTES = 16;

export class WhepRoutes {
  readonly #deps: WhepDeps;
  readonly #sessions = new WhepSessions();
  readonly #opens: RateBucket;
  #sweeping: Cancel | undefined;
  #checking: Cancel | undefined;
  /** Offers that MediaMTX has not answered yet: they count as sessions. */
  #opening = 0;
  #stopped = false;

  constructor(deps: WhepDeps) {
    this.#deps = deps;
    this.#opens = new RateBucket({ limit: OPEN_LIMIT, clock: deps.clock });
  }

  /** Opens no more sessions. Those that are open end with MediaMTX, which is stopped next. */
  stop(): void {
    this.#stopped = true;
    this.#rest();
  }

  /** How many watch a camera in real time. */
  viewersOf({ id }: Camera): number {
    return this.#sessions.countOf(id);
  }

  /** Hangs up on the viewers of a camera that is not listed any more, or has another one in its place. */
  cameraGone({ id }: Camera): void {
    for (const session of this.#sessions.takeOf(id)) void this.#hangUp(session);
  }

  async answer(request: WhepRequest): Promise<WhepAnswer> {
    const { port } = this.#deps;
    if (port === undefined) {
      return refuse(409, `there are no real-time pictures here: ${this.#deps.withoutBecause() ?? 'not now'}`);
    }
    try {
      const place = request.path.slice('/whep/'.length).split('/');
      if (request.method === 'POST') return await this.#open(port, request, place);
      return await this.#inSession(port, request, place);
    } catch (error) {
      if (!(error instanceof WhepError)) throw error;
      this.#deps.log.debug({ path: request.path, problem: error.message }, 'WHEP request failed');
      const because = error.kind === 'away' ? this.#deps.withoutBecause() : undefined;
      const sentence = because === undefined ? SENTENCES[error.kind] : `${SENTENCES.away} (${because})`;
      return refuse(STATUS[error.kind], sentence);
    }
  }

  async #open(port: WhepPort, request: WhepRequest, place: readonly string[]): Promise<WhepAnswer> {
    const [cameraId = '', rungId] = place;
    if (place.length > 2) return refuse(404, 'offers go to /whep/<camera> or /whep/<camera>/<rung>');
    const { cameras, clock, log } = this.#deps;
    const camera = cameras.get(cameraId);
    if (camera === undefined) return refuse(404, unknownOne('camera', printable(cameraId), cameras.keys()));
    if (this.#deps.unpublished.has(cameraId))
      return refuse(409, `camera "${cameraId}" has no real-time pictures: it is encoded by GStreamer`);
    const all = camera.rungs();
    if (all.length === 0) return refuse(503, `camera "${cameraId}" has no pictures yet`);
    const media = rungId === undefined ? all[0] : all.find(({ rung: { id } }) => id === rungId);
    if (media === undefined) {
      const ids = all.map(({ rung: { id } }) => id);
      return refuse(404, unknownOne('rung', printable(rungId ?? ''), ids));
    }
    const rung = media.rung.id;
    if (mediaType(request) !== 'application/sdp')
      return refuse(415, 'an offer has the content type application/sdp');
    const open = this.#sessions.size + this.#opening;
    if (this.#stopped || open >= MAX_SESSIONS)
      return refuse(429, `the relay has ${open} real-time sessions open already`);
    if (!this.#opens.take()) return refuse(429, 'too many real-time sessions were opened lately: wait');

    this.#opening += 1;
    // A rung that sleeps is not there yet: the viewer tries again, and finds it awake.
    const release = media.use();
    const { session: upstream, answer } = await port
      .open(`${cameraId}/${rung}`, request.body)
      .catch((error: unknown) => {
        release();
        throw error;
      })
      .finally(() => {
        this.#opening -= 1;
      });
    const id = randomBytes(SESSION_ID_BYTES).toString('base64url');
    const session = {
      id,
      camera: cameraId,
      rung,
      owner: hashOf(request.token),
      isRevoked: request.isRevoked,
      upstream,
      release,
    };
    this.#sessions.add(session, clock);
    this.#watch(port);
    if (request.signal.aborted || this.#stopped || cameras.get(cameraId) !== camera) {
      await this.#hangUp(session);
      return refuse(503, 'the viewer went away');
    }
    log.debug({ camera: cameraId, rung, sessions: this.#sessions.size }, 'real-time session opened');
    return {
      status: 201,
      headers: {
        'Content-Type': 'application/sdp',
        // Relative, so that it holds behind a reverse proxy that adds a path.
        Location: rungId === undefined ? `${cameraId}/${rung}/${id}` : `${rung}/${id}`,
        ETag: '*',
      },
      body: answer,
    };
  }

  async #inSession(port: WhepPort, request: WhepRequest, place: readonly string[]): Promise<WhepAnswer> {
    const [camera = '', rung = '', id = ''] = place;
    const session =
      place.length === 3
        ? this.#sessions.find({ id, camera, rung, owner: hashOf(request.token) })
        : undefined;
    if (session === undefined) return refuse(404, SENTENCES.gone);
    if (request.method === 'DELETE') {
      await this.#hangUp(session);
      return { status: 200, headers: {}, body: '' };
    }
    if (mediaType(request) !== TRICKLE) return refuse(415, `candidates have the content type ${TRICKLE}`);
    if (!session.takeTrickle()) return refuse(429, 'too many candidates');
    const body = await port.trickle(session.upstream, request.body);
    return body === ''
      ? { status: 204, headers: {}, body }
      : { status: 200, headers: { 'Content-Type': TRICKLE, ETag: '*' }, body };
  }

  /** Never rejects: what cannot be closed now is ended by MediaMTX within half a minute. */
  async #hangUp(session: Omit<ViewerSession, 'takeTrickle'>): Promise<void> {
    this.#sessions.remove(session.id);
    try {
      await this.#deps.port?.close(session.upstream);
    } catch (error) {
      if (!(error instanceof WhepError)) throw error;
      this.#deps.log.debug({ camera: session.camera, problem: error.message }, 'WHEP session not closed');
    }
  }

  #watch(port: WhepPort): void {
    if (this.#stopped) return;
    const { timers } = this.#deps;
    this.#sweeping ??= timers.every(SWEEP_MS, () => void this.#sweep(port));
    this.#checking ??= timers.every(TOKEN_CHECK_MS, () => void this.#hangUpRevoked());
  }

  #rest(): void {
    this.#sweeping?.();
    this.#checking?.();
    this.#sweeping = undefined;
    this.#checking = undefined;
  }

  /** Never rejects. */
  async #hangUpRevoked(): Promise<void> {
    for (const session of this.#sessions.takeRevoked()) {
      this.#deps.log.info({ camera: session.camera }, 'real-time session removed: its token was revoked');
      await this.#hangUp(session);
    }
  }

  /** Never rejects. */
  async #sweep(port: WhepPort): Promise<void> {
    const { clock, log } = this.#deps;
    if (this.#sessions.size === 0) return this.#rest();
    try {
      for (const { session, why, upstreamOpen } of this.#sessions.sweep(await port.sessions(), clock.now())) {
        log.info({ camera: session.camera, rung: session.rung }, `real-time session removed: ${why}`);
        if (upstreamOpen) await this.#hangUp(session);
      }
    } catch (error) {
      // MediaMTX is away, and its sessions with it: its next list lacks them.
      log.debug({ problem: error instanceof Error ? error.message : String(error) }, 'no list of sessions');
    }
  }
}

const TRICKLE = 'application/trickle-ice-sdpfrag';
const STATUS = { away: 503, 'no-stream': 503, refused: 400, gone: 404 } as const;
const SENTENCES = {
  away: 'the media server is not ready: try again in a moment',
  'no-stream': 'the camera has no pictures at the moment: try again',
  refused: 'the media server cannot use this: it takes an offer to receive one H.264 video',
  gone: 'no such session, or no longer: send a new offer',
} as const;

const refuse = (status: number, sentence: string): WhepAnswer => ({
  status,
  headers: {
    'Content-Type': 'text/plain; charset=utf-8',
    ...(status === 503 || status === 429 ? { 'Retry-After': '2' } : {}),
  },
  body: `${sentence}\n`,
});

const mediaType = ({ contentType }: WhepRequest): string | undefined =>
  contentType?.split(';')[0]?.trim().toLowerCase();

const hashOf = (token: string): string => createHash('sha256').update(token).digest('hex');
