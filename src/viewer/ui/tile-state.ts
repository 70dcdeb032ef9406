/**
 * What a tile says about itself, from the relay's word on the camera and the engine's on the picture. Pure.
 * The picture wins over the word: a tile that still moves gets a chip, not a curtain; a tile that does not move
 * never looks live.
 */

import { CAMERA_STATE_WORDS, isDown, type StateWord, type Tone } from '../../extension/camera-words.ts';
import { decimal, plural, text } from '../../texts/text.ts';
import type { CameraState, Rung } from '../../wire/protocol.ts';
import type { TileView } from '../wall/wall-view.ts';

export interface TileBanner {
  readonly kind: 'frozen' | 'stale' | 'offline' | 'stuck' | 'starting' | 'held';
  readonly title: string;
  readonly detail: string;
  /** Ms since the Unix epoch, our clock. */
  readonly sinceMs: number | undefined;
  /** An old picture stands behind it: it is drawn without colour. */
  readonly overPicture: boolean;
}

export interface TileModel {
  readonly name: string;
  /** Whose camera it is, where there are several relays; else empty. */
  readonly origin: string;
  readonly word: string;
  readonly tone: Tone;
  readonly banner: TileBanner | undefined;
  /** Worth announcing to someone who does not look: no new picture. */
  readonly alarming: boolean;
  /** How seldom a new picture comes, where that is so seldom that one sees it: `1 picture per 2 s`; else empty. */
  readonly pace: string;
  /** Why, in words; empty when nothing is known of it. */
  readonly paceReason: string;
  readonly latency: string;
  readonly offset: string;
  readonly details: readonly (readonly [label: string, value: string])[];
}

export interface TileInput {
  readonly camera: CameraState;
  readonly tile: TileView | undefined;
  /** See {@link TileModel.origin}. */
  readonly origin: string;
  /** The control link stands: the relay's word on the camera is current. */
  readonly connected: boolean;
  /** Turn the relay's and the engine's times into ms since the Unix epoch by our clock. */
  readonly fromRelayMs: (relayMs: number) => number;
  readonly fromMonotonicMs: (monotonicMs: number) => number;
}

export function tileModel(told: TileInput): TileModel {
  const { tile } = told;
  const camera = ofItsRung(told);
  const input = { ...told, camera };
  const banner = bannerOf(input);
  const { word, tone } = wordOf(input, banner);
  return {
    name: camera.name,
    origin: input.origin,
    word,
    tone,
    banner,
    alarming: banner !== undefined && banner.kind !== 'starting' && banner.kind !== 'held',
    pace: paceOf(tile, banner),
    paceReason: camera.encoder ?? '',
    latency: tile?.latencyMs === undefined ? '' : secondsText(tile.latencyMs),
    offset: tile?.offsetMs === undefined ? '' : signedMs(tile.offsetMs),
    details: detailsOf(input),
  };
}

/** That another rung of the camera is less than it should be is not said of a tile that does not show it. */
function ofItsRung({ camera, tile }: TileInput): CameraState {
  const { state, reason, rungs } = camera;
  if (state !== 'degraded' || playing(camera, tile)?.limit !== undefined) return camera;
  return rungs.some(({ limit }) => limit === reason) ? { ...camera, state: 'live', reason: '' } : camera;
}

const playing = ({ rungs }: CameraState, tile: TileView | undefined): Rung | undefined =>
  tile?.rung === undefined ? rungs[0] : rungs.find(({ id }) => id === tile.rung);

function bannerOf({
  camera,
  tile,
  connected,
  fromRelayMs,
  fromMonotonicMs,
}: TileInput): TileBanner | undefined {
  const phase = tile?.phase ?? 'connecting';
  const overPicture = (tile?.frames.total ?? 0) > 0;
  if (phase === 'playing' || phase === 'buffering' || phase === 'hidden') return undefined;
  if (connected && isDown(camera.state)) {
    return {
      kind: camera.state,
      title: camera.state === 'frozen' ? text('tilePictureFrozen') : text('tileCameraOffline'),
      detail: camera.reason,
      sinceMs: fromRelayMs(camera.sinceMs),
      overPicture,
    };
  }
  const sinceMs = tile === undefined ? undefined : fromMonotonicMs(tile.sinceMs);
  const detail = tile?.reason ?? '';
  switch (phase) {
    case 'held':
      // It stands on purpose, for seconds: the picture keeps its colours.
      return { kind: 'held', title: waitWords(tile?.offsetMs), detail: '', sinceMs, overPicture: false };
    case 'source-frozen':
      return { kind: 'frozen', title: text('tilePictureFrozen'), detail, sinceMs, overPicture };
    case 'stale':
      return { kind: 'stale', title: text('tileNoNewPicture'), detail, sinceMs, overPicture };
    case 'decoder-stuck':
      return { kind: 'stuck', title: text('tilePlayerStuck'), detail, sinceMs, overPicture };
    case 'no-media':
      return {
        kind: 'starting',
        title: text('tileNoPictureYet'),
        detail: detail || camera.reason,
        sinceMs,
        overPicture,
      };
    case 'connecting':
      return overPicture
        ? { kind: 'stale', title: text('tileReconnecting'), detail, sinceMs, overPicture }
        : {
            kind: 'starting',
            title: text('tileFirstPicture'),
            detail: '',
            sinceMs: undefined,
            overPicture,
          };
  }
}

const BANNER_WORDS: Readonly<Record<TileBanner['kind'], StateWord>> = {
  frozen: { word: text('stateFrozen'), tone: 'bad' },
  offline: { word: text('stateOffline'), tone: 'bad' },
  stale: { word: text('wordStale'), tone: 'bad' },
  stuck: { word: text('wordStuck'), tone: 'bad' },
  starting: { word: text('stateStarting'), tone: 'wait' },
  held: { word: text('wordWaiting'), tone: 'wait' },
};

function wordOf({ camera, tile, connected }: TileInput, banner: TileBanner | undefined): StateWord {
  if (banner?.kind === 'starting' && !connected) return { word: text('wordNoConnection'), tone: 'warn' };
  if (banner !== undefined) return BANNER_WORDS[banner.kind];
  if (tile?.phase === 'hidden') return { word: text('wordPaused'), tone: 'wait' };
  if (tile?.phase === 'buffering') return { word: text('wordCatchingUp'), tone: 'warn' };
  // Pictures move, so a camera that the relay calls starting is through.
  if (connected && camera.state !== 'starting' && camera.state !== 'live') {
    return CAMERA_STATE_WORDS[camera.state];
  }
  if (tile?.realtime === true) return { word: text('figuresRealtime'), tone: 'good' };
  if (tile?.inGroup === false) return { word: text('wordOutOfStep'), tone: 'warn' };
  return CAMERA_STATE_WORDS.live;
}

function paceOf(tile: TileView | undefined, banner: TileBanner | undefined): string {
  if (tile === undefined || banner !== undefined) return '';
  if (tile.pictureMs !== undefined) return paceWords(tile.pictureMs);
  return tile.keyframesOnly === true ? text('paceKeyframes') : '';
}

/** `1 picture per 2 s`, `1 picture per 1.5 s`, `2 pictures per second`. */
export function paceWords(pictureMs: number): string {
  const perSecond = 1000 / pictureMs;
  if (perSecond >= 1.5) return plural('pacePerSecond', Math.round(perSecond));
  const seconds = Math.round(pictureMs / 100) / 10;
  if (seconds === 1) return plural('pacePerSecond', 1);
  return text('paceEvery', decimal(seconds, seconds < 3 && !Number.isInteger(seconds) ? 1 : 0));
}

function detailsOf({ camera, tile }: TileInput): [string, string][] {
  // Most telling first: a small tile has no room for all.
  const rows: [string, string][] = [];
  if (tile?.realtime === true) {
    rows.push(
      [
        text('figureLatency'),
        tile.latencyMs === undefined ? '–' : text('figureAbout', Math.round(tile.latencyMs)),
      ],
      [text('figurePicture'), `${tile.width} × ${tile.height}`],
      [text('figureFrames'), text('figureDropped', tile.frames.total, tile.frames.dropped)],
      [text('figureWay'), text('figureWebRtc')],
    );
  } else if (tile !== undefined) {
    const { frames } = tile;
    rows.push(
      [text('figureLatency'), tile.latencyMs === undefined ? '–' : `${Math.round(tile.latencyMs)} ms`],
      [text('figureToWall'), tile.offsetMs === undefined ? '–' : signedMs(tile.offsetMs)],
      [text('figureBuffer'), `${Math.round(tile.bufferMs)} ms`],
      [text('figureStalls'), String(tile.stalls)],
      [text('figurePicture'), tile.width === 0 ? '–' : `${tile.width} × ${tile.height}`],
      ...(tile.stream === undefined ? [] : [[text('figureStream'), tile.stream] satisfies [string, string]]),
      [text('figureFrames'), text('figureDropped', frames.total, frames.dropped)],
      [text('figureRate'), `${decimal(tile.rate, 3)} ×`],
      [text('figureSkipped'), String(tile.skippedParts)],
    );
    if (tile.notRealtime !== undefined) rows.push([text('figureNotRealtime'), tile.notRealtime]);
  }
  rows.push(
    ...rungRows(camera, tile),
    [text('figureRestarts'), String(camera.restarts)],
    [text('figureCamera'), camera.reason === '' ? CAMERA_STATE_WORDS[camera.state].word : camera.reason],
  );
  if (camera.encoder !== undefined) rows.push([text('figureEncoder'), camera.encoder]);
  return rows;
}

/** Of the rung that plays: measured here where that is possible, else as the relay lists it. */
function rungRows(camera: CameraState, tile: TileView | undefined): [string, string][] {
  const rung = playing(camera, tile);
  if (tile === undefined || rung === undefined) return [];
  const { received, pictureMs } = tile;
  const fps = pictureMs === undefined ? rung.fps * Math.min(1, received?.speed ?? 1) : 1000 / pictureMs;
  const speed = received === undefined ? '' : `, ${decimal(received.speed, 2)} ×`;
  return [
    [text('figureSpeed'), `${decimal(fps, 1)} fps${speed}`],
    [text('figureBitRate'), `${Math.round(received?.bitrateKbps ?? rung.bitrateKbps)} kbit/s`],
  ];
}

/** `0.31 s`, `6.0 s`. */
export function secondsText(ms: number): string {
  return `${decimal(ms / 1000, ms < 2000 ? 2 : 1)} s`;
}

/** `+4 ms`, `−12 ms`, `0 ms`, `+1.3 s`. */
export function signedMs(ms: number): string {
  const rounded = Math.round(ms);
  const sign = rounded > 0 ? '+' : rounded < 0 ? '−' : '';
  const size = Math.abs(rounded);
  return size < 1000 ? `${sign}${size} ms` : `${sign}${decimal(size / 1000, 1)} s`;
}

/** `offsetMs` is the picture against the wall's target, below 0 while the wall has yet to come to it. */
function waitWords(offsetMs: number | undefined): string {
  const seconds = Math.ceil(-(offsetMs ?? 0) / 1000);
  return seconds > 0 ? text('tileWaitSeconds', seconds) : text('tileWait');
}

/**
 * What a screen reader says when tiles stop or come back; empty when nothing of that happened. Says nothing of a tile
 * that is held: it goes on by itself within seconds.
 * @param before ids of the tiles whose pictures had stopped
 */
export function announcement(
  before: ReadonlySet<string>,
  tiles: readonly { readonly id: string; readonly model: TileModel }[],
): { readonly text: string; readonly stopped: ReadonlySet<string> } {
  const stopped = new Set<string>();
  const news = tiles.flatMap(({ id, model }) => {
    const was = before.has(id);
    if (model.alarming || (was && model.banner !== undefined)) stopped.add(id);
    if (model.alarming && !was) return [`${model.name}: ${model.banner?.title ?? model.word}.`];
    return was && model.banner === undefined ? [text('tileBackAgain', model.name)] : [];
  });
  return { text: news.join(' '), stopped };
}
