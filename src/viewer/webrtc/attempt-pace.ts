/**
 * When a tile attempts something that may not work, and when it gives up: real-time media in place of push, or another
 * rung in place of the one that plays. Pure. "Off" means that it is not wanted, or that the rung is right.
 *
 *   off ─wanted→ connecting ─first picture→ playing
 *                   │ failed, or 3 s             │ failed, or no new picture for 0.5 to 1 s
 *                   └────────→ waiting ←─────────┘   10 s, doubling up to 5 min; anew after a good minute
 */

import { text } from '../../texts/text.ts';

/** Push plays on meanwhile, so this costs nothing but a wrong promise. */
export const CONNECT_WITHIN_MS = 3_000;
/**
 * So many frames that do not come are a stall, but never less or more than this. Push needs up to 0.8 s to show a
 * picture, and a tile whose MediaMTX died or hangs is to move again within 1.5 s.
 */
const STALLED_FRAMES = 8;
const SHORTEST_STALL_MS = 500;
const LONGEST_STALL_MS = 1_000;
const RETRY_MS = 10_000;
const MAX_RETRY_MS = 300_000;
const GOOD_MS = 60_000;

export type AttemptPhase = 'off' | 'connecting' | 'playing' | 'waiting';

export interface AttemptSigns {
  /** Monotonic. */
  readonly nowMs: number;
  /** The user, the mode, the relay and the camera's state all allow it. */
  readonly wanted: boolean;
  readonly hidden: boolean;
  /** Frames shown by the attempt under way; any counter that grows. */
  readonly frames: number;
  /** Frames per second that should come; undefined where that is not known. */
  readonly fps?: number | undefined;
  /** Why the attempt under way failed. */
  readonly failure: string | undefined;
}

export type AttemptAction =
  | { readonly do: 'start' }
  /** `reason` is half a sentence; empty when it is not wanted any more. */
  | { readonly do: 'stop'; readonly reason: string };

export class AttemptPace {
  #phase: AttemptPhase = 'off';
  #sinceMs = 0;
  #frames = 0;
  #movedMs = 0;
  #failures = 0;

  get phase(): AttemptPhase {
    return this.#phase;
  }

  /** The first picture is there. */
  playing(nowMs: number): void {
    this.#enter('playing', nowMs);
    this.#movedMs = nowMs;
  }

  step(signs: AttemptSigns): AttemptAction | undefined {
    const { nowMs, wanted } = signs;
    if (!wanted) return this.#off(nowMs);
    switch (this.#phase) {
      case 'off':
        return this.#start(nowMs);
      case 'waiting':
        return nowMs - this.#sinceMs >= this.#retryMs() ? this.#start(nowMs) : undefined;
      case 'connecting':
        return this.#connecting(signs);
      case 'playing':
        return this.#watch(signs);
    }
  }

  #off(nowMs: number): AttemptAction | undefined {
    const active = this.#phase === 'connecting' || this.#phase === 'playing';
    this.#failures = 0;
    this.#enter('off', nowMs);
    return active ? { do: 'stop', reason: '' } : undefined;
  }

  #start(nowMs: number): AttemptAction {
    this.#enter('connecting', nowMs);
    return { do: 'start' };
  }

  #connecting({ nowMs, failure }: AttemptSigns): AttemptAction | undefined {
    if (failure !== undefined) return this.#giveUp(nowMs, failure);
    return nowMs - this.#sinceMs < CONNECT_WITHIN_MS
      ? undefined
      : this.#giveUp(nowMs, text('realtimeBlocked', CONNECT_WITHIN_MS / 1000));
  }

  #watch({ nowMs, hidden, frames, fps = 0, failure }: AttemptSigns): AttemptAction | undefined {
    if (failure !== undefined) return this.#giveUp(nowMs, failure);
    // Browsers show no pictures in a hidden page: that says nothing about the link.
    if (hidden || frames !== this.#frames) this.#movedMs = nowMs;
    this.#frames = frames;
    if (nowMs - this.#sinceMs > GOOD_MS) this.#failures = 0;
    const stallMs = Math.max(SHORTEST_STALL_MS, Math.min(LONGEST_STALL_MS, (STALLED_FRAMES * 1000) / fps));
    return nowMs - this.#movedMs < stallMs ? undefined : this.#giveUp(nowMs, text('realtimeNoPicture'));
  }

  #giveUp(nowMs: number, reason: string): AttemptAction {
    this.#failures += 1;
    this.#enter('waiting', nowMs);
    return { do: 'stop', reason };
  }

  #retryMs(): number {
    return Math.min(MAX_RETRY_MS, RETRY_MS * 2 ** (this.#failures - 1));
  }

  #enter(phase: AttemptPhase, nowMs: number): void {
    this.#phase = phase;
    this.#sinceMs = nowMs;
  }
}
