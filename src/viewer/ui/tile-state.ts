/**
 * What a tile says about itself, from the relay's word on the camera and the engine's on the picture. Pure.
 * The picture wins over the word: a tile that still moves gets a chip, not a curtain; a tile that does not move
 * never looks live.
 */
import { CAMERA_STATE_WORDS, isDown, type StateWord, type Tone } from '../../extension/camera-words.ts';
import type { CameraState, CameraTelemetry } from '../../wire/protocol.ts';
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
  readonly telemetry: CameraTelemetry | undefined;
  /** The control link stands: the relay's word on the camera is current. */
  readonly connected: boolean;
  /** Turn the relay's and the engine's times into ms since the Unix epoch by our clock. */
  readonly fromRelayMs: (relayMs: number) => number;
  readonly fromMonotonicMs: (monotonicMs: number) => number;
}

export function tileModel(input: TileInput): TileModel {
  const { camera, tile } = input;
  const banner = bannerOf(input);
  const { word, tone } = wordOf(input, banner);
  return {
    name: camera.name,
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
      title: camera.state === 'frozen' ? 'Picture frozen' : 'Camera offline',
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
      return { kind: 'frozen', title: 'Picture frozen', detail, sinceMs, overPicture };
    case 'stale':
      return { kind: 'stale', title: 'No new picture', detail, sinceMs, overPicture };
    case 'decoder-stuck':
      return { kind: 'stuck', title: 'Player stuck', detail, sinceMs, overPicture };
    case 'no-media':
      return {
        kind: 'starting',
        title: 'No picture yet',
        detail: detail || camera.reason,
        sinceMs,
        overPicture,
      };
    case 'connecting':
      return overPicture
        ? { kind: 'stale', title: 'Reconnecting', detail, sinceMs, overPicture }
        : {
            kind: 'starting',
            title: 'Waiting for the first picture',
            detail: '',
            sinceMs: undefined,
            overPicture,
          };
  }
}

const BANNER_WORDS: Readonly<Record<TileBanner['kind'], StateWord>> = {
  frozen: { word: 'Frozen', tone: 'bad' },
  offline: { word: 'Offline', tone: 'bad' },
  stale: { word: 'Stale', tone: 'bad' },
  stuck: { word: 'Stuck', tone: 'bad' },
  starting: { word: 'Starting', tone: 'wait' },
  held: { word: 'Waiting', tone: 'wait' },
};

function wordOf({ camera, tile, connected }: TileInput, banner: TileBanner | undefined): StateWord {
  if (banner?.kind === 'starting' && !connected) return { word: 'No connection', tone: 'warn' };
  if (banner !== undefined) return BANNER_WORDS[banner.kind];
  if (tile?.phase === 'hidden') return { word: 'Paused', tone: 'wait' };
  if (tile?.phase === 'buffering') return { word: 'Catching up', tone: 'warn' };
  // Pictures move, so a camera that the relay calls starting is through.
  if (connected && camera.state !== 'starting' && camera.state !== 'live') {
    return CAMERA_STATE_WORDS[camera.state];
  }
  if (tile?.realtime === true) return { word: 'Real-time', tone: 'good' };
  if (tile?.inGroup === false) return { word: 'Out of step', tone: 'warn' };
  return CAMERA_STATE_WORDS.live;
}

function paceOf(tile: TileView | undefined, banner: TileBanner | undefined): string {
  if (tile === undefined || banner !== undefined) return '';
  if (tile.pictureMs !== undefined) return paceWords(tile.pictureMs);
  return tile.keyframesOnly === true ? 'Keyframes only' : '';
}

/** `1 picture per 2 s`, `1 picture per 1.5 s`, `2 pictures per second`. */
export function paceWords(pictureMs: number): string {
  const perSecond = 1000 / pictureMs;
  if (perSecond >= 1.5) return `${Math.round(perSecond)} pictures per second`;
  const seconds = Math.round(pictureMs / 100) / 10;
  return seconds === 1
    ? '1 picture per second'
    : `1 picture per ${seconds < 3 ? seconds : Math.round(seconds)} s`;
}

function detailsOf({ camera, tile, telemetry }: TileInput): [string, string][] {
  // Most telling first: a small tile has no room for all.
  const rows: [string, string][] = [];
  if (tile?.realtime === true) {
    rows.push(
      ['Latency', tile.latencyMs === undefined ? '–' : `about ${Math.round(tile.latencyMs)} ms`],
      ['Picture', `${tile.width} × ${tile.height}`],
      ['Frames', `${tile.frames.total}, ${tile.frames.dropped} dropped`],
      ['Way', 'WebRTC, not synchronised'],
    );
  } else if (tile !== undefined) {
    const { frames } = tile;
    rows.push(
      ['Latency', tile.latencyMs === undefined ? '–' : `${Math.round(tile.latencyMs)} ms`],
      ['To the wall', tile.offsetMs === undefined ? '–' : signedMs(tile.offsetMs)],
      ['Buffer', `${Math.round(tile.bufferMs)} ms`],
      ['Stalls', String(tile.stalls)],
      ['Picture', tile.width === 0 ? '–' : `${tile.width} × ${tile.height}`],
      ...(tile.stream === undefined ? [] : [['Stream', tile.stream] satisfies [string, string]]),
      ['Frames', `${frames.total}, ${frames.dropped} dropped`],
      ['Rate', `${tile.rate.toFixed(3)} ×`],
      ['Skipped parts', String(tile.skippedParts)],
    );
    if (tile.notRealtime !== undefined) rows.push(['Not real-time', tile.notRealtime]);
  }
  if (telemetry !== undefined) {
    rows.push(
      ['Speed', `${telemetry.fps.toFixed(1)} fps, ${telemetry.speed.toFixed(2)} ×`],
      ['Bit rate', `${Math.round(telemetry.bitrateKbps)} kbit/s`],
    );
  }
  rows.push(
    ['Restarts', String(camera.restarts)],
    ['Camera', camera.reason === '' ? camera.state : camera.reason],
  );
  if (camera.encoder !== undefined) rows.push(['Encoder', camera.encoder]);
  return rows;
}

/** `0.31 s`, `6.0 s`. */
export function secondsText(ms: number): string {
  return `${(ms / 1000).toFixed(ms < 2000 ? 2 : 1)} s`;
}

/** `+4 ms`, `−12 ms`, `0 ms`, `+1.3 s`. */
export function signedMs(ms: number): string {
  const rounded = Math.round(ms);
  const sign = rounded > 0 ? '+' : rounded < 0 ? '−' : '';
  const size = Math.abs(rounded);
  return size < 1000 ? `${sign}${size} ms` : `${sign}${(size / 1000).toFixed(1)} s`;
}

/** `offsetMs` is the picture against the wall's target, below 0 while the wall has yet to come to it. */
function waitWords(offsetMs: number | undefined): string {
  const seconds = Math.ceil(-(offsetMs ?? 0) / 1000);
  return seconds > 0 ? `Waiting ${seconds} s for the wall` : 'Waiting for the wall';
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
    return was && model.banner === undefined ? [`${model.name} is back.`] : [];
  });
  return { text: news.join(' '), stopped };
}
