/**
 * The law that keeps one tile on the wall's target: error in, playback rate or seek out. Pure; the runner
 * (sync-controller.ts) reads the tile and applies the answer.
 *
 * Proportional with a small integral term (a proportional law alone droops by a few ms when the camera's clock
 * runs faster or slower than ours). The figures are from design.md §7 unless a line says otherwise.
 */

export interface RateLawInput {
  /** Programme time wanted minus programme time shown: above 0 the tile is late and must speed up. */
  readonly errorMs: number;
  /** Time since the last call. */
  readonly elapsedMs: number;
  /** To the wanted picture on the player's timeline: less than the error where media before it were left out. */
  readonly aheadMs: number;
  readonly bufferAheadMs: number;
  readonly bufferBehindMs: number;
  /** The wall's latency: with a short one there is never much buffer, so "low" is lower. */
  readonly targetMs: number;
  /** The wanted programme time has no picture (between two epochs): keep the next one waiting for its time. */
  readonly inGap: boolean;
  /** Since the last seek; Infinity when there was none. */
  readonly sinceSeekMs: number;
}

export type RateAction =
  | { readonly kind: 'rate'; readonly rate: number }
  /** Keep the picture (rate 0) until its time has come. */
  | { readonly kind: 'hold' }
  /** Move the playhead by this much, already clamped to the buffer. */
  | { readonly kind: 'seek'; readonly byMs: number };

/** Inside it the rate is left alone: half of the media clock's own granularity in Chromium. */
const DEAD_BAND_MS = 4;
/** A correction, once begun, goes on to here: stopping at the edge would leave two tiles 8 ms apart. */
const CENTRED_MS = 1;
/** Error that asks for a rate of 1 ± 1; smaller is quicker and overshoots more. */
const TIME_CONSTANT_MS = 1000;
/**
 * A tile that has just begun is late by the time that its player took to load, on a busy host up to half a second.
 * It need not be gentle: nobody has followed its picture yet.
 */
const JOIN_TIME_CONSTANT_MS = 400;
const JOIN_LIMIT = 0.5;
const JOINED_MS = 20;
/** Share of the target that a tile which joins the wall keeps as its buffer. */
const JOIN_BUFFER = 0.6;
const FAR_MS = 100;
const FAR_LIMIT = 0.1;
const NEAR_LIMIT = 0.03;
const SEEK_MS = 700;
const SEEK_PERIOD_MS = 1500;
/** Clocks differ by less than 0.1 %; a larger integral would be winding up against something else. */
const INTEGRAL_LIMIT = 0.001;
/** Slow, so that it never fights the proportional term. */
const INTEGRAL_MS = 40_000;
/** Larger errors come from starts and seeks and say nothing about the clocks. */
const LEARN_MS = 10;
const LOW_BUFFER_MS = 100;
/** A catch-up seek stops this far before the end of the buffer, else it would stall at once. */
const SEEK_MARGIN_MS = 60;
/**
 * Less than what is wanted has come: a seek to the end of that would only run dry there, and the one that goes all the way
 * would have to wait for its turn, a second and a half behind the other tiles. What has not come by then comes too slowly.
 */
const SHORT_MS = 5000;
/** A hold ends this early: one control period later the picture is due. */
const HOLD_END_MS = 50;
const RATE_STEP = 0.001;
/** The learned rate is finer than a correction: 0.1 ms/s. */
const LEARNED_STEP = 0.0001;

const round = (value: number, step: number): number => Math.round(value / step) * step;
const clamp = (value: number, limit: number): number => Math.max(-limit, Math.min(limit, value));

/** What is buffered reaches the wanted picture. */
export function reaches({
  aheadMs,
  bufferAheadMs,
}: Pick<RateLawInput, 'aheadMs' | 'bufferAheadMs'>): boolean {
  return aheadMs <= bufferAheadMs - SEEK_MARGIN_MS;
}

export class RateLaw {
  #integral = 0;
  #holding = false;
  #correcting = false;
  #joining = false;
  #wasFar = false;
  /** For how long what has come has not reached the wanted picture. */
  #shortMs = 0;

  /** Nobody has followed the tile's picture until now: it is brought to the wall quickly. */
  begin(): void {
    this.#joining = true;
  }

  step(input: RateLawInput): RateAction {
    const { errorMs } = input;
    if (input.inGap || (this.#holding && errorMs < -HOLD_END_MS)) return this.#hold();
    this.#holding = false;
    this.#shortMs = errorMs < SEEK_MS || reaches(input) ? 0 : this.#shortMs + input.elapsedMs;
    const isFar = Math.abs(errorMs) > SEEK_MS;
    // What is left over by a seek that did not get there: the others are there, and nobody follows this one.
    if (this.#wasFar && !isFar) this.begin();
    this.#wasFar = isFar;
    if (isFar) {
      const action = this.#far(input);
      if (action !== undefined) return action;
    }
    return { kind: 'rate', rate: this.#rate(input) };
  }

  #hold(): RateAction {
    this.#holding = true;
    return { kind: 'hold' };
  }

  #far(input: RateLawInput): RateAction | undefined {
    const { errorMs, aheadMs, bufferAheadMs, bufferBehindMs, sinceSeekMs } = input;
    // Too early and nothing older to go back to (a tile that just joined): wait for the wall on this picture.
    if (errorMs < 0 && bufferBehindMs < -errorMs - SEEK_MS / 2) return this.#hold();
    if (sinceSeekMs < SEEK_PERIOD_MS) return undefined;
    if (errorMs > 0 && this.#shortMs > 0 && this.#shortMs < SHORT_MS) return undefined;
    const wayMs = errorMs > 0 ? aheadMs : errorMs;
    const byMs = Math.max(-bufferBehindMs, Math.min(wayMs, bufferAheadMs - SEEK_MARGIN_MS));
    // A seek that gains less than the rate would in one period is not worth its disturbance.
    if (Math.abs(byMs) < FAR_LIMIT * SEEK_PERIOD_MS || Math.sign(byMs) !== Math.sign(errorMs))
      return undefined;
    return { kind: 'seek', byMs };
  }

  #rate({ errorMs, elapsedMs, bufferAheadMs, targetMs }: RateLawInput): number {
    const offMs = Math.abs(errorMs);
    if (offMs < JOINED_MS) this.#joining = false;
    this.#correcting = offMs > (this.#correcting ? CENTRED_MS : DEAD_BAND_MS);
    if (!this.#correcting) return 1 + round(this.#integral, LEARNED_STEP);
    if (offMs < LEARN_MS) {
      const learned = this.#integral + (errorMs * elapsedMs) / (INTEGRAL_MS * TIME_CONSTANT_MS);
      this.#integral = clamp(learned, INTEGRAL_LIMIT);
    }
    // With little buffer a quick tile would run dry at the next late part.
    const quick = this.#joining && (errorMs < 0 || bufferAheadMs > targetMs * JOIN_BUFFER);
    const limit = quick ? JOIN_LIMIT : offMs > FAR_MS ? FAR_LIMIT : NEAR_LIMIT;
    const timeConstantMs = quick ? JOIN_TIME_CONSTANT_MS : TIME_CONSTANT_MS;
    const change = clamp(errorMs / timeConstantMs + this.#integral, limit);
    if (change > 0 && bufferAheadMs < Math.min(LOW_BUFFER_MS, targetMs / 4)) return 1;
    return 1 + round(change, RATE_STEP);
  }
}
