/**
 * Which mode Auto runs: the lowest latency that the link holds, by a first simple rule. One step towards more
 * latency at once, one step back after a clean time that doubles on each relapse. Moving the target inside a mode
 * is left to wall-latency.ts. Pure; always able to say why.
 */
import { type EffectiveMode, MODE_ORDER, MODE_TABLE, modeLabel } from '../../wire/modes.ts';

export interface AutoSigns {
  /** Monotonic. */
  readonly nowMs: number;
  /** Stalls since the last call that late parts caused. */
  readonly lateStalls: number;
  /** The target cannot rise any more inside the mode. */
  readonly targetExhausted: boolean;
  /** How late parts come, relay's time of their last frame to arrival: nearly the worst of the last seconds; undefined without media. */
  readonly arrivalDelayMs: number | undefined;
  /** Round trip to the relay; undefined before the first pong. */
  readonly rttMs: number | undefined;
}

const STALLS = 2;
const STALLS_WITHIN_MS = 30_000;
const FIRST_HOLD_MS = 60_000;
const MAX_HOLD_MS = 600_000;
/** Falling back this soon after a step up is a relapse. */
const RELAPSE_MS = 60_000;
/** Appending, decoding and one part of play: what must be left of the target when a part has arrived. */
const MARGIN_MS = 100;
/** A round trip like a mobile link's: Ultra-Low would be left again within seconds. */
const SLOW_RTT_MS = 300;

export class AutoMode {
  #mode: EffectiveMode = 'ultra-low';
  #why = 'starting at the lowest latency';
  #stalledMs: number[] = [];
  #cleanSinceMs: number | undefined;
  #holdMs = FIRST_HOLD_MS;
  #steppedUpMs: number | undefined;
  #started = false;

  get mode(): EffectiveMode {
    return this.#mode;
  }

  get why(): string {
    return this.#why;
  }

  /** True when the mode changed. */
  step(signs: AutoSigns): boolean {
    const { nowMs, lateStalls, rttMs } = signs;
    this.#cleanSinceMs ??= nowMs;
    if (!this.#started && rttMs !== undefined) {
      this.#started = true;
      if (rttMs > SLOW_RTT_MS && this.#mode === 'ultra-low') {
        return this.#enter('balanced', `the relay is ${Math.round(rttMs)} ms away`, nowMs);
      }
    }
    for (let i = 0; i < lateStalls; i += 1) this.#stalledMs.push(nowMs);
    this.#stalledMs = this.#stalledMs.filter((atMs) => nowMs - atMs < STALLS_WITHIN_MS);
    if (lateStalls > 0) this.#cleanSinceMs = nowMs;
    return this.#down(signs) || this.#up(signs);
  }

  #down({ nowMs, arrivalDelayMs, targetExhausted }: AutoSigns): boolean {
    const slower = MODE_ORDER[MODE_ORDER.indexOf(this.#mode) + 1];
    if (slower === undefined) return false;
    const stalls = this.#stalledMs.length;
    const late = arrivalDelayMs !== undefined && arrivalDelayMs + MARGIN_MS > MODE_TABLE[this.#mode].maxMs;
    if (!late && !(stalls >= STALLS && targetExhausted)) return false;
    if (this.#steppedUpMs !== undefined && nowMs - this.#steppedUpMs < RELAPSE_MS) {
      this.#holdMs = Math.min(MAX_HOLD_MS, this.#holdMs * 2);
    }
    const why = late
      ? `media arrives up to ${seconds(arrivalDelayMs)} late`
      : `${stalls} stalls within ${STALLS_WITHIN_MS / 1000} s at the highest latency of ${modeLabel(this.#mode)}`;
    return this.#enter(slower, why, nowMs);
  }

  #up({ nowMs, arrivalDelayMs }: AutoSigns): boolean {
    const faster = MODE_ORDER[MODE_ORDER.indexOf(this.#mode) - 1];
    if (faster === undefined || arrivalDelayMs === undefined) return false;
    const cleanMs = nowMs - (this.#cleanSinceMs ?? nowMs);
    if (cleanMs < this.#holdMs || arrivalDelayMs + 2 * MARGIN_MS > MODE_TABLE[faster].maxMs) return false;
    this.#steppedUpMs = nowMs;
    return this.#enter(faster, `no stall for ${seconds(cleanMs)}`, nowMs);
  }

  #enter(mode: EffectiveMode, why: string, nowMs: number): boolean {
    this.#mode = mode;
    this.#why = why;
    this.#stalledMs = [];
    this.#cleanSinceMs = nowMs;
    return true;
  }
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
