/**
 * hls.js settings. The plan's low-latency and stability profiles are met by one set: media come in as they arrive in
 * every mode, and how far behind a tile plays is the sync controller's business (sources: facts on hls.js 1.7.4, measured).
 *
 *   the plan                            here
 *   lowLatencyMode on / off             on: it only decides how playlists are asked for, there are no parts in ours
 *   liveSyncDurationCount 2 / 5         no meaning: the player begins with the first segment that it is told of
 *   liveMaxLatencyDurationCount 10      would seek behind the sync controller's back: unlimited
 *   maxBufferLength 2 / 10              above what any mode is behind: less would keep back what has arrived
 *   maxMaxBufferLength 30               the same
 *   maxStarvationDelay, maxLoadingDelay the defaults, and unread with one level
 */
import type { HlsConfig } from 'hls.js';
import { type EffectiveMode, HISTORY_MS, MODE_TABLE } from '../../wire/modes.ts';

/** A page that plays nothing (hidden) takes in this much and no more. */
const AHEAD_SEC = 30;
/** Where there are seconds of buffer, media are taken in twice a second: each piece costs the page the same. */
const LATER_PIECE_MS = 500;
/** Encoder, one part and the way to the mirror: how far its newest media are behind the wall clock. */
const EDGE_AGE_MS = 100;
const MIN_BEHIND_MS = 100;

/** How long a piece of media is waited for; 0: each part goes to the player as it comes. */
export const pieceMs = (mode: EffectiveMode): number => (MODE_TABLE[mode].lowLatency ? 0 : LATER_PIECE_MS);

/** How far behind the newest media a player begins, to be near the target; the sync controller does the rest. */
export const startBehindMs = (targetMs: number): number => Math.max(MIN_BEHIND_MS, targetMs - EDGE_AGE_MS);

export function playerSettings(workerUrl: string): Partial<HlsConfig> {
  const settings: Partial<HlsConfig> = {
    enableWorker: workerUrl !== '',
    workerPath: workerUrl === '' ? null : workerUrl,
    // Media of a request are taken in as they come.
    progressive: true,
    // Else the next playlist is asked for only after a time, and not at once.
    lowLatencyMode: true,
    startPosition: 0,
    startFragPrefetch: true,
    // One level behind local loaders: there is no bandwidth to test.
    testBandwidth: false,
    // 1: hls.js never touches the rate, so that it has one owner.
    maxLiveSyncPlaybackRate: 1,
    maxBufferLength: AHEAD_SEC,
    maxMaxBufferLength: AHEAD_SEC,
    // Enough that every mode can be reached by a seek back.
    backBufferLength: HISTORY_MS / 1000,
    // Else the duration of the MediaSource is written with each playlist: a dear call.
    liveDurationInfinity: true,
  };
  return Object.assign(settings, { toJSON: wholePieces });
}

/**
 * The settings as hls.js's worker gets them. Told of progressive media, the worker keeps each part back until the next one
 * is there, since a network may cut anywhere; ours come whole.
 */
function wholePieces(this: HlsConfig): object {
  return { ...this, progressive: false };
}
