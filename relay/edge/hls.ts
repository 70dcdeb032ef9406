/**
 * Standard LL-HLS over HTTP (RFC 8216bis) for any player: what each address under `/live/` answers. Knows no
 * sockets and no authentication; server.ts turns an {@link Answer} into a response.
 */

import { listedSegments, renderMultivariantPlaylist, type Variant } from '../../src/wire/playlist.ts';
import type { Cancel, Timers } from '../../src/wire/ports.ts';
import type { Timeline } from '../../src/wire/timeline.ts';
import type { Camera, RungMedia } from '../camera/camera.ts';
import { playerListing } from '../media/listing.ts';
import { measuredBandwidth } from './bandwidth.ts';
import { MediaPlaylists, PlaylistBody } from './playlists.ts';
import { isListed, parseReload, reloadTarget } from './reload.ts';
import { printable, unknownOne } from './sentences.ts';
import { waitFor } from './wait.ts';

export type Answer =
  /** Never changes under its address. Pieces of one body, as they lie in memory. */
  | { readonly kind: 'media'; readonly body: readonly Uint8Array[] }
  /** For how long it is the answer to this address: 0 where that may be another one at once. */
  | { readonly kind: 'playlist'; readonly body: PlaylistBody; readonly maxAgeS: number }
  /** Must not be kept. */
  | { readonly kind: 'error'; readonly status: 400 | 404 | 503; readonly sentence: string };

export interface HlsDeps {
  /** Those of now: they may come and go. */
  readonly cameras: ReadonlyMap<string, Camera>;
  readonly timers: Timers;
  /**
   * Stands in every media address: numbers begin again with each start of the relay and with each camera that takes an
   * id over, cached bytes must not.
   */
  readonly runOf: (camera: Camera) => string;
}

/** A player that opens a camera which is still starting waits this long for its first segment. */
const FIRST_MEDIA_WAIT_MS = 8000;
/** A blocked reload ends after three target durations at the latest (RFC 8216bis §6.2.5.2). */
const RELOAD_WAIT_TARGETS = 3;
/** Caches may keep what a blocked reload brought this long, and other playlists half a target duration (appendix B.1). */
const BLOCKED_MAX_AGE_TARGETS = 6;

const refuse = (status: 400 | 404 | 503, sentence: string): Answer => ({ kind: 'error', status, sentence });
const media = (body: readonly Uint8Array[]): Answer => ({ kind: 'media', body });

const hasSegment = (timeline: Timeline): boolean => timeline.segments[0]?.closed === true;

export class HlsRoutes {
  readonly #deps: HlsDeps;
  readonly #playlists = new MediaPlaylists();
  /** Ends of the requests that are being answered. */
  readonly #waiting = new Map<AbortController, Camera>();

  constructor(deps: HlsDeps) {
    this.#deps = deps;
  }

  /** Nobody waits any longer for a camera that is not listed any more, or has another one in its place. */
  cameraGone(camera: Camera): void {
    for (const [end, awaited] of this.#waiting) if (awaited === camera) end.abort();
  }

  /** Answers `path`, which begins with `/live/`. May wait; `signal` aborts when the client went away. */
  async answer(path: string, query: URLSearchParams, signal: AbortSignal): Promise<Answer> {
    const [cameraId = '', ...rest] = path.slice('/live/'.length).split('/');
    const { cameras } = this.#deps;
    const camera = cameras.get(cameraId);
    if (camera === undefined) return refuse(404, unknownOne('camera', printable(cameraId), cameras.keys()));
    const end = new AbortController();
    const leave = (): void => end.abort();
    if (signal.aborted) leave();
    signal.addEventListener('abort', leave);
    this.#waiting.set(end, camera);
    try {
      const answer = await this.#answerOf(camera, rest, query, end.signal);
      return cameras.get(cameraId) === camera
        ? answer
        : refuse(404, `the configuration of camera "${cameraId}" changed: load the playlist again`);
    } finally {
      this.#waiting.delete(end);
      signal.removeEventListener('abort', leave);
    }
  }

  async #answerOf(
    camera: Camera,
    rest: readonly string[],
    query: URLSearchParams,
    signal: AbortSignal,
  ): Promise<Answer> {
    const [rungId = '', file = ''] = rest;
    if (rest.length === 1 && rungId === 'index.m3u8') return this.#multivariant(camera, signal);
    if (rest.length !== 2)
      return refuse(404, `nothing here: the playlist of this camera is /live/${camera.id}/index.m3u8`);
    const run = query.get('run');
    if (run !== null && run !== this.#deps.runOf(camera))
      return refuse(404, 'this address is from before the relay was restarted: load the playlist again');

    await this.#wait(camera, () => camera.rungs().length > 0, signal, FIRST_MEDIA_WAIT_MS);
    const rungs = camera.rungs();
    const found = rungs.find(({ rung }) => rung.id === rungId);
    if (rungs.length === 0) return noMedia(camera);
    if (found === undefined)
      return refuse(
        404,
        unknownOne(
          'rung',
          printable(rungId),
          rungs.map(({ rung }) => rung.id),
        ),
      );
    // Each request of a player wakes the rung anew, or keeps it awake.
    found.use()();
    if (file === 'media.m3u8') return this.#mediaPlaylist(camera, found, query, signal);
    return this.#mediaFile(found.timeline, file, signal);
  }

  async #multivariant(camera: Camera, signal: AbortSignal): Promise<Answer> {
    // Players read this once: a rung that is left out stays so.
    const ready = () => {
      const rungs = camera.rungs();
      return (
        rungs.length > 0 && rungs.every(({ rung, timeline }) => rung.asleep === true || hasSegment(timeline))
      );
    };
    await this.#wait(camera, ready, signal, FIRST_MEDIA_WAIT_MS);
    const variants = camera
      .rungs()
      .map(variantOf)
      .filter((variant) => variant !== undefined);
    return variants.length === 0
      ? noMedia(camera)
      : { kind: 'playlist', body: new PlaylistBody(renderMultivariantPlaylist(variants)), maxAgeS: 0 };
  }

  async #mediaPlaylist(
    camera: Camera,
    { rung, timeline }: RungMedia,
    query: URLSearchParams,
    signal: AbortSignal,
  ): Promise<Answer> {
    const directives = parseReload(query);
    if (typeof directives === 'string') return refuse(400, directives);
    if (!hasSegment(timeline)) {
      await this.#waitForPart(timeline, () => hasSegment(timeline), signal, FIRST_MEDIA_WAIT_MS);
      if (!hasSegment(timeline)) return noMedia(camera);
    }
    if (directives.target !== undefined) {
      const target = reloadTarget(timeline, directives.target);
      if (typeof target === 'string') return refuse(400, target);
      const ready = () => isListed(timeline, target);
      const waitMs = RELOAD_WAIT_TARGETS * timeline.targetDurationMs;
      if (!(await this.#waitForPart(timeline, ready, signal, waitMs)))
        return refuse(
          503,
          `camera "${camera.id}" made no new media in time (${camera.state().state}): try again`,
        );
    }
    const others = camera.rungs().filter((other) => other.rung.id !== rung.id);
    const targetS = timeline.targetDurationMs / 1000;
    return {
      kind: 'playlist',
      body: this.#playlists.body(timeline, {
        others,
        skip: directives.skip,
        run: this.#deps.runOf(camera),
      }),
      maxAgeS: directives.target === undefined ? Math.floor(targetS / 2) : BLOCKED_MAX_AGE_TARGETS * targetS,
    };
  }

  async #mediaFile(timeline: Timeline, file: string, signal: AbortSignal): Promise<Answer> {
    const initId = /^init-([a-z0-9-]+)\.mp4$/.exec(file)?.[1];
    const init = initId === undefined ? undefined : timeline.init(initId);
    if (init !== undefined) return media([init.bytes]);
    const serial = /^part-(\d{1,15})\.m4s$/.exec(file)?.[1];
    if (serial !== undefined) return this.#part(timeline, Number(serial), signal);
    const msn = /^seg-(\d{1,15})\.m4s$/.exec(file)?.[1];
    const segment = msn === undefined ? undefined : timeline.segment(Number(msn));
    if (segment?.closed === true) return media(segment.parts.map((part) => part.data));
    return refuse(404, 'no such file here, or no longer: load the playlist again');
  }

  /** The part after the newest one is the preload hint: asking for it waits for it (§4.4.5.3). */
  async #part(timeline: Timeline, serial: number, signal: AbortSignal): Promise<Answer> {
    if (serial === timeline.nextSerial) {
      const waitMs = RELOAD_WAIT_TARGETS * timeline.targetDurationMs;
      if (!(await this.#waitForPart(timeline, () => timeline.nextSerial > serial, signal, waitMs)))
        return refuse(503, 'this part was not made in time: try again');
    }
    const part = timeline.partBySerial(serial);
    if (part === undefined) return refuse(404, 'no such part, or no longer: load the playlist again');
    return media([part.data]);
  }

  #waitForPart(
    timeline: Timeline,
    ready: () => boolean,
    signal: AbortSignal,
    waitMs: number,
  ): Promise<boolean> {
    const { timers } = this.#deps;
    return waitFor({ ready, timers, waitMs, signal, subscribe: (changed) => timeline.onPart(changed) });
  }

  /** Waits for the camera's first media: hears of rungs by its state, of parts by their timelines. */
  #wait(camera: Camera, ready: () => boolean, signal: AbortSignal, waitMs: number): Promise<boolean> {
    const subscribe = (changed: () => void): Cancel => {
      const timelines = new Map<Timeline, Cancel>();
      const look = (): void => {
        for (const { timeline } of camera.rungs())
          if (!timelines.has(timeline)) timelines.set(timeline, timeline.onPart(changed));
        changed();
      };
      const cancelState = camera.onChange(look);
      look();
      return () => {
        cancelState();
        for (const cancel of timelines.values()) cancel();
      };
    };
    return waitFor({ ready, timers: this.#deps.timers, waitMs, signal, subscribe });
  }
}

function noMedia(camera: Camera): Answer {
  const { state, reason } = camera.state();
  return refuse(
    503,
    `camera "${camera.id}" has no pictures yet (${state})${reason === '' ? '' : `: ${reason}`}`,
  );
}

/** What a rung's largest segment has over its average, as encoded here. */
const PEAK = 1.5;

/** Of a rung that is made, as measured and not as configured: players choose by it, and encoders keep to their rate only on average. */
function variantOf({ rung, timeline }: RungMedia): Variant | undefined {
  const { width, height, fps, codecs, bitrateKbps } = rung;
  if (rung.asleep === true && codecs !== undefined) {
    const bandwidth = PEAK * bitrateKbps * 1000;
    const uri = `${rung.id}/media.m3u8`;
    return { uri, bandwidth, averageBandwidth: bitrateKbps * 1000, codecs, width, height, fps };
  }
  const newest = timeline.segments.at(-1);
  const init = newest === undefined ? undefined : timeline.init(newest.initId);
  const listed = listedSegments(timeline, playerListing(timeline)).map(({ segment }) => segment);
  const bandwidth = measuredBandwidth(listed, timeline.targetDurationMs);
  if (init === undefined || bandwidth === undefined || !hasSegment(timeline)) return undefined;
  return {
    uri: `${rung.id}/media.m3u8`,
    bandwidth: bandwidth.peak,
    averageBandwidth: bandwidth.average,
    codecs: init.codecs,
    width: init.width,
    height: init.height,
    ...(rung.fps > 0 ? { fps: rung.fps } : {}),
  };
}
