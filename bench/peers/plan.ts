/**
 * The client that was once planned, as a peer to beat: hls.js with one of two profiles, which the network decides; a
 * SyncManager that holds every tile to the first one's time; and a watch that reloads a tile that stands. Plays the
 * playlists that the naive page plays, and measures itself with the same meter.
 */
import Hls, { type HlsConfig } from 'hls.js';
import { asked, showGrid } from './grid.ts';

/** The plan's values. On one level without audio some of them decide nothing: hls.js reads them where it chooses levels. */
const PROFILES = {
  'low-latency': { lowLatencyMode: true, maxBufferLength: 2, liveSyncDurationCount: 2 },
  stable: {
    lowLatencyMode: false,
    maxBufferLength: 10,
    maxMaxBufferLength: 30,
    liveSyncDurationCount: 5,
    liveMaxLatencyDurationCount: 10,
    maxStarvationDelay: 4,
    maxLoadingDelay: 4,
  },
} as const satisfies Record<string, Partial<HlsConfig>>;
type Profile = keyof typeof PROFILES;

const SYNC_EVERY_MS = 1_000;
const DEAD_BAND_SEC = 0.5;
const SLOWER = 0.95;
const FASTER = 1.05;
/** The plan says "far" and no number: what 5 % would take longer than half a minute for, as a few seconds of buffer allow it. */
const SEEK_FROM_SEC = 2;
const FROZEN_AFTER_MS = 3_000;
/** How often the network is judged, and what makes it a poor one: the plan leaves both open. */
const NETWORK_EVERY_MS = 5_000;
const POOR_RTT_MS = 300;
const POOR_KBPS = 1_500;

interface Tile {
  readonly camera: string;
  readonly video: HTMLVideoElement;
  hls: Hls;
  /** hls.js's estimate is a guess until then. */
  loaded: boolean;
  lastTime: number;
  movedAtMs: number;
}

/** What Chromium has of the Network Information API. */
type Connection = EventTarget & { readonly effectiveType: string };

const { connection } = navigator as Navigator & { readonly connection?: Connection };
const tiles: Tile[] = [];
let profile: Profile =
  connection === undefined || connection.effectiveType === '4g' ? 'low-latency' : 'stable';

showGrid((camera, video) => {
  tiles.push({ camera, video, ...begin(camera, video) });
});
setInterval(hold, SYNC_EVERY_MS);
setInterval(watch, SYNC_EVERY_MS);
setInterval(() => void judge(), NETWORK_EVERY_MS);
connection?.addEventListener('change', () => void judge());

function playlist(camera: string): string {
  return `${asked('playlists')}/${camera}/index.m3u8`;
}

function begin(camera: string, video: HTMLVideoElement): Omit<Tile, 'camera' | 'video'> {
  const hls = new Hls(PROFILES[profile]);
  hls.loadSource(playlist(camera));
  hls.attachMedia(video);
  hls.once(Hls.Events.FRAG_BUFFERED, () => {
    const tile = tiles.find((candidate) => candidate.hls === hls);
    if (tile !== undefined) tile.loaded = true;
  });
  document.body.dataset.profile = profile;
  return { hls, loaded: false, lastTime: 0, movedAtMs: performance.now() };
}

function reload(tile: Tile): void {
  tile.hls.destroy();
  Object.assign(tile, begin(tile.camera, tile.video));
}

/** The SyncManager: the first tile is the master, whatever it shows. */
function hold(): void {
  const [master, ...others] = tiles;
  for (const { hls, video } of others) {
    const behindSec =
      ((master?.hls.playingDate?.getTime() ?? NaN) - (hls.playingDate?.getTime() ?? NaN)) / 1000;
    const far = Math.abs(behindSec) > SEEK_FROM_SEC;
    if (far) video.currentTime += behindSec;
    const near = far || !(Math.abs(behindSec) > DEAD_BAND_SEC);
    video.playbackRate = near ? 1 : behindSec > 0 ? FASTER : SLOWER;
  }
}

function watch(): void {
  const nowMs = performance.now();
  for (const tile of tiles) {
    const { currentTime } = tile.video;
    if (currentTime !== tile.lastTime) Object.assign(tile, { lastTime: currentTime, movedAtMs: nowMs });
    else if (nowMs - tile.movedAtMs > FROZEN_AFTER_MS) reload(tile);
  }
}

/** Network detection: what the browser says of the network, the time of a small request, and what media came with. */
async function judge(): Promise<void> {
  const beganMs = performance.now();
  const answered = await fetch(playlist(asked('cameras').split(',')[0] ?? ''), { cache: 'no-store' }).then(
    ({ ok }) => ok,
    () => false,
  );
  const rttMs = answered ? performance.now() - beganMs : Infinity;
  const rates = tiles.filter(({ loaded }) => loaded).map(({ hls }) => hls.bandwidthEstimate / 1000);
  const poor =
    (connection !== undefined && connection.effectiveType !== '4g') ||
    rttMs > POOR_RTT_MS ||
    Math.min(...rates) < POOR_KBPS;
  const wanted: Profile = poor ? 'stable' : 'low-latency';
  if (wanted === profile) return;
  profile = wanted;
  for (const tile of tiles) reload(tile);
}
