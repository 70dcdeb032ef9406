/**
 * The narrow ports through which policies see time. Programs pass the real ones in their composition
 * root; unit tests pass a fake whose clock they move by hand. No policy touches a global clock.
 */

/** Ends something: a timer, a subscription. Calling it twice is harmless. */
export type Cancel = () => void;

/** A clock in milliseconds (`…Ms`). Say at each use whether it is monotonic or the wall clock. */
export interface Clock {
  /** Current time in ms, with fractions where the platform has them. */
  now(): number;
}

/** One-shot and repeating timers that return their own end. */
export interface Timers {
  /** Calls `run` once after `delayMs`. */
  after(delayMs: number, run: () => void): Cancel;
  /** Calls `run` every `periodMs`, first after one period. */
  every(periodMs: number, run: () => void): Cancel;
}

/** The platform's timers. Pass `unref` in the relay so that a pending timer never keeps the process alive. */
export function platformTimers(options: { unref?: boolean } = {}): Timers {
  const release = (handle: unknown): void => {
    if (options.unref === true && typeof handle === 'object' && handle !== null && 'unref' in handle) {
      (handle as { unref(): void }).unref();
    }
  };
  return {
    after(delayMs, run) {
      const handle = setTimeout(run, delayMs);
      release(handle);
      return () => clearTimeout(handle);
    },
    every(periodMs, run) {
      const handle = setInterval(run, periodMs);
      release(handle);
      return () => clearInterval(handle);
    },
  };
}

/** Monotonic milliseconds since an arbitrary start (never steps when the host's clock is set). */
export const monotonicClock: Clock = { now: () => performance.now() };

/**
 * Milliseconds since the Unix epoch that pass evenly: the host's clock as it was when this program started, carried on
 * by the monotonic one. Setting the host's clock changes nothing, so pictures are dated and placed by it. It stands
 * while the host sleeps; whoever compares two of these measures the offset (src/extension/clock-offset.ts).
 */
export const mediaClock: Clock = { now: () => startedMs + performance.now() };
const startedMs = performance.timeOrigin;

/** Milliseconds since the Unix epoch by the host's clock as it is set now: for what people read, never for media. */
export const wallClock: Clock = { now: () => Date.now() };
