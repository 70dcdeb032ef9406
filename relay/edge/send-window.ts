/**
 * Flow control of one media socket, as a pure policy in media time: may the next part go, must it wait, or is the
 * tile so far behind that parts should be left out? The parts themselves stay in the timeline; push.ts walks it.
 *
 * Why acknowledgements: Linux lets a socket's send buffer grow to megabytes, a dozen seconds of media on a 3G
 * link, while the socket's own queue reads 0. What is sent cannot be called back, so little is sent ahead.
 */

/**
 * Media that may be on its way unacknowledged. It only has to fill the link during one round trip: 2.5 times that still
 * catches up at 2.5 times real time. What is on its way cannot be left out any more when the viewer goes over to a smaller
 * rung on a link that became thin, and delays that. Longer walls may have more on the way (a quarter of their latency),
 * since they also ride out longer pauses of the browser's main thread.
 */
const ROUND_TRIPS = 2.5;
const MIN_IN_FLIGHT_MS = 500;
/** For a round trip of 600 ms, a bad mobile link; also while none is known. */
const ENOUGH_IN_FLIGHT_MS = 1500;

/**
 * A tile later than its target by this much gets parts left out. Leaving out costs pictures up to the next
 * keyframe, 1 s by default, so that a shorter delay is cheaper to sit out; half a second is for the round trip.
 */
const LATE_GRACE_MS = 1500;

/** Before parts are left out, what is on its way must be down to this: it delays whatever is sent next. */
const DRAINED_MS = 500;

export type Verdict = 'send' | 'wait' | 'skip';

export interface Backlog {
  /** Media between the next part to send and the newest one, both included. */
  readonly unsentMs: number;
  /** Whether there is a later place to go on from. */
  readonly canSkip: boolean;
}

export class SendWindow {
  #latencyMs: number;
  /** Durations of the parts sent and not acknowledged, oldest first. */
  readonly #inFlight: { readonly durationMs: number; readonly sentMs: number }[] = [];
  #inFlightMs = 0;
  #acknowledged = 0;
  /** The shortest time from a part to its acknowledgement. */
  #roundTripMs = Number.POSITIVE_INFINITY;
  /** How far behind the tile began, until it has caught up. */
  #beganBehindMs = 0;

  /** `latencyMs` is the tile's latency target. */
  constructor({ latencyMs }: { readonly latencyMs: number }) {
    this.#latencyMs = latencyMs;
  }

  get latencyMs(): number {
    return this.#latencyMs;
  }

  set latencyMs(ms: number) {
    this.#latencyMs = ms;
  }

  get unacknowledgedMs(): number {
    return this.#inFlightMs;
  }

  /**
   * Tells that sending starts this far behind the newest media. That backlog is no sign of a slow link: until the
   * tile has caught up, only what comes on top of it counts.
   */
  begin(unsentMs: number): void {
    this.#beganBehindMs = unsentMs;
  }

  decide({ unsentMs, canSkip }: Backlog): Verdict {
    const behindMs = unsentMs + this.#inFlightMs;
    if (behindMs <= this.#latencyMs + LATE_GRACE_MS) this.#beganBehindMs = 0;
    const late = behindMs > Math.max(this.#latencyMs, this.#beganBehindMs) + LATE_GRACE_MS;
    if (late && canSkip) return this.#inFlightMs > DRAINED_MS ? 'wait' : 'skip';
    return this.#inFlightMs < this.#mostInFlightMs ? 'send' : 'wait';
  }

  get #mostInFlightMs(): number {
    const tripsMs = Math.min(ENOUGH_IN_FLIGHT_MS, ROUND_TRIPS * this.#roundTripMs);
    return Math.max(MIN_IN_FLIGHT_MS, tripsMs, this.#latencyMs / 4);
  }

  /**
   * How far behind the newest media to go on after a skip: half the latency, so that the tile is neither late
   * again at the next hiccup nor stands still for a whole latency until its moment comes.
   */
  get resumeBehindMs(): number {
    return this.#latencyMs / 2;
  }

  /** @param nowMs monotonic */
  sent(durationMs: number, nowMs: number): void {
    this.#inFlight.push({ durationMs, sentMs: nowMs });
    this.#inFlightMs += durationMs;
  }

  /**
   * The viewer has received `parts` part frames in all. An older count changes nothing.
   * @returns false when that is more than were ever sent
   */
  acknowledge(parts: number, nowMs: number): boolean {
    if (parts > this.#acknowledged + this.#inFlight.length) return false;
    while (this.#acknowledged < parts) {
      this.#acknowledged += 1;
      const part = this.#inFlight.shift();
      if (part === undefined) break;
      this.#inFlightMs -= part.durationMs;
      this.#roundTripMs = Math.min(this.#roundTripMs, nowMs - part.sentMs);
    }
    // The sum of many fractions drifts; an empty window is exactly empty.
    if (this.#inFlight.length === 0) this.#inFlightMs = 0;
    return true;
  }
}
