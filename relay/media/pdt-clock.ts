/**
 * Tells when media was taken: program date time (PDT) = origin + media time. Pure.
 *
 * The only evidence is when a frame arrives. ffmpeg writes it when the frame after it is encoded, so the arrival of a frame
 * is close to the capture time of the media that follows it: arrival − end of the frame ≈ origin + encoding time. Its end is
 * that of its presentation (decode time + composition offset + duration), since that is the order in which pictures were
 * taken: with B-frames a picture that others refer to is sent ahead of its turn and comes soonest after it was taken, and
 * the smallest value is its own. So a picture that is shown at media time t has the PDT origin + t with and without B-frames,
 * and cameras that use them are in step with those that do not. Everything that goes wrong on the way (scheduling, network, a burst) only adds to it,
 * so the smallest value of the last seconds is the best one and jitter cannot move it. The origin follows it,
 * because viewers play at the rate of the PDT. A smaller value proves that the origin was too late, most often
 * because the host was busy when the source began, and is followed quickly. That no small value comes any more
 * (a camera's clock drifts, a path got longer) proves less, and is followed slowly. A change too large for either is
 * a new epoch.
 *
 * Rungs of one process share a clock and ask at different moments for the same media: what was once said of a
 * moment of the media stays said, so that their segments begin at the same PDT while the origin follows (RFC 8216bis
 * §6.2.4: matching content has matching timestamps).
 */
import { MAX_PDT_STEP_MS } from '../../src/wire/timeline.ts';

/** Memory of the minimum. Camera clocks drift below 0.1 ms/s, so 10 s lose at most 1 ms. */
const WINDOW_MS = 10_000;
/** Longest wait for the first origin: a source that starts with a burst has caught up by then. */
export const SETTLE_MS = 300;
/**
 * So many parts in a row that come at their own pace show that the burst at the start is over, or that there is none.
 * One alone may have been held up in the middle of it.
 */
const CALM_PARTS = 2;
/** A part of a burst brings the origin forward by its whole length; at its own pace by no more than this share of it. */
const CALM_SHARE = 0.2;
/**
 * How fast the origin becomes earlier, in ms per ms of media: half of the 10 % by which a tile that is far off changes
 * its rate, and a step of 3 ms from part to part.
 */
const EARLIER_SLEW = 0.05;
/** How fast it becomes later: a hundred times any honest drift, a third of the 3 % by which a tile changes its rate. */
const LATER_SLEW = 0.01;
/** Encoders round media times, each rung in its own way; shorter than any picture. */
const ROUNDING_MS = 2;

interface Observation {
  readonly arrivalMs: number;
  readonly originMs: number;
}

/** Media before this time, and after the one before it, has this origin. */
interface Said {
  readonly untilMs: number;
  readonly originMs: number;
}

export type PdtVerdict =
  /** No origin yet: keep the part back. */
  | 'settling'
  | 'steady'
  /** The evidence is far from the origin: start a new epoch when you can, with {@link PdtClock.restart}. */
  | 'stepped';

export class PdtClock {
  /** Candidates for the minimum: origins rise from front to back, each later than the one before it. */
  readonly #window: Observation[] = [];
  #firstArrivalMs: number | undefined;
  /** Parts in a row, before the first origin, that came at their own pace. */
  #calm = 0;
  #mediaEndMs = 0;
  #originMs: number | undefined;
  /** Rising, one for each new end of the media. */
  #said: Said[] = [];
  #generation = 0;

  /** Counts the origins: where it changed, times before and after do not belong together. */
  get generation(): number {
    return this.#generation;
  }

  /**
   * Takes one part's evidence.
   * @param mediaEndMs end of the part in media time
   * @param arrivalMs media clock when its last byte arrived; never goes back
   */
  observe(mediaEndMs: number, arrivalMs: number): PdtVerdict {
    const beforeMs = this.#window[0]?.originMs ?? Number.POSITIVE_INFINITY;
    const targetMs = this.#minimum({ arrivalMs, originMs: arrivalMs - mediaEndMs });
    this.#firstArrivalMs ??= arrivalMs;
    // By the media and not by its arrival: after a pause several parts come at once, and one step would take it all.
    const newMs = Math.max(0, mediaEndMs - this.#mediaEndMs);
    this.#mediaEndMs += newMs;
    if (this.#originMs === undefined) {
      this.#calm = beforeMs - targetMs > newMs * CALM_SHARE ? 0 : this.#calm + 1;
      if (this.#calm < CALM_PARTS && arrivalMs - this.#firstArrivalMs < SETTLE_MS) return 'settling';
      this.#originMs = targetMs;
      this.#say();
      return 'steady';
    }
    const offMs = targetMs - this.#originMs;
    if (Math.abs(offMs) > MAX_PDT_STEP_MS) return 'stepped';
    this.#originMs += Math.max(-newMs * EARLIER_SLEW, Math.min(newMs * LATER_SLEW, offMs));
    this.#say();
    return 'steady';
  }

  /** Takes the newest evidence as the origin of a new epoch. */
  restart(): void {
    this.#generation += 1;
    this.#originMs = this.#window[0]?.originMs ?? this.#originMs;
    this.#said = [];
    this.#say();
  }

  /** The media times that follow have nothing to do with those before: what is known holds no longer. */
  forget(): void {
    this.#generation += 1;
    this.#window.length = 0;
    this.#firstArrivalMs = undefined;
    this.#calm = 0;
    this.#originMs = undefined;
    this.#said = [];
  }

  /** PDT in ms since the Unix epoch by the media clock, or undefined while settling. */
  pdtMs(mediaMs: number): number | undefined {
    let originMs = this.#originMs;
    // From the end, where it is asked for as a rule.
    for (let n = this.#said.length - 1; n >= 0; n -= 1) {
      const said = this.#said[n];
      if (said === undefined || mediaMs >= said.untilMs - ROUNDING_MS) break;
      originMs = said.originMs;
    }
    return originMs === undefined ? undefined : originMs + mediaMs;
  }

  /** Fixes the origin of the media up to here, as far as that is new. */
  #say(): void {
    const untilMs = this.#mediaEndMs;
    const originMs = this.#originMs;
    const saidMs = this.#said.at(-1)?.untilMs ?? Number.NEGATIVE_INFINITY;
    if (originMs === undefined || untilMs <= saidMs + ROUNDING_MS) return;
    while ((this.#said[0]?.untilMs ?? untilMs) <= untilMs - WINDOW_MS) this.#said.shift();
    this.#said.push({ untilMs, originMs });
  }

  /** Smallest origin of the window with `next` in it. */
  #minimum(next: Observation): number {
    const window = this.#window;
    while ((window.at(-1)?.originMs ?? Number.NEGATIVE_INFINITY) >= next.originMs) window.pop();
    while ((window[0]?.arrivalMs ?? next.arrivalMs) <= next.arrivalMs - WINDOW_MS) window.shift();
    window.push(next);
    return window[0]?.originMs ?? next.originMs;
  }
}
