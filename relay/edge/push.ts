/**
 * The media socket: one tile's parts, pushed as they are made. The timeline is the only queue: a session is a
 * place in it that moves on as the viewer acknowledges (send-window.ts says how far), so that a slow viewer costs
 * the relay nothing. Opening sockets and their limits are left to server.ts.
 */
import type { Cancel, Clock, Timers } from '../../src/wire/ports.ts';
import {
  AUTH_DEADLINE_MS,
  CLOSE,
  DEAD_AFTER_MS,
  mediaRequestSchema,
  ProtocolError,
  parseFrame,
  type Subscribe,
} from '../../src/wire/protocol.ts';
import type { Timeline, TimelinePart } from '../../src/wire/timeline.ts';
import type { Authenticator } from '../access/auth.ts';
import type { Camera } from '../camera/camera.ts';
import type { Log } from '../log.ts';
import { type Cursor, isLost, laterStart, mediaFrom, type Place, partAt } from './cursor.ts';
import { PartFrames } from './part-frames.ts';
import { SeldomTold } from './seldom-told.ts';
import { SendWindow } from './send-window.ts';
import { BAD_TOKEN, unknownOne, versionProblem } from './sentences.ts';
import type { FrameHandlers, FrameSocket } from './socket.ts';

/** Half of the second within which a revoked token must have lost its sockets. */
const TOKEN_CHECK_MS = 500;
/** Bytes that may wait in the socket's own queue, on top of what the kernel took: a second of a 4K rung. */
const MAX_BUFFERED_BYTES = 2 * 1024 * 1024;

export interface PushDeps {
  /** Those of now: they may come and go. */
  readonly cameras: ReadonlyMap<string, Camera>;
  /** Changes with each start of the relay, and when the camera is replaced. */
  readonly runOf: (camera: Camera) => string;
  readonly auth: Pick<Authenticator, 'verify' | 'isRevoked'>;
  readonly timers: Timers;
  /** Monotonic. */
  readonly clock: Clock;
  readonly log: Log;
}

export class PushHub {
  readonly #deps: PushDeps;
  readonly #frames = new PartFrames();
  readonly #slow = new SeldomTold();
  readonly #sessions = new Set<MediaSession>();
  #cancelChecks: Cancel | undefined;

  constructor(deps: PushDeps) {
    this.#deps = deps;
  }

  start(): void {
    this.#cancelChecks = this.#deps.timers.every(TOKEN_CHECK_MS, () => this.#checkTokens());
  }

  /** Each token once: all sockets of a wall have the same, and to look for it reads a folder. */
  #checkTokens(): void {
    const answers = new Map<string, boolean>();
    for (const session of this.#sessions) {
      const { token, origin } = session;
      if (token === undefined) continue;
      const key = `${token} ${origin}`;
      const revoked = answers.get(key) ?? this.#deps.auth.isRevoked(token, origin);
      answers.set(key, revoked);
      if (revoked) session.close(CLOSE.unauthorized, BAD_TOKEN);
    }
  }

  /** How many watch a camera. */
  viewersOf({ id }: Camera): number {
    return [...this.#sessions].filter(({ camera }) => camera?.id === id).length;
  }

  accept(socket: FrameSocket, origin: string | undefined): FrameHandlers {
    const session = new MediaSession({
      ...this.#deps,
      frames: this.#frames,
      slow: this.#slow,
      socket,
      origin,
    });
    this.#sessions.add(session);
    session.start();
    return {
      onText: (text) => session.receive(text),
      onClose: () => {
        this.#sessions.delete(session);
        session.stop();
      },
    };
  }

  /** Lets the viewers of a camera go that is not listed any more, or has another one in its place. */
  cameraGone(camera: Camera): void {
    const { cameras } = this.#deps;
    const replaced = cameras.has(camera.id);
    for (const session of this.#sessions) {
      if (session.camera !== camera) continue;
      if (replaced) session.close(CLOSE.restarting, 'the configuration of this camera changed');
      else session.close(CLOSE.notFound, unknownOne('camera', camera.id, cameras.keys()));
    }
  }

  stop(): void {
    this.#cancelChecks?.();
    for (const session of this.#sessions) session.close(CLOSE.restarting, 'the relay is stopping');
  }
}

interface SessionDeps extends PushDeps {
  readonly frames: PartFrames;
  /** Cameras of which a viewer got parts left out. */
  readonly slow: SeldomTold;
  readonly socket: FrameSocket;
  readonly origin: string | undefined;
}

/** Keyframes further apart are not waited for. */
const SELDOM_MS = 2_500;

class MediaSession {
  readonly #deps: SessionDeps;
  readonly #cancels: Cancel[] = [];
  /** For the subscription first, then for acknowledgements. */
  #cancelDeadline: Cancel | undefined;
  /** When the last acknowledgement came, or the first part that waits for one went out; monotonic. */
  #heardMs = 0;
  /** Set by the subscription. */
  #window: SendWindow | undefined;
  #camera: Camera | undefined;
  #timeline: Timeline | undefined;
  #cursor: Cursor | undefined;
  #sentInit: string | undefined;
  /** A keyframe that is still to come is waited for. */
  #brief = false;
  /** PDT that the viewer goes on from. */
  #fromMs: number | undefined;
  #ended = false;
  #token: string | undefined;

  constructor(deps: SessionDeps) {
    this.#deps = deps;
  }

  /** The one of the subscription. */
  get camera(): Camera | undefined {
    return this.#camera;
  }

  /** The one of the subscription, which may be revoked meanwhile, by this process or another. */
  get token(): string | undefined {
    return this.#token;
  }

  get origin(): string | undefined {
    return this.#deps.origin;
  }

  start(): void {
    this.#cancelDeadline = this.#deps.timers.after(AUTH_DEADLINE_MS, () =>
      this.close(CLOSE.slow, `no subscribe within ${AUTH_DEADLINE_MS / 1000} s`),
    );
  }

  stop(): void {
    this.#ended = true;
    this.#cancelDeadline?.();
    for (const cancel of this.#cancels.splice(0)) cancel();
  }

  close(code: number, reason: string): void {
    if (this.#ended) return;
    this.stop();
    this.#deps.socket.close(code, reason);
  }

  receive(text: string): void {
    if (this.#ended) return;
    try {
      const request = parseFrame(mediaRequestSchema, text);
      if (request.type === 'subscribe') this.#subscribe(request);
      else if (this.#window === undefined) throw new ProtocolError('the first frame must be a subscribe');
      else if (request.type === 'ack') this.#acknowledge(this.#window, request.parts);
      else {
        this.#window.latencyMs = request.latencyMs;
        this.#pump();
      }
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.close(CLOSE.malformed, error.message);
    }
  }

  #subscribe(request: Subscribe): void {
    if (this.#window !== undefined) throw new ProtocolError('this socket has its subscription already');
    const { cameras, auth, origin } = this.#deps;
    this.#cancelDeadline?.();
    this.#cancelDeadline = undefined;
    const problem = versionProblem(request.protocol);
    const camera = cameras.get(request.camera);
    if (problem !== undefined) this.close(CLOSE.version, problem);
    else if (!auth.verify(request.token, origin)) this.close(CLOSE.unauthorized, BAD_TOKEN);
    else if (camera === undefined)
      this.close(CLOSE.notFound, unknownOne('camera', request.camera, cameras.keys()));
    else {
      this.#deps.socket.authenticated();
      this.#token = request.token;
      this.#window = new SendWindow({ latencyMs: request.latencyMs });
      this.#camera = camera;
      this.#brief = request.start === 'next-keyframe';
      this.#fromMs = request.fromMs;
      this.#attach(camera, request.rung);
    }
  }

  /** Finds the rung; a camera without media yet says by a change of state that it has some. */
  #attach(camera: Camera, rungId: string | undefined): void {
    const rungs = camera.rungs();
    if (rungs.length === 0) {
      const cancel = camera.onChange(() => {
        if (camera.rungs().length === 0) return;
        cancel();
        this.#attach(camera, rungId);
      });
      this.#cancels.push(cancel);
      return;
    }
    const media = rungId === undefined ? rungs[0] : rungs.find(({ rung }) => rung.id === rungId);
    if (media === undefined) {
      const ids = rungs.map(({ rung }) => rung.id);
      this.close(CLOSE.notFound, unknownOne('rung', rungId ?? '', ids));
      return;
    }
    this.#timeline = media.timeline;
    this.#cancels.push(
      media.use(),
      media.timeline.onPart(() => this.#pump()),
      camera.onChange(() => this.#checkRung(camera, media.rung.id)),
    );
    this.#pump();
  }

  /** A host that is too slow gives up rungs: a viewer of one must choose another. */
  #checkRung(camera: Camera, rungId: string): void {
    const ids = camera.rungs().map(({ rung }) => rung.id);
    if (!ids.includes(rungId)) this.close(CLOSE.notFound, unknownOne('rung', rungId, ids));
  }

  #acknowledge(window: SendWindow, parts: number): void {
    const nowMs = this.#deps.clock.now();
    if (!window.acknowledge(parts, nowMs)) throw new ProtocolError('field "parts": more than were sent');
    this.#heardMs = nowMs;
    this.#pump();
  }

  /** Sends what the window lets through: after each new part and each acknowledgement. */
  #pump(): void {
    const timeline = this.#timeline;
    const window = this.#window;
    if (timeline === undefined || window === undefined || this.#ended) return;
    this.#cursor ??= this.#first(timeline, window);
    while (this.#cursor !== undefined && this.#deps.socket.bufferedBytes() <= MAX_BUFFERED_BYTES) {
      const lost = isLost(timeline, this.#cursor);
      const place = partAt(timeline, this.#cursor);
      if (place === undefined && !lost) return;
      const start = laterStart(timeline, this.#cursor, window.resumeBehindMs);
      const unsentMs = lost ? Number.POSITIVE_INFINITY : mediaFrom(timeline, this.#cursor);
      const verdict = window.decide({ unsentMs, canSkip: start !== undefined });
      const target = verdict === 'skip' && start !== undefined ? partAt(timeline, start) : place;
      if (verdict === 'wait' || target === undefined) return;
      this.#send(timeline, window, target, verdict === 'skip');
    }
  }

  #first(timeline: Timeline, window: SendWindow): Cursor | undefined {
    const wanted = this.#fromMs === undefined ? undefined : keyframeFor(timeline, this.#fromMs);
    if (wanted === undefined && this.#brief) return nextKeyframe(timeline);
    const first = wanted ?? timeline.startFor(window.latencyMs);
    if (first !== undefined) window.begin(mediaFrom(timeline, first));
    return first;
  }

  #send(timeline: Timeline, window: SendWindow, { segment, part }: Place, skipped: boolean): void {
    const { frames, socket, runOf } = this.#deps;
    if (skipped) this.#tellSlow();
    const init = timeline.init(segment.initId);
    if (init !== undefined && init.id !== this.#sentInit && this.#camera !== undefined) {
      socket.send(frames.init(runOf(this.#camera), init));
      this.#sentInit = init.id;
    }
    socket.send(frames.part(timeline, segment, part, skipped));
    this.#cursor = { msn: part.msn, index: part.index + 1 };
    const nowMs = this.#deps.clock.now();
    if (window.unacknowledgedMs === 0) this.#heardMs = nowMs;
    window.sent(part.durationMs, nowMs);
    if (this.#cancelDeadline === undefined) this.#watchAcknowledgements(window, DEAD_AFTER_MS);
  }

  /** For each camera, not for each socket: a tile on a thin link opens one after the other. */
  #tellSlow(): void {
    const { slow, clock, log } = this.#deps;
    const camera = this.#camera?.id ?? '';
    const times = slow.happened(camera, clock.now());
    if (times !== undefined) log.info({ camera, times }, 'a viewer reads too slowly: parts left out');
  }

  /**
   * A viewer that acknowledges nothing for long is gone, whatever its socket says. The timer runs its time and then looks
   * for how long nothing came: one that is set anew with each part costs more than the check.
   */
  #watchAcknowledgements(window: SendWindow, waitMs: number): void {
    this.#cancelDeadline = this.#deps.timers.after(waitMs, () => {
      this.#cancelDeadline = undefined;
      if (window.unacknowledgedMs === 0) return;
      const leftMs = this.#heardMs + DEAD_AFTER_MS - this.#deps.clock.now();
      if (leftMs > 0) this.#watchAcknowledgements(window, leftMs);
      else this.close(CLOSE.slow, `nothing acknowledged for ${DEAD_AFTER_MS / 1000} s`);
    });
  }
}

/** The keyframe that the picture of this PDT is decoded from, unless that is far from it; else the first one after it. */
function keyframeFor(timeline: Timeline, fromMs: number): TimelinePart | undefined {
  const keyframes = timeline.segments.flatMap(({ parts }) => parts.filter(({ independent }) => independent));
  const before = keyframes.findLast(({ pdtMs }) => pdtMs <= fromMs);
  if (before !== undefined && fromMs - before.pdtMs <= SELDOM_MS) return before;
  return keyframes.find(({ pdtMs }) => pdtMs > fromMs);
}

/**
 * The newest part where that is a keyframe; undefined while one is still to come, unless they come so seldom that a viewer
 * would take the silence for a dead socket: then it begins with the newest there is.
 */
function nextKeyframe(timeline: Timeline): Cursor | undefined {
  const newest = timeline.startFor(0);
  if (newest === undefined || newest.offsetMs + newest.durationMs >= timeline.endMs) return newest;
  const previous = timeline.startFor(timeline.endMs - newest.offsetMs + 1);
  const seldom = previous === undefined || newest.offsetMs - previous.offsetMs > SELDOM_MS;
  return seldom ? newest : undefined;
}
