/**
 * Runs in a web page: plain hls.js, as it is shipped in its package, fed with streamed segments as the wall does, on a
 * camera that the page itself packages. Each function of `contracts` provokes one behaviour that the wall minds, or once
 * had to mind when it fed parts, and tells what came of it; hls-contract.test.ts judges.
 */
import Hls, {
  type FragmentLoaderContext,
  type HlsConfig,
  type Loader,
  type LoaderCallbacks,
  type LoaderConfiguration,
  type LoaderContext,
  type PlaylistLoaderContext,
} from 'hls.js/light';
import { mirrorLoader } from '../../src/viewer/hls/loaders.ts';
import { BASE, MirrorFeed, PLAYLIST_URL } from '../../src/viewer/hls/mirror-feed.ts';
import { playerSettings } from '../../src/viewer/hls/profiles.ts';
import { Timeline } from '../../src/wire/timeline.ts';
import { bytes, expose, given, wait } from './case-page.ts';
import type { PartMedia } from './part-media.ts';

/** Parts. */
const SEGMENT = 15;

/** A camera of 15 parts and one segment a second. */
class Camera {
  readonly timeline: Timeline;
  readonly #parts = given<PartMedia>().media.parts.map((part) => ({ ...part, data: bytes(part.data) }));
  #next = 0;
  #pdtMs = 1_700_000_000_000;
  #timer: ReturnType<typeof setInterval> | undefined;

  readonly #stretch: number;

  /** @param stretch by how much its playlist makes parts longer than they are */
  constructor(firstMsn = 1, stretch = 1) {
    this.#stretch = stretch;
    this.timeline = new Timeline({ windowMs: 12_000, firstMsn });
    this.timeline.addInit({
      id: '1',
      bytes: bytes(given<PartMedia>().media.init),
      codecs: '',
      width: 160,
      height: 90,
    });
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
  readonly atMs: number;
  readonly pieces: ArrayBuffer[];
}

/** Where a contract steps in. */
interface Hooks {
  /** Called right after the player was given a piece of media. */
  readonly given?: (name: string) => void;
  /** Nothing is found any more while it is true. */
  readonly lost?: () => boolean;
  /** Playlists are answered from inside load(). */
  readonly atOnce?: boolean;
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

function play(camera: Camera, config: Partial<HlsConfig> = {}, hooks: Hooks = {}): Player {
  const feed = new MirrorFeed(camera.timeline, () => 60_000);
  const requests: Request[] = [];
  const errors: string[] = [];
  const video = document.createElement('video');
  video.muted = true;
  document.body.append(video);
  const hls = new Hls({
    ...playerSettings(given<PartMedia>().workerUrl),
    ...config,
    pLoader: watched<PlaylistLoaderContext>(feed, requests, hooks),
    fLoader: watched<FragmentLoaderContext>(feed, requests, hooks),
  });
  hls.on(Hls.Events.ERROR, (_event, { details, fatal }) => errors.push(`${details}${fatal ? ' fatal' : ''}`));
  hls.on(Hls.Events.MANIFEST_PARSED, () => void video.play().catch(() => undefined));
  hls.loadSource(PLAYLIST_URL);
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

/** The wall's loader, watched. */
function watched<T extends LoaderContext>(
  feed: MirrorFeed,
  requests: Request[],
  hooks: Hooks,
): new (
  config: unknown,
) => Loader<T> {
  const MirrorLoader = mirrorLoader<T>({ feed, clock: performance, pieceMs: () => 0 });
  return class extends MirrorLoader {
    override load(context: T, config: LoaderConfiguration, callbacks: LoaderCallbacks<T>): void {
      const name = context.url.slice(BASE.length);
      const request: Request = { name, atMs: performance.now(), pieces: [] };
      requests.push(request);
      if (hooks.lost?.() === true) {
        queueMicrotask(() => callbacks.onError({ code: 404, text: 'lost' }, context, null, this.stats));
        return;
      }
      if (hooks.atOnce === true && name === 'index.m3u8') {
        feed.tell((data) =>
          callbacks.onSuccess({ url: context.url, data, code: 200 }, this.stats, context, null),
        );
        return;
      }
      super.load(context, config, {
        ...callbacks,
        onProgress: (stats, given, data, details) => {
          if (data instanceof ArrayBuffer) request.pieces.push(data);
          callbacks.onProgress?.(stats, given, data, details);
          hooks.given?.(name);
        },
      });
    }
  };
}

const bufferedEnd = ({ buffered }: HTMLVideoElement): number =>
  buffered.length === 0 ? 0 : buffered.end(buffered.length - 1);

/** Waits for the first media, which takes a busy host its time, and for whatever comes right after them. */
async function begun(video: HTMLVideoElement): Promise<void> {
  for (let waits = 0; bufferedEnd(video) === 0 && waits < 50; waits += 1) await wait(100);
  await wait(300);
}

const repeats = (names: readonly string[]): number => names.length - new Set(names).size;

const contracts = {
  /** How often media were fetched again from the first segment on, when that has the number 0. */
  async numberZero() {
    const camera = new Camera(0);
    camera.append(SEGMENT - 4);
    const player = play(camera);
    camera.run();
    await wait(1_500);
    const facts = { again: repeats(player.names('s')), segments: player.names('s').length };
    player.close();
    return facts;
  },

  /** Seconds that are missing when the rest of a segment, and the next, come while a piece of it is taken in. */
  async growingSegment() {
    const camera = new Camera();
    camera.append(SEGMENT + 5);
    let grown = false;
    const player = play(
      camera,
      {},
      {
        given: (name) => {
          if (grown || name !== 's2') return;
          grown = true;
          camera.append(SEGMENT - 5 + 1);
        },
      },
    );
    await wait(1_200);
    const facts = { grown, missingSec: 2 + 1 / SEGMENT - bufferedEnd(player.video) };
    player.close();
    return facts;
  },

  /** What hls.js makes of a live playlist whose only segment is still open. */
  async openSegmentOnly() {
    const camera = new Camera();
    camera.append(5);
    const player = play(camera);
    await begun(player.video);
    const facts = { errors: player.errors, endSec: bufferedEnd(player.video) };
    player.close();
    return facts;
  },

  /** How much it takes in of 8 s that are there, while it plays at their beginning. */
  async farBehind() {
    const camera = new Camera();
    camera.append(8 * SEGMENT + 8);
    const player = play(camera);
    camera.run();
    await wait(1_000);
    const facts = { missingSec: camera.timeline.endMs / 1000 - bufferedEnd(player.video) };
    player.close();
    return facts;
  },

  /** How much is buffered of five parts that have come, with the worker's settings and with hls.js's own. */
  async heldBack() {
    const ends: number[] = [];
    for (const config of [{}, { toJSON: undefined }]) {
      const camera = new Camera();
      camera.append(5);
      const player = play(camera, config as Partial<HlsConfig>);
      await begun(player.video);
      ends.push(bufferedEnd(player.video));
      player.close();
    }
    return { oursSec: ends[0] ?? Number.NaN, ownSec: ends[1] ?? Number.NaN };
  },

  /** How long after the first playlist it asks for the next one. */
  async nextPlaylist() {
    const waits: number[] = [];
    for (const lowLatencyMode of [true, false]) {
      const camera = new Camera();
      camera.append(SEGMENT + 4);
      const player = play(camera, { lowLatencyMode });
      await wait(1_500);
      const [first, next] = player.requests.filter(({ name }) => name.startsWith('index'));
      waits.push((next?.atMs ?? Number.POSITIVE_INFINITY) - (first?.atMs ?? Number.NaN));
      player.close();
    }
    return { onMs: waits[0] ?? Number.NaN, offMs: waits[1] ?? Number.NaN };
  },

  /** How often the duration of the MediaSource is written in three segments, with the default and without. */
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
      await wait(3_200);
      written.push(count);
      player.close();
    }
    return { byDefault: written[0] ?? 0, infinite: written[1] ?? 0 };
  },

  /** Segments that are asked for when the first playlist is answered from inside load(), as a cache at hand could, and after it. */
  async insideLoad() {
    const asked: number[] = [];
    for (const atOnce of [true, false]) {
      const camera = new Camera();
      camera.append(SEGMENT + 4);
      const player = play(camera, {}, { atOnce });
      camera.run();
      await wait(1_200);
      asked.push(player.names('s').length);
      player.close();
    }
    return { inside: asked[0] ?? Number.NaN, after: asked[1] ?? Number.NaN };
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
    await wait(1_200);
    lost = false;
    const { length } = player.requests;
    await wait(1_000);
    const facts = { errors: player.errors, more: player.requests.length - length };
    player.close();
    return facts;
  },

  /** How many pieces of media were taken away from whoever gave them. */
  async memory() {
    const camera = new Camera();
    camera.append(2 * SEGMENT);
    const player = play(camera);
    await wait(900);
    const pieces = player.requests.flatMap((request) => request.pieces);
    const facts = {
      pieces: pieces.length,
      taken: pieces.filter(({ byteLength }) => byteLength === 0).length,
    };
    player.close();
    return facts;
  },

  /** Where a segment is said to begin before it was taken in, and where it does, in seconds. */
  async estimate() {
    // A playlist whose segments are told a tenth too long, as by a camera whose times are uneven.
    const camera = new Camera(1, 1.1);
    camera.append(8 * SEGMENT);
    const player = play(camera);
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

expose(contracts);
