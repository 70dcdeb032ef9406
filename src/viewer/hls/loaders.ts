/**
 * Loaders for hls.js that answer every request from a mirror: playlists (each when it lists a segment more than the one
 * before), init segments, and segments, whose parts are handed over as they come. Nothing here touches the network, so
 * nothing times out: a request waits until there is something to say, or until hls.js aborts it.
 */
import type { Loader, LoaderCallbacks, LoaderConfiguration, LoaderContext, LoaderStats } from 'hls.js';
import type { Cancel, Clock } from '../../wire/ports.ts';
import type { TimelinePart } from '../../wire/timeline.ts';
import { BASE, type MirrorFeed } from './mirror-feed.ts';

const RESOURCE = /^([is])(\d+)$/;

type LoaderClass<T extends LoaderContext> = new (config: unknown) => Loader<T>;

export interface MirrorLoaderDeps {
  /** Shared by the player's loaders. */
  readonly feed: MirrorFeed;
  /** The page's performance.now(): hls.js compares loader times with it. */
  readonly clock: Clock;
  /** Media of an open segment are handed over in pieces of at least this length; 0: each part as it comes. */
  readonly pieceMs: () => number;
}

/** A loader class (hls.js wants classes) whose instances answer from this feed. */
export function mirrorLoader<T extends LoaderContext>(deps: MirrorLoaderDeps): LoaderClass<T> {
  const { feed, clock, pieceMs } = deps;
  const { timeline } = feed;
  return class MirrorLoader implements Loader<T> {
    context: T | null = null;
    readonly stats: LoaderStats = emptyStats();
    #ended = false;
    #callbacks: LoaderCallbacks<T> | undefined;
    #unlisten: Cancel | undefined;
    /** Parts of the segment that hls.js has. */
    #given = 0;

    load(context: T, _config: LoaderConfiguration, callbacks: LoaderCallbacks<T>): void {
      this.context = context;
      this.#callbacks = callbacks;
      this.stats.loading.start = clock.now();
      const name = context.url.slice(BASE.length);
      // Never from inside load(): hls.js expects an answer to come later.
      queueMicrotask(() => this.#begin(name));
    }

    abort(): void {
      if (this.#ended) return;
      const { context } = this;
      const callbacks = this.#callbacks;
      this.#end();
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

    #begin(name: string): void {
      if (this.#ended) return;
      const [, kind, id = ''] = RESOURCE.exec(name) ?? [];
      if (kind === 's') {
        this.#unlisten = feed.onMore(() => this.#read(Number(id)));
        this.#read(Number(id));
      } else if (kind === 'i') {
        const bytes = timeline.init(id)?.bytes;
        if (bytes === undefined) this.#fail();
        else this.#answer(bytes.slice().buffer, bytes.length);
      } else if (name.startsWith('index.m3u8')) {
        const msn = new URL(name, BASE).searchParams.get('_HLS_msn');
        this.#tell(msn === null ? undefined : Number(msn));
      } else this.#fail();
    }

    #tell(msn: number | undefined): void {
      const tell = (): void => {
        if (!feed.has(msn)) return;
        this.#unlisten?.();
        feed.tell((playlist) => this.#answer(playlist, playlist.length));
      };
      this.#unlisten = timeline.onPart(tell);
      tell();
    }

    #read(msn: number): void {
      const segment = timeline.segment(msn);
      if (segment === undefined) {
        if (msn < timeline.nextMsn) this.#fail();
        return;
      }
      const parts = segment.parts.slice(this.#given);
      // Not before the player knows of the next one, which it then asks for.
      const whole = feed.listedMsn > msn;
      if (parts.length > 0 && (whole || this.#given === 0 || lasting(parts) >= pieceMs())) {
        this.#given = segment.parts.length;
        this.#progress(joined(parts));
      }
      if (whole) this.#answer(new ArrayBuffer(0), this.stats.loaded);
    }

    #progress(data: ArrayBuffer): void {
      const { context, stats } = this;
      if (this.#ended || context === null) return;
      this.#arrived();
      stats.loaded += data.byteLength;
      this.#callbacks?.onProgress?.(stats, context, data, null);
    }

    #answer(data: string | ArrayBuffer, bytes: number): void {
      const { context, stats } = this;
      const callbacks = this.#callbacks;
      if (this.#ended || context === null || callbacks === undefined) return;
      this.#end();
      this.#arrived();
      stats.loading.end = clock.now();
      stats.loaded = bytes;
      stats.total = bytes;
      callbacks.onSuccess({ url: context.url, data, code: 200 }, stats, context, null);
    }

    #arrived(): void {
      const { loading } = this.stats;
      if (loading.first === 0) loading.first = Math.max(clock.now(), loading.start);
    }

    #fail(): void {
      const { context, stats } = this;
      const callbacks = this.#callbacks;
      if (this.#ended || context === null) return;
      this.#end();
      callbacks?.onError({ code: 404, text: 'no longer in the mirror' }, context, null, stats);
    }

    #end(): void {
      this.#ended = true;
      this.#callbacks = undefined;
      this.#unlisten?.();
      this.#unlisten = undefined;
    }
  };
}

const lasting = (parts: readonly TimelinePart[]): number =>
  parts.reduce((sum, { durationMs }) => sum + durationMs, 0);

/** Always a copy: hls.js hands the memory to its worker. */
function joined(parts: readonly TimelinePart[]): ArrayBuffer {
  const all = new Uint8Array(parts.reduce((sum, { data }) => sum + data.length, 0));
  let offset = 0;
  for (const { data } of parts) {
    all.set(data, offset);
    offset += data.length;
  }
  return all.buffer;
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
