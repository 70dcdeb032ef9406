/**
 * What to do about a tile that does not play: one rung after the other, gentle first, then again from a rung that
 * does something, for ever and ever more slowly. Pure: the runner calls it a few times a second and carries out
 * what it answers.
 */
import type { TilePhase } from './tile-health.ts';

export type RecoveryAction =
  /** Seek by a hair: wakes a decoder that lost its place. */
  | 'nudge'
  /** Restart the player's loaders; picture and buffer stay. */
  | 'reload'
  /** Reopen the media socket. */
  | 'reconnect'
  /** A new player in the same element, under the last picture. */
  | 'rebuild';

interface Rung {
  /** Since the phase began. */
  readonly afterMs: number;
  readonly action: RecoveryAction;
}

/** Each class of trouble and what helps against it, in order. */
const LADDERS: Readonly<Partial<Record<TilePhase, readonly Rung[]>>> = {
  'decoder-stuck': [
    { afterMs: 500, action: 'nudge' },
    { afterMs: 1500, action: 'reload' },
    { afterMs: 3000, action: 'rebuild' },
  ],
  // The link reopens by itself when silent. The relay is not told: it watches the camera itself, and starts no
  // encoder anew on a viewer's word.
  stale: [
    { afterMs: 1000, action: 'reload' },
    { afterMs: 8000, action: 'reconnect' },
  ],
  'no-media': [{ afterMs: 8000, action: 'reconnect' }],
};

/** After the last rung: again, doubling from the first to the second. */
const REPEAT_MS = 4_000;
const MAX_REPEAT_MS = 30_000;
/** What repeats; a nudge that did not help will not. */
const REPEAT: Readonly<Partial<Record<TilePhase, RecoveryAction>>> = {
  'decoder-stuck': 'rebuild',
  stale: 'reconnect',
  'no-media': 'reconnect',
};
/**
 * On a computer that is full a picture stands for want of time, and each rung of the ladder makes the decoder begin anew:
 * two tiles of 1080p beside two busy loops stood for 4 s for that alone.
 */
const FULL_PATIENCE = 4;
/** Playing this long forgives what was. */
const FORGIVE_MS = 60_000;

export class RecoveryLadder {
  readonly #random: () => number;
  #phase: TilePhase = 'playing';
  #sinceMs = 0;
  #rung = 0;
  #repeats = 0;
  #nextRepeatMs = 0;
  #playingSinceMs: number | undefined;

  /** @param random between 0 (included) and 1, so that nine tiles do not climb in step */
  constructor(random: () => number) {
    this.#random = random;
  }

  /** @param full this computer is (host-pace.ts) */
  step({
    nowMs,
    phase,
    full = false,
  }: {
    readonly nowMs: number;
    readonly phase: TilePhase;
    readonly full?: boolean;
  }): RecoveryAction | undefined {
    this.#forgive(phase, nowMs);
    if (phase !== this.#phase) {
      this.#phase = phase;
      this.#sinceMs = nowMs;
      this.#rung = 0;
    }
    const ladder = LADDERS[phase];
    if (ladder === undefined) return undefined;
    const rung = ladder[this.#rung];
    if (rung !== undefined) {
      if (nowMs - this.#sinceMs < rung.afterMs * (full ? FULL_PATIENCE : 1)) return undefined;
      this.#rung += 1;
      if (this.#rung === ladder.length) this.#planRepeat(nowMs);
      return rung.action;
    }
    if (nowMs < this.#nextRepeatMs) return undefined;
    this.#planRepeat(nowMs);
    return REPEAT[phase];
  }

  /** Wait before a rebuild after a fatal error: at once the first time, then longer, never for ever. */
  fatalWaitMs(): number {
    const waitMs = this.#repeats === 0 ? 0 : this.#wait();
    this.#repeats += 1;
    return waitMs;
  }

  #planRepeat(nowMs: number): void {
    this.#nextRepeatMs = nowMs + this.#wait();
    this.#repeats += 1;
  }

  #wait(): number {
    const ceilingMs = Math.min(MAX_REPEAT_MS, REPEAT_MS * 2 ** Math.min(this.#repeats, 10));
    return ceilingMs * (0.5 + this.#random() / 2);
  }

  #forgive(phase: TilePhase, nowMs: number): void {
    if (phase !== 'playing') {
      this.#playingSinceMs = undefined;
      return;
    }
    this.#playingSinceMs ??= nowMs;
    if (nowMs - this.#playingSinceMs >= FORGIVE_MS) this.#repeats = 0;
  }
}
