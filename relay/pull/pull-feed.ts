/**
 * The MediaMTX engine's feed: follows one path's low-latency HLS and turns it into one Timeline, whatever
 * restarts on the other side. It never gives up and never throws: every problem ends the current session, and the
 * next one starts again from index.m3u8, since MediaMTX tells nothing else apart (401, 404 and 500 all mean "the
 * muxer that you knew is gone", facts: mediamtx 1.4). What to fetch is pull-policy.ts, asking for it
 * pull-session.ts, what bytes mean (epochs, media time, PDT) relay/media; starting MediaMTX and its publishers, and
 * kicking one, is the owner's.
 */
import type { Clock, Timers } from '../../src/wire/ports.ts';
import type { InitSegment, Timeline } from '../../src/wire/timeline.ts';
import { type FeedRun, RunFeed } from '../media/run-feed.ts';
import type { Logger } from '../process/logger.ts';
import { type HttpConnect, HttpError } from './http.ts';
import { type FrozenParts, frozenParts, nextPosition, type Position, PullCursor } from './pull-policy.ts';
import { type PullEndpoint, PullSession } from './pull-session.ts';
import { type MediaPlaylist, PlaylistError, type Variant } from './read-playlist.ts';

/** Wait after an error. Long enough to be no load, short against the second that a new muxer needs anyway. */
const RETRY_MS = 150;
/** Wait after media that cannot be read: the same muxer will not get better soon. */
const UNREADABLE_RETRY_MS = 2000;

export type PullEvent =
  /** Media of a new muxer is coming: a publisher or MediaMTX has (re)started. */
  | { readonly kind: 'joined'; readonly init: InitSegment; readonly variant: Variant }
  /** A part arrived, also one that is kept back until its time is known. */
  | { readonly kind: 'part'; readonly durationMs: number; readonly bytes: number }
  /** Media is missing, as when parts left MediaMTX's list before we asked: a new epoch follows. */
  | { readonly kind: 'missed'; readonly gapMs: number }
  /** Nothing to pull at the moment; told when it begins and when it changes. `problem` is half a sentence. */
  | { readonly kind: 'lost'; readonly problem: string }
  /**
   * The muxer cuts parts that are too long and will for all its life: kick the publisher. Told once per muxer; a
   * source that always starts badly brings it again, so kick seldom.
   */
  | ({ readonly kind: 'frozen-parts' } & FrozenParts);

export interface PullFeedDeps {
  /** The same object for the life of the relay. */
  readonly timeline: Timeline;
  /** Asked for each session, since a restarted MediaMTX may listen elsewhere; undefined while it is away. */
  readonly endpoint: () => PullEndpoint | undefined;
  /** The path's name in MediaMTX. */
  readonly path: string;
  /** `hlsPartDuration`. */
  readonly configuredPartMs: number;
  /** Frame rate where the owner knows it; otherwise the playlist's, if it has one. */
  readonly fps?: number;
  /** By how much the publisher keeps pictures back, in ms; asked for each new muxer. */
  readonly delayMs?: () => number;
  /** Its time is what the PDT says; it never goes back. */
  readonly mediaClock: Clock;
  readonly timers: Timers;
  readonly connect: HttpConnect;
  readonly log: Logger;
  readonly onEvent: (event: PullEvent) => void;
}

/** The bytes are no media that we can use; `message` is half a sentence. */
class UnreadableError extends Error {}

/** What is known of the muxer that is being followed; outlives sessions. */
interface Muxer {
  readonly initUri: string;
  readonly initBytes: Uint8Array;
  readonly variant: Variant;
  readonly cursor: PullCursor;
  readonly run: FeedRun;
  judgedMsn: number;
}

export class PullFeed {
  readonly #deps: PullFeedDeps;
  readonly #feed: RunFeed;
  #stop: AbortController | undefined;
  #muxer: Muxer | undefined;
  /** Media clock of the part that is being passed on: its arrival, or for an older part what that says of it. */
  #evidenceMs = 0;
  #fault: string | undefined;
  #problem: string | undefined;

  constructor(deps: PullFeedDeps) {
    this.#deps = deps;
    this.#feed = new RunFeed({
      timeline: deps.timeline,
      mediaClock: { now: () => this.#evidenceMs },
    });
  }

  start(): void {
    if (this.#stop !== undefined) return;
    this.#stop = new AbortController();
    void this.#run(this.#stop.signal);
  }

  stop(): void {
    this.#stop?.abort();
    this.#stop = undefined;
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      let retryMs = RETRY_MS;
      try {
        await this.#session(signal);
      } catch (error) {
        if (!signal.aborted) retryMs = this.#lost(error);
      }
      await this.#pause(retryMs, signal);
    }
  }

  async #session(signal: AbortSignal): Promise<void> {
    const { connect, path } = this.#deps;
    const endpoint = this.#deps.endpoint();
    if (endpoint === undefined) throw new HttpError('MediaMTX is not running');
    const session = new PullSession({ connect, endpoint, path });
    const close = (): void => session.close();
    signal.addEventListener('abort', close);
    try {
      await this.#follow(session);
    } finally {
      signal.removeEventListener('abort', close);
      close();
    }
  }

  /** Pulls until something fails. */
  async #follow(session: PullSession): Promise<never> {
    const variant = await session.variant();
    let playlist = await session.list(variant);
    const known = this.#muxer;
    let muxer = await this.#join(session, playlist, variant);
    // Only a list that we waited for tells when its last part was complete, and with it when all were taken.
    // Measured: without this wait the first seconds of an epoch were dated 3 to 50 ms late, with it 2 to 4 ms.
    if (muxer !== known) playlist = await session.nextList(variant, playlist);
    let listedAtMs = this.#deps.mediaClock.now();
    for (;;) {
      muxer = await this.#catchUp(session, muxer, playlist, listedAtMs);
      this.#judge(muxer, playlist);
      playlist = await this.#next(session, muxer, playlist);
      listedAtMs = this.#deps.mediaClock.now();
    }
  }

  /** Continues with the muxer that was followed before, or begins a new one. */
  async #join(session: PullSession, { initUri }: MediaPlaylist, variant: Variant): Promise<Muxer> {
    if (initUri === undefined) throw new PlaylistError('no EXT-X-MAP');
    const initBytes = await session.init(initUri);
    const known = this.#muxer;
    const same = known?.initUri === initUri && Buffer.compare(known.initBytes, initBytes) === 0;
    return known !== undefined && same ? known : this.#begin(initUri, initBytes, variant);
  }

  #begin(initUri: string, initBytes: Uint8Array, variant: Variant): Muxer {
    this.#fault = undefined;
    this.#evidenceMs = 0;
    const run = this.#feed.open(
      {
        onInit: (init) => {
          this.#deps.log.info({ path: this.#deps.path, codecs: init.codecs }, 'pulling a new muxer');
          this.#deps.onEvent({ kind: 'joined', init, variant });
        },
        onMedia: ({ durationMs, bytes }) =>
          this.#deps.onEvent({ kind: 'part', durationMs, bytes: bytes.length }),
        onGap: (gapMs) => this.#deps.onEvent({ kind: 'missed', gapMs }),
        onFault: (problem) => {
          this.#fault = problem;
        },
      },
      { delayMs: this.#deps.delayMs?.() ?? 0 },
    );
    const cursor = new PullCursor();
    const muxer = { initUri, initBytes, variant, cursor, run, judgedMsn: 0 };
    this.#muxer = muxer;
    this.#push(muxer, initBytes);
    return muxer;
  }

  /** Fetches what is listed and new. A list that contradicts what was fetched begins a new muxer. */
  async #catchUp(
    session: PullSession,
    known: Muxer,
    playlist: MediaPlaylist,
    listedAtMs: number,
  ): Promise<Muxer> {
    let muxer = known;
    let step = muxer.cursor.step(playlist);
    if (step.kind === 'other-muxer') {
      muxer = this.#begin(muxer.initUri, muxer.initBytes, muxer.variant);
      step = muxer.cursor.step(playlist);
    }
    if (step.kind !== 'parts') return muxer;
    const bodies = await Promise.all(step.parts.map(({ uri }) => session.part(uri)));
    step.parts.forEach((part, n) => {
      // It was complete before the parts after it were: the list's arrival bounds the arrival of each part.
      this.#deliver(muxer, part, bodies[n], listedAtMs - part.behindMs);
    });
    return muxer;
  }

  /**
   * Waits for the part that the preload hint names and for the list behind it, asked for together: the part is
   * passed on as it arrives. Measured on loopback with three cameras at 67 ms parts: asking for the part only
   * after the list brings it 0.8 ms (p50) to 1.9 ms (p95) later. Guessing the names of later parts would save most
   * lists, but no specification says how they are built.
   */
  async #next(session: PullSession, muxer: Muxer, playlist: MediaPlaylist): Promise<MediaPlaylist> {
    const part = { ...nextPosition(playlist), uri: playlist.preloadHint };
    const hinted = async (uri: string): Promise<void> => {
      const bytes = await session.nextPart(uri, playlist);
      this.#deliver(muxer, { ...part, uri }, bytes, this.#deps.mediaClock.now());
    };
    const [, list] = await Promise.all([
      part.uri === undefined ? undefined : hinted(part.uri),
      session.nextList(muxer.variant, playlist),
    ]);
    return list;
  }

  /** Looks once at each segment that was closed. */
  #judge(muxer: Muxer, playlist: MediaPlaylist): void {
    if (playlist.open.msn === muxer.judgedMsn) return;
    muxer.judgedMsn = playlist.open.msn;
    const fps = this.#deps.fps ?? muxer.variant.frameRate;
    const verdict = frozenParts({
      segments: playlist.segments,
      configuredPartMs: this.#deps.configuredPartMs,
      frameMs: fps === undefined || fps <= 0 ? undefined : 1000 / fps,
    });
    if (verdict !== undefined) this.#deps.onEvent({ kind: 'frozen-parts', ...verdict });
  }

  /** @param arrivalMs media clock at which the part was complete, or a later one */
  #deliver(
    muxer: Muxer,
    part: Position & { readonly uri: string },
    bytes: Uint8Array | undefined,
    arrivalMs: number,
  ): void {
    // Stopped while the answer was on its way to us.
    if (bytes === undefined || this.#stop === undefined) return;
    // What a list says of old parts is a bound, which may lie before what an earlier one was given.
    this.#evidenceMs = Math.max(this.#evidenceMs, arrivalMs);
    muxer.cursor.delivered(part);
    this.#push(muxer, bytes);
    this.#problem = undefined;
  }

  #push(muxer: Muxer, bytes: Uint8Array): void {
    muxer.run.push(bytes);
    if (this.#fault !== undefined) throw new UnreadableError(this.#fault);
  }

  /** Reports a problem and says how long to wait. */
  #lost(error: unknown): number {
    const { log, path, onEvent } = this.#deps;
    const unreadable = error instanceof UnreadableError;
    const known = unreadable || error instanceof HttpError || error instanceof PlaylistError;
    const problem = error instanceof Error ? error.message : String(error);
    if (!known) log.error({ path, err: error }, 'pulling failed in a way we do not know');
    if (unreadable) this.#muxer = undefined;
    if (problem !== this.#problem) {
      this.#problem = problem;
      log.debug({ path, problem }, 'nothing to pull');
      onEvent({ kind: 'lost', problem });
    }
    return known && !unreadable ? RETRY_MS : UNREADABLE_RETRY_MS;
  }

  #pause(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal.aborted) {
        resolve();
        return;
      }
      const done = (): void => {
        cancel();
        signal.removeEventListener('abort', done);
        resolve();
      };
      const cancel = this.#deps.timers.after(ms, done);
      signal.addEventListener('abort', done);
    });
  }
}
