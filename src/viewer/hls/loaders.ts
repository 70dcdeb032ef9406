/**
 * Loaders for hls.js that answer every request from a mirror: playlists (with blocking reload), init segments,
 * parts and segments. Nothing here touches the network, so nothing times out: a blocking request waits until
 * its part arrives, or until hls.js aborts it. The first playlist waits until the history that a socket begins with is
 * in the mirror: hls.js begins to play near the edge of that list, and would have to be sought again right away.
 */
import type { Loader, LoaderCallbacks, LoaderConfiguration, LoaderContext, LoaderStats } from 'hls.js';
import { type PlaylistUris, renderMediaPlaylist } from '../../wire/playlist.ts';
import type { Cancel, Clock, Timers } from '../../wire/ports.ts';
import type { Timeline } from '../../wire/timeline.ts';
import type { AppendGate, PartId } from './append-gate.ts';

/** Never resolved: hls.js only needs an absolute address to put its directives into. */
const BASE = 'https://mirror.invalid/';
export const PLAYLIST_URL = `${BASE}index.m3u8`;

/** Absolute and short: hls.js resolves and keeps every address of every playlist that it parses. */
const URIS: PlaylistUris = {
  init: (id) => `i${id}`,
  part: ({ msn, index }) => `p${msn}.${index}`,
  segment: (msn) => `s${msn}`,
};
const RESOURCE = /^([ips])(\d+)(?:\.(\d+))?$/;

/** History comes in one go; parts that are made while we wait come 33 ms apart or more. */
const QUIET_MS = 20;
/** Long enough for history on a slow link to be mostly there; then we begin anyhow. */
const QUIET_WITHIN_MS = 300;

interface Answer {
  readonly data: string | ArrayBuffer;
  readonly bytes: number;
}

type LoaderClass<T extends LoaderContext> = new (config: unknown) => Loader<T>;

export interface MirrorLoaderDeps {
  readonly timeline: Timeline;
  /** The page's performance.now(): hls.js compares loader times with it. */
  readonly clock: Clock;
  readonly timers: Timers;
  /** Shared by the player's loaders. */
  readonly gate: AppendGate;
}

/** A loader class (hls.js wants classes) whose instances answer from this timeline. */
export function mirrorLoader<T extends LoaderContext>({
  timeline,
  clock,
  timers,
  gate,
}: MirrorLoaderDeps): LoaderClass<T> {
  return class MirrorLoader implements Loader<T> {
    context: T | null = null;
    readonly stats: LoaderStats = emptyStats();
    #ended = false;
    #callbacks: LoaderCallbacks<T> | undefined;
    #unlisten: Cancel | undefined;
    #part: PartId | undefined;

    load(context: T, _config: LoaderConfiguration, callbacks: LoaderCallbacks<T>): void {
      this.context = context;
      this.#callbacks = callbacks;
      this.stats.loading.start = clock.now();
      const name = context.url.slice(BASE.length);
      if (!name.startsWith('index.m3u8')) {
        const answer = resource(timeline, name);
        this.#part = answer === undefined ? undefined : partOf(name);
        if (this.#part !== undefined) gate.asked(this.#part);
        // Never from inside load(): hls.js expects an answer to come later.
        queueMicrotask(() => this.#answer(answer));
        return;
      }
      const { searchParams } = new URL(context.url);
      if (searchParams.has('_HLS_msn')) this.#answerOnce(playlistReady(timeline, searchParams));
      else this.#answerQuiet();
    }

    abort(): void {
      if (this.#ended) return;
      const { context } = this;
      const callbacks = this.#callbacks;
      this.#end();
      if (this.#part !== undefined) gate.done(this.#part);
      this.stats.aborted = true;
      if (context !== null) callbacks?.onAbort?.(this.stats, context, null);
    }

    destroy(): void {
      this.#end();
      this.context = null;
    }

    getCacheAge(): number {
      return 0;
    }

    getResponseHeader(): null {
      return null;
    }

    #answerOnce(reached: () => boolean): void {
      if (reached()) {
        queueMicrotask(() => this.#pass());
        return;
      }
      this.#unlisten = timeline.onPart(() => {
        if (reached()) this.#pass();
      });
    }

    /** Answers when no part has come for a while. */
    #answerQuiet(): void {
      let cancel: Cancel | undefined;
      let readyMs: number | undefined;
      const wait = (): void => {
        cancel?.();
        if (!hasSegment(timeline)) return;
        readyMs ??= clock.now();
        const leftMs = readyMs + QUIET_WITHIN_MS - clock.now();
        cancel = timers.after(Math.min(QUIET_MS, Math.max(0, leftMs)), () => this.#pass());
      };
      const unlisten = timeline.onPart(wait);
      this.#unlisten = () => {
        unlisten();
        cancel?.();
      };
      wait();
    }

    #pass(): void {
      if (this.#ended) return;
      this.#unlisten?.();
      this.#unlisten = gate.pass(() => this.#answer(playlist(timeline)));
    }

    #end(): void {
      this.#ended = true;
      this.#callbacks = undefined;
      this.#unlisten?.();
      this.#unlisten = undefined;
    }

    #answer(answer: Answer | undefined): void {
      const { context, stats } = this;
      const callbacks = this.#callbacks;
      if (this.#ended || context === null || callbacks === undefined) return;
      this.#end();
      if (answer === undefined) {
        callbacks.onError({ code: 404, text: 'no longer in the mirror' }, context, null, stats);
        return;
      }
      stats.loading.first = Math.max(clock.now(), stats.loading.start);
      stats.loading.end = stats.loading.first;
      stats.loaded = answer.bytes;
      stats.total = answer.bytes;
      callbacks.onSuccess({ url: context.url, data: answer.data, code: 200 }, stats, context, null);
    }
  };
}

/** When the playlist may be answered: at the part that blocking reload asks for (RFC 8216bis §6.2.5.2). */
function playlistReady(timeline: Timeline, query: URLSearchParams): () => boolean {
  const msn = Number(query.get('_HLS_msn'));
  const part = query.get('_HLS_part');
  return () => hasSegment(timeline) && timeline.reached(msn, part === null ? undefined : Number(part));
}

/** hls.js takes a live playlist only with at least one whole segment in it. */
const hasSegment = (timeline: Timeline): boolean => timeline.segments[0]?.closed === true;

function playlist(timeline: Timeline): Answer {
  const data = renderMediaPlaylist(timeline, { uris: URIS });
  return { data, bytes: data.length };
}

function resource(timeline: Timeline, name: string): Answer | undefined {
  const match = RESOURCE.exec(name);
  const id = match?.[2];
  if (match === null || id === undefined) return undefined;
  switch (match[1]) {
    case 'i':
      return binary([timeline.init(id)?.bytes]);
    case 'p':
      return binary([timeline.part(Number(id), Number(match[3]))?.data]);
    default: {
      const segment = timeline.segment(Number(id));
      return segment?.closed === true ? binary(segment.parts.map((part) => part.data)) : undefined;
    }
  }
}

function partOf(name: string): PartId | undefined {
  const match = RESOURCE.exec(name);
  return match?.[1] === 'p' ? { msn: Number(match[2]), index: Number(match[3]) } : undefined;
}

/** Always a copy: hls.js rewrites timestamps in place and may hand the memory to its worker. */
function binary(chunks: readonly (Uint8Array | undefined)[]): Answer | undefined {
  let bytes = 0;
  for (const chunk of chunks) {
    if (chunk === undefined) return undefined;
    bytes += chunk.length;
  }
  if (bytes === 0) return undefined;
  const all = new Uint8Array(bytes);
  let offset = 0;
  for (const chunk of chunks) {
    if (chunk === undefined) continue;
    all.set(chunk, offset);
    offset += chunk.length;
  }
  return { data: all.buffer, bytes };
}

function emptyStats(): LoaderStats {
  return {
    aborted: false,
    loaded: 0,
    retry: 0,
    total: 0,
    chunkCount: 0,
    bwEstimate: 0,
    loading: { start: 0, first: 0, end: 0 },
    parsing: { start: 0, end: 0 },
    buffering: { start: 0, first: 0, end: 0 },
  };
}
