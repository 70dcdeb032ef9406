/**
 * hls.js settings per mode. The plan's low-latency and stability profiles, with the intent kept where an option
 * cannot do what was wanted; each deviation says why (sources: facts on hls.js 1.7.4, measured).
 */
import type { HlsConfig } from 'hls.js';
import { type EffectiveMode, MODE_TABLE } from '../../wire/modes.ts';

/** Settings that may change while the player runs: a mode change never rebuilds it. */
export interface LiveSettings {
  readonly lowLatencyMode: boolean;
  /** In seconds behind the playlist's edge. */
  readonly liveSyncDuration: number;
  readonly maxBufferLength: number;
  readonly maxMaxBufferLength: number;
}

/** Encoder, one part and the way to the mirror: how far the playlist's edge is behind the wall clock. */
const EDGE_AGE_MS = 100;
const MIN_SYNC_SEC = 0.1;

export function liveSettings(mode: EffectiveMode, targetMs: number): LiveSettings {
  const lowLatencyMode = MODE_TABLE[mode].lowLatency;
  return {
    lowLatencyMode,
    // The plan has liveSyncDurationCount 2 (and 5): a count means whole TARGETDURATIONs, at least 2 s. The
    // duration starts the player near the target; from there on the sync controller owns the latency.
    liveSyncDuration: Math.max(MIN_SYNC_SEC, (targetMs - EDGE_AGE_MS) / 1000),
    // The plan's 2 (low latency) and 10 (stable). At the live edge the playlist is the real limit.
    maxBufferLength: lowLatencyMode ? 2 : 10,
    // maxBufferLength is only a floor of what is kept; this is the ceiling, for a page that plays nothing (hidden).
    maxMaxBufferLength: 30,
  };
}

/** Everything else; the same in every mode. */
export function fixedSettings(workerUrl: string): Partial<HlsConfig> {
  return {
    enableWorker: workerUrl !== '',
    workerPath: workerUrl === '' ? null : workerUrl,
    startFragPrefetch: true,
    // One level behind local loaders: there is no bandwidth to test.
    testBandwidth: false,
    // Every stall would add up to 1 s of latency for ever.
    liveSyncOnStallIncrease: 0,
    // 1: hls.js never touches the rate, so that it has one owner.
    maxLiveSyncPlaybackRate: 1,
    // hls.js's own eviction breaks low latency; back-buffer.ts trims instead.
    backBufferLength: Number.POSITIVE_INFINITY,
    // Else the duration of the MediaSource is written for each part: the dearest call of the whole page (2.4 % of
    // a core for nine tiles, profiled).
    liveDurationInfinity: true,
    // The plan's liveMaxLatencyDurationCount 10 would seek behind the sync controller's back: left unlimited.
    // The plan's maxStarvationDelay 4 and maxLoadingDelay 4 are the defaults, and unread with one level.
  };
}
