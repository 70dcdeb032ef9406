/**
 * Runs in a web page: plain hls.js, as it is shipped in its package, on a camera that the page itself packages, without
 * any of the wall's workarounds. Each function of `contracts` provokes one behaviour that a workaround is for, and
 * tells what came of it; hls-contract.test.ts judges.
 */
import Hls, {
  type FragmentLoaderContext,
  type HlsConfig,
  type Loader,
  type LoaderCallbacks,
  type LoaderConfiguration,
  type LoaderContext,
  type LoaderStats,
  type PlaylistLoaderContext,
} from 'hls.js/light';
import { renderMediaPlaylist } from '../../src/wire/playlist.ts';
import { Timeline } from '../../src/wire/timeline.ts';

/** What ffmpeg made, base64. */
export interface ContractMedia {
  readonly init: string;
  readonly parts: readonly {
    readonly data: string;
    readonly durationMs: number;
    readonly keyframe: boolean;
  }[];
  /** Text of the worker that hls.js ships. */
  readonly worker: string;
}

const BASE = 'https://camera.invalid/';
const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const bytes = (text: string): Uint8Array => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

/** Parts. */
const SEGMENT = 15;
/** Target of a player, unless a contract is about another. */
const SYNC_SEC = 0.3;

let media: ContractMedia;
let workerPath = '';

/** A camera of 15 parts and one segment a second. */
class Camera {
  readonly timeline: Timeline;
  readonly #parts = media.parts.map((part) => ({ ...part, data: bytes(part.data) }));
  #next = 0;
  #pdtMs = 1_700_000_000_000;
  #timer: ReturnType<typeof setInterval> | undefined;

  readonly #stretch: number;

  /** @param stretch by how much its playlist makes parts longer than they are */
  constructor(firstMsn = 1, stretch = 1) {
    this.#stretch = stretch;
    this.timeline = new Timeline({ windowMs: 12_000, firstMsn });
    this.timeline.addInit({ id: '1', bytes: bytes(media.init), codecs: '', width: 160, height: 90 });
  }

  append(count: number): void {
    for (let n = 0; n < count; n += 1) {
      const part = this.#parts[this.#next];
      if (part === undefined) return;
      this.#next += 1;
      const { data, keyframe } = part;
      const durationMs = part.durationMs * this.#stretch;
      this.timeline.append({
        ...{ epoch: 1, initId: '1', durationMs, independent: keyframe, pdtMs: this.#pdtMs },
        ...{ startsSegment: keyframe, data },
      });
      this.#pdtMs += durationMs;
    }
  }

  /** Parts from now on as they are due. */
  run(): void {
    let dueMs = performance.now();
    this.#timer = setInterval(() => {
      while (performance.now() >= dueMs) {
        this.append(1);
        dueMs += 1000 / 15;
      }
    }, 5);
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}

interface Request {
  readonly name: string;
  readonly data?: ArrayBuffer;
}

/** Where a contract steps in. */
interface Hooks {
  /** Gives a playlist its way; at once unless told otherwise. */
  readonly playlist?: (give: () => void, query: URLSearchParams) => void;
  /** Called right after the player was given a part or segment. */
  readonly given?: (name: string) => void;
  /** Nothing is found any more while it is true. */
  readonly lost?: () => boolean;
}

interface Player {
  readonly hls: Hls;
  readonly video: HTMLVideoElement;
  /** All that was asked for, in order. */
  readonly requests: Request[];
  readonly errors: string[];
  names(kind: string): string[];
  close(): void;
}

function play(camera: Camera, config: Partial<HlsConfig>, hooks: Hooks = {}): Player {
  const { timeline } = camera;
  const requests: Request[] = [];
  const errors: string[] = [];
  const video = document.createElement('video');
  video.muted = true;
  document.body.append(video);
  const hls = new Hls({
    // As the wall plays; what a contract is about is in `config`.
    ...{ enableWorker: true, workerPath, lowLatencyMode: true, backBufferLength: Infinity },
    ...(config.liveSyncDurationCount === undefined ? { liveSyncDuration: SYNC_SEC } : {}),
    ...config,
    pLoader: loader<PlaylistLoaderContext>(timeline, requests, hooks),
    fLoader: loader<FragmentLoaderContext>(timeline, requests, hooks),
  });
  hls.on(Hls.Events.ERROR, (_event, { details, fatal }) => errors.push(`${details}${fatal ? ' fatal' : ''}`));
  hls.on(Hls.Events.MANIFEST_PARSED, () => void video.play().catch(() => undefined));
  hls.loadSource(`${BASE}index.m3u8`);
  hls.attachMedia(video);
  return {
    ...{ hls, video, requests, errors },
    names: (kind) => requests.flatMap(({ name }) => (name.startsWith(kind) ? [name] : [])),
    close() {
      camera.stop();
      hls.destroy();
      video.remove();
    },
  };
}

function loader<T extends LoaderContext>(
  timeline: Timeline,
  requests: Request[],
  hooks: Hooks,
): new (
  config: unknown,
) => Loader<T> {
  return class implements Loader<T> {
    context: T | null = null;
    readonly stats: LoaderStats = {
      ...{ aborted: false, loaded: 0, retry: 0, total: 0, chunkCount: 0, bwEstimate: 0 },
      loading: { start: 0, first: 0, end: 0 },
      parsing: { start: 0, end: 0 },
      buffering: { start: 0, first: 0, end: 0 },
    };
    #ended = false;
    #unlisten = (): void => undefined;

    load(context: T, _config: LoaderConfiguration, callbacks: LoaderCallbacks<T>): void {
      this.context = context;
      this.stats.loading.start = performance.now();
      const { pathname, searchParams } = new URL(context.url);
      const name = pathname.slice(1);
      const answer = (data: string | ArrayBuffer | undefined): void => {
        if (this.#ended) return;
        this.#ended = true;
        this.#unlisten();
        if (data === undefined || hooks.lost?.() === true) {
          callbacks.onError({ code: 404, text: 'not found' }, context, null, this.stats);
          return;
        }
        const size = typeof data === 'string' ? data.length : data.byteLength;
        Object.assign(this.stats, { loaded: size, total: size });
        this.stats.loading.first = performance.now();
        this.stats.loading.end = this.stats.loading.first;
        callbacks.onSuccess({ url: context.url, data, code: 200 }, this.stats, context, null);
        hooks.given?.(name);
      };
      if (!name.endsWith('.m3u8')) {
        const data = resource(timeline, name);
        requests.push({ name, ...(data === undefined ? {} : { data }) });
        queueMicrotask(() => answer(data));
        return;
      }
      requests.push({ name: `${name}${new URL(context.url).search}` });
      const pass = (): void => {
        this.#unlisten();
        const give = (): void => answer(renderMediaPlaylist(timeline));
        if (hooks.playlist === undefined) queueMicrotask(give);
        else hooks.playlist(give, searchParams);
      };
      const msn = searchParams.get('_HLS_msn');
      const part = searchParams.get('_HLS_part');
      const reached = (): boolean =>
        timeline.segments.length > 0 &&
        (msn === null || timeline.reached(Number(msn), part === null ? undefined : Number(part)));
      if (reached()) pass();
      else {
        this.#unlisten = timeline.onPart(() => {
          if (reached()) pass();
        });
      }
    }

    abort(): void {
      if (this.#ended) return;
      this.#ended = true;
      this.#unlisten();
      this.stats.aborted = true;
    }

    destroy(): void {
      this.#ended = true;
      this.#unlisten();
      this.context = null;
    }

    getCacheAge(): number {
      return 0;
    }

    getResponseHeader(): null {
      return null;
    }
  };
}

function resource(timeline: Timeline, name: string): ArrayBuffer | undefined {
  const [, kind = '', number = ''] = /^(init|part|seg)-(\d+)\./.exec(name) ?? [];
  const chunks =
    kind === 'init'
      ? [timeline.init(number)?.bytes]
      : kind === 'part'
        ? [timeline.partBySerial(Number(number))?.data]
        : timeline.segment(Number(number))?.parts.map(({ data }) => data);
  const known = chunks?.flatMap((chunk) => (chunk === undefined ? [] : [chunk])) ?? [];
  if (known.length === 0) return undefined;
  const all = new Uint8Array(known.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of known) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all.buffer;
}

const repeats = (names: readonly string[]): number => names.length - new Set(names).size;

export const contracts = {
  /** Of two players: how often one fetched again what it had, with the first segment numbered 0 and 1. */
  async numberZero() {
    const again: number[] = [];
    for (const firstMsn of [0, 1]) {
      const camera = new Camera(firstMsn);
      camera.append(SEGMENT + 1);
      // It begins inside the first segment, while the second one grows.
      let running = false;
      const player = play(
        camera,
        { liveSyncDuration: 0.8 },
        {
          given: (name) => {
            if (running || !/^(part|seg)/.test(name)) return;
            running = true;
            camera.run();
          },
        },
      );
      await wait(1_500);
      again.push(repeats([...player.names('part'), ...player.names('seg')]));
      player.close();
    }
    return { zero: again[0] ?? 0, one: again[1] ?? 0 };
  },

  /** Parts that are never fetched when the playlist that completes their segment comes while an earlier one is taken in. */
  async growingSegment() {
    const missed: number[] = [];
    for (const early of [true, false]) {
      const camera = new Camera();
      camera.append(SEGMENT + 5);
      let after = -1;
      const player = play(
        camera,
        {},
        {
          given: (name) => {
            if (after >= 0 || !name.startsWith('part-')) return;
            const serial = Number(/\d+/.exec(name)?.[0]);
            if (serial !== SEGMENT + 4) return;
            after = serial;
            // The rest of the segment and the first part of the next.
            if (early) camera.append(SEGMENT - 5 + 1);
          },
        },
      );
      if (!early) {
        player.hls.on(Hls.Events.FRAG_BUFFERED, () => {
          if (after >= 0 && camera.timeline.nextSerial === SEGMENT + 5) camera.append(SEGMENT - 5 + 1);
        });
      }
      await wait(1_200);
      const { buffered } = player.video;
      missed.push(buffered.length === 0 ? Number.NaN : 2 + 1 / SEGMENT - buffered.end(0));
      player.close();
    }
    return { early: missed[0] ?? 0, late: missed[1] ?? 0 };
  },

  /** By how much a single stall moves hls.js's own target, in seconds. */
  async stallIncrease() {
    const camera = new Camera();
    camera.append(SEGMENT + 8);
    const player = play(camera, {});
    camera.run();
    await wait(1_000);
    camera.stop();
    await wait(2_200);
    const facts = { bySec: (player.hls.targetLatency ?? Number.NaN) - SYNC_SEC, errors: player.errors };
    player.close();
    return facts;
  },

  /** The latency that liveSyncDurationCount: 2 asks for, in seconds, with parts of 67 ms in segments of 1 s. */
  async syncCount() {
    const camera = new Camera();
    camera.append(4 * SEGMENT);
    const player = play(camera, { liveSyncDurationCount: 2 });
    await wait(500);
    const facts = { targetSec: player.hls.targetLatency };
    player.close();
    return facts;
  },

  /** How often the duration of the MediaSource is written in a second of parts, with the default and without. */
  async mediaDuration() {
    const written: number[] = [];
    const property = Object.getOwnPropertyDescriptor(MediaSource.prototype, 'duration');
    for (const liveDurationInfinity of [false, true]) {
      const camera = new Camera();
      camera.append(SEGMENT + 4);
      const player = play(camera, { liveDurationInfinity });
      let count = 0;
      player.hls.on(Hls.Events.MEDIA_ATTACHED, (_event, { mediaSource }) => {
        if (mediaSource === undefined || property === undefined) return;
        Object.defineProperty(mediaSource, 'duration', {
          get: () => property.get?.call(mediaSource),
          set(value: number) {
            count += 1;
            property.set?.call(mediaSource, value);
          },
        });
      });
      camera.run();
      await wait(1_500);
      written.push(count);
      player.close();
    }
    return { byDefault: written[0] ?? 0, infinite: written[1] ?? 0 };
  },

  /** What hls.js makes of a live playlist whose only segment is still open. */
  async openSegmentOnly() {
    const camera = new Camera();
    camera.append(5);
    const player = play(camera, {});
    await wait(500);
    const { errors } = player;
    player.close();
    return { errors };
  },

  /** Where it plays, and how far behind the camera, when history of 3 s comes once it has begun with the first playlist. */
  async firstPlaylist() {
    const camera = new Camera();
    camera.append(SEGMENT + 2);
    let first = true;
    const player = play(
      camera,
      {},
      {
        given: (name) => {
          if (!first || !name.startsWith('init')) return;
          first = false;
          camera.append(3 * SEGMENT);
          camera.run();
        },
      },
    );
    await wait(1_500);
    const { currentTime: atSec } = player.video;
    const facts = { atSec, behindSec: camera.timeline.nextSerial / SEGMENT - atSec };
    player.close();
    return facts;
  },

  /** Media that is asked for when playlists are answered from inside load(), as a cache at hand could. */
  async insideLoad() {
    const camera = new Camera();
    camera.append(SEGMENT + 4);
    const player = play(camera, {}, { playlist: (give) => give() });
    camera.run();
    await wait(1_000);
    const facts = { asked: player.names('part').length + player.names('seg').length };
    player.close();
    return facts;
  },

  /** Whether parts are fetched while the playhead is 6 s behind the newest one. */
  async farBehind() {
    const camera = new Camera();
    camera.append(8 * SEGMENT + 8);
    const player = play(camera, { liveSyncDuration: 6, maxBufferLength: 10 });
    camera.run();
    await wait(1_500);
    const facts = { parts: player.names('part').length, segments: player.names('seg').length };
    player.close();
    return facts;
  },

  /** Playlist requests after the change to low latency while one waits for a whole segment. */
  async modeChange() {
    const camera = new Camera();
    camera.append(2 * SEGMENT + 3);
    const player = play(camera, { lowLatencyMode: false });
    const waiting = (): boolean => player.names('index').at(-1)?.includes('_HLS_msn=3') === true;
    for (let n = 0; n < 60 && !waiting(); n += 1) await wait(50);
    camera.append(3);
    const before = player.names('index').length;
    player.hls.lowLatencyMode = true;
    await wait(800);
    const facts = {
      more: player.names('index').length - before,
      last: player.names('index').at(-1) ?? '',
    };
    player.close();
    return facts;
  },

  /** Whether it asks for anything after a fatal error, once the camera can be had again. */
  async fatalError() {
    const camera = new Camera();
    camera.append(SEGMENT + 4);
    let lost = false;
    const retry = { maxNumRetry: 0, retryDelayMs: 0, maxRetryDelayMs: 0 };
    const policy = {
      maxTimeToFirstByteMs: 10_000,
      maxLoadTimeMs: 10_000,
      timeoutRetry: retry,
      errorRetry: retry,
    };
    const player = play(
      camera,
      { playlistLoadPolicy: { default: policy }, fragLoadPolicy: { default: policy } },
      { lost: () => lost },
    );
    camera.run();
    await wait(700);
    lost = true;
    await wait(700);
    lost = false;
    const { length } = player.requests;
    await wait(1_000);
    const facts = { errors: player.errors, more: player.requests.length - length };
    player.close();
    return facts;
  },

  /** What became of the memory of the parts that were handed over, without a worker and with one. */
  async memory() {
    const spoilt: number[] = [];
    for (const enableWorker of [false, true]) {
      // Far from the start of its time, as a camera that has run for long.
      const camera = new Camera();
      camera.append(2 * SEGMENT);
      const player = play(camera, { enableWorker });
      await wait(900);
      const given = player.requests.filter(
        ({ name, data }) => data !== undefined && /^(part|seg)/.test(name),
      );
      spoilt.push(
        given.filter(({ name, data }) => {
          const fresh = new Uint8Array(resource(camera.timeline, name) ?? new ArrayBuffer(0));
          // What was handed to the worker is no longer there.
          if (data === undefined || data.byteLength === 0) return true;
          const used = new Uint8Array(data);
          return used.some((byte, at) => byte !== fresh[at]);
        }).length,
      );
      player.close();
    }
    return { inPage: spoilt[0] ?? 0, inWorker: spoilt[1] ?? 0 };
  },

  /** Where a segment is said to begin before it was taken in, and where it does, in seconds. */
  async estimate() {
    // A playlist whose segments are told a tenth too long, as by a camera whose times are uneven.
    const camera = new Camera(1, 1.1);
    camera.append(8 * SEGMENT);
    const player = play(camera, { lowLatencyMode: false, liveSyncDuration: 5, maxBufferLength: 10 });
    const starts: { told: number; found: number }[] = [];
    let told: Map<unknown, number> | undefined;
    player.hls.on(Hls.Events.FRAG_BUFFERED, (_event, { frag }) => {
      const found = frag.elementaryStreams.video?.startPTS;
      const guess = told?.get(frag.sn);
      if (found !== undefined && guess !== undefined) starts.push({ told: guess, found });
      const { fragments = [] } = player.hls.latestLevelDetails ?? {};
      told ??= new Map(fragments.map(({ sn, start }) => [sn, start]));
    });
    await wait(1_500);
    player.close();
    return { starts };
  },
};

export type Contracts = typeof contracts;

Object.assign(globalThis, {
  contracts,
  begin(given: ContractMedia) {
    media = given;
    workerPath = URL.createObjectURL(new Blob([given.worker], { type: 'text/javascript' }));
  },
});
