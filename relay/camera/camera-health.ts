/**
 * The one state of a camera: starting · live · degraded · frozen · offline, with since when and why. Pure.
 *
 * What is seen here is whether media arrives. Restarting the encoder is relay/process; whether a picture that
 * arrives also moves is not known here.
 *
 *   starting ── media for 1 s ──► live ◄── keeps up ──── degraded
 *      │                           │ ──── too slow ────►   │
 *      │ process ended             │ process ended, or 3 s without media
 *      ▼                           ▼                       │
 *   offline ◄──── 30 s ──────── frozen ◄───────────────────┘
 *      └── media for 1 s ──► live  ◄── media for 1 s ── frozen
 */
import type { CameraStateName } from '../../src/wire/protocol.ts';

/** Without media for this long the picture counts as frozen. */
export const FROZEN_MS = 3_000;
/** Frozen for this long the camera counts as gone. */
export const OFFLINE_MS = 30_000;
/** Recovered means that media has been arriving for this long, so that a crash loop does not blink. */
export const VERIFY_MS = 1_000;
/** Media with holes larger than this does not count as arriving. */
const MAX_HOLE_MS = 1_000;

export interface Health {
  readonly state: CameraStateName;
  /** Wall clock. */
  readonly sinceMs: number;
  /** Empty while all is well. */
  readonly reason: string;
}

/** One moment on both clocks. */
export interface Moment {
  /** Monotonic: what durations are measured with. */
  readonly nowMs: number;
  /** Wall clock: what is told. */
  readonly wallMs: number;
}

export class CameraHealth {
  #health: Health;
  #mediaMs: number | undefined;
  #advancingSinceMs: number | undefined;
  #frozenSinceMs: number | undefined;
  /** Why the last process ended, until media flows again. */
  #endedReason: string | undefined;
  #slowReason: string | undefined;

  constructor(wallMs: number) {
    this.#health = { state: 'starting', sinceMs: wallMs, reason: '' };
  }

  get current(): Health {
    return this.#health;
  }

  /** A piece of media arrived. */
  media(at: Moment): Health {
    const holeMs = at.nowMs - (this.#mediaMs ?? Number.NEGATIVE_INFINITY);
    if (this.#advancingSinceMs === undefined || holeMs > MAX_HOLE_MS) this.#advancingSinceMs = at.nowMs;
    this.#mediaMs = at.nowMs;
    const verified = at.nowMs - this.#advancingSinceMs >= VERIFY_MS;
    if (!verified) return this.#health;
    this.#endedReason = undefined;
    this.#frozenSinceMs = undefined;
    return this.#settle(at);
  }

  /** The process is gone; `reason` says why and what happens next, for users. */
  ended(reason: string, at: Moment): Health {
    this.#advancingSinceMs = undefined;
    this.#endedReason = reason;
    if (this.#isShowing()) return this.#freeze(reason, at);
    if (this.#health.state === 'starting') return this.#set('offline', reason, at);
    return this.#set(this.#health.state, reason, at);
  }

  /** The encoder cannot keep up (`reason`), or can again (undefined). */
  slow(reason: string | undefined, at: Moment): Health {
    this.#slowReason = reason;
    return this.#isShowing() ? this.#settle(at) : this.#health;
  }

  /** Time passed. */
  tick(at: Moment): Health {
    if (this.#isShowing()) {
      const silentMs = at.nowMs - (this.#mediaMs ?? at.nowMs);
      if (silentMs < FROZEN_MS) return this.#health;
      this.#advancingSinceMs = undefined;
      return this.#freeze(`no picture for ${Math.floor(silentMs / 1000)} s`, at);
    }
    const { state, reason } = this.#health;
    if (state === 'frozen' && at.nowMs - (this.#frozenSinceMs ?? at.nowMs) >= OFFLINE_MS) {
      return this.#set('offline', this.#endedReason ?? reason, at);
    }
    return this.#health;
  }

  #isShowing(): boolean {
    return this.#health.state === 'live' || this.#health.state === 'degraded';
  }

  #freeze(reason: string, at: Moment): Health {
    this.#frozenSinceMs = at.nowMs;
    return this.#set('frozen', reason, at);
  }

  #settle(at: Moment): Health {
    return this.#slowReason === undefined
      ? this.#set('live', '', at)
      : this.#set('degraded', this.#slowReason, at);
  }

  #set(state: CameraStateName, reason: string, at: Moment): Health {
    if (state === this.#health.state && reason === this.#health.reason) return this.#health;
    const sinceMs = state === this.#health.state ? this.#health.sinceMs : at.wallMs;
    this.#health = { state, sinceMs, reason };
    return this.#health;
  }
}
