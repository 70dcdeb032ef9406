/**
 * Runs in a web page: one camera in an ordinary player with its defaults, and what is on the screen, frame by frame.
 * `?player=hls.js&url=…` or `?player=shaka&url=…`; the test that opened it reads and steers it through `rig`, and sets
 * `token` before, where the relay wants one.
 */
import Hls from 'hls.js';
import shaka from 'shaka-player';
import { StripReader } from '../../src/viewer/measure/strip.ts';
import { unwrapStripMs } from '../../src/wire/strip.ts';

/** As the player took it from the multivariant playlist. */
export interface PageVariant {
  readonly width: number;
  readonly height: number;
  readonly codecs: string;
  /** Bit/s. */
  readonly bandwidth: number;
  readonly fps: number;
}

export interface ShownFrame {
  readonly width: number;
  readonly height: number;
  /** When it went onto the screen: ms since the Unix epoch. */
  readonly shownMs: number;
  /** When the camera took it, by the strip in the picture: ms since the Unix epoch; null when not readable. */
  readonly takenMs: number | null;
  /** When it was taken by what the player makes of EXT-X-PROGRAM-DATE-TIME; null while the player does not know. */
  readonly datedMs: number | null;
}

/** Also on the page, as `rig`. */
export interface PlayerRig {
  readonly frames: readonly ShownFrame[];
  /** What the player could not get over. */
  readonly fatal: readonly string[];
  variants(): PageVariant[];
  /** Switches to the variant of this height, and stays with it. */
  choose(height: number): void;
}

interface Player extends Pick<PlayerRig, 'variants' | 'choose'> {
  date(): Date | null;
}

const fatal: string[] = [];
/** For `Authorization: Bearer`; never in an address. */
const { token } = globalThis as { token?: string };

function playWithHls(video: HTMLVideoElement, url: string): Player {
  const hls = new Hls(
    token === undefined
      ? {}
      : { xhrSetup: (request) => request.setRequestHeader('Authorization', `Bearer ${token}`) },
  );
  hls.on(Hls.Events.ERROR, (_event, { fatal: isFatal, details, error }) => {
    if (isFatal) fatal.push(`${details}: ${error.message}`);
  });
  hls.loadSource(url);
  hls.attachMedia(video);
  return {
    date: () => hls.playingDate,
    variants: () =>
      hls.levels.map(({ width, height, videoCodec = '', bitrate: bandwidth, frameRate: fps }) => ({
        ...{ width, height, codecs: videoCodec, bandwidth, fps },
      })),
    choose(height) {
      hls.nextLevel = hls.levels.findIndex((level) => level.height === height);
    },
  };
}

function playWithShaka(video: HTMLVideoElement, url: string): Player {
  const player = new shaka.Player();
  // A variant whose playlist came so late that all it knew of it is gone is put aside, for 30 s by default.
  player.configure('streaming.maxDisabledTime', 1);
  const fail = (error: unknown): void => {
    fatal.push(error instanceof Error ? String(error.stack) : JSON.stringify(error));
  };
  if (token !== undefined)
    player.getNetworkingEngine()?.registerRequestFilter((_type, request) => {
      request.headers.Authorization = `Bearer ${token}`;
    });
  // It also tells here what it retries, and that it gave a variant up, which none of ours may give reason for.
  player.addEventListener('error', (event: Event) => fail('detail' in event ? event.detail : event));
  player
    .attach(video)
    .then(() => player.load(url))
    .catch(fail);
  return {
    date: () => (player.isLive() ? player.getPlayheadTimeAsDate() : null),
    variants: () =>
      player.getVariantTracks().map(({ width, height, codecs, bandwidth, frameRate }) => ({
        ...{ width: width ?? 0, height: height ?? 0, codecs: codecs ?? '', bandwidth, fps: frameRate ?? 0 },
      })),
    choose(height) {
      player.configure('abr.enabled', false);
      const track = player.getVariantTracks().find((variant) => variant.height === height);
      if (track === undefined) fail(`no variant of ${height} lines`);
      else player.selectVariantTrack(track, true);
    },
  };
}

const query = new URLSearchParams(location.search);
const video = document.createElement('video');
video.muted = true;
video.autoplay = true;
document.body.append(video);
const play = query.get('player') === 'shaka' ? playWithShaka : playWithHls;
const player = play(video, query.get('url') ?? '');

const strip = new StripReader();
const frames: ShownFrame[] = [];
function follow(): void {
  video.requestVideoFrameCallback((_now, { width, height, mediaTime, expectedDisplayTime }) => {
    follow();
    const shownMs = Date.now() + expectedDisplayTime - performance.now();
    const value = strip.read(video);
    const takenMs = value === undefined ? null : unwrapStripMs(value, shownMs);
    // Players date the position, and Chromium shows pictures ahead of it where the buffer had run dry.
    const aheadMs = (mediaTime - video.currentTime) * 1000;
    const date = player.date();
    const datedMs = date === null ? null : date.getTime() + aheadMs;
    frames.push({ width, height, shownMs, takenMs, datedMs });
  });
}
follow();

const rig: PlayerRig = { frames, fatal, variants: player.variants, choose: player.choose };
Object.assign(globalThis, { rig });
