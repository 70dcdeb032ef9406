/** Waits for something that is announced by events, with a bound: what blocking playlist reloads stand on. */
import type { Cancel, Timers } from '../../src/wire/ports.ts';

export interface WaitOptions {
  readonly ready: () => boolean;
  /** Registers a callback for every moment at which `ready` may have changed. */
  readonly subscribe: (changed: () => void) => Cancel;
  readonly timers: Timers;
  readonly waitMs: number;
  /** Ends the wait early, as when the client went away. */
  readonly signal: AbortSignal;
}

/** Resolves true as soon as `ready`, false after `waitMs` or when `signal` aborts. */
export function waitFor({ ready, subscribe, timers, waitMs, signal }: WaitOptions): Promise<boolean> {
  if (ready()) return Promise.resolve(true);
  if (signal.aborted) return Promise.resolve(false);
  return new Promise((resolve) => {
    const cancels: Cancel[] = [];
    const finish = (result: boolean): void => {
      for (const cancel of cancels) cancel();
      signal.removeEventListener('abort', giveUp);
      resolve(result);
    };
    const giveUp = (): void => finish(false);
    signal.addEventListener('abort', giveUp);
    cancels.push(
      timers.after(waitMs, giveUp),
      subscribe(() => {
        if (ready()) finish(true);
      }),
    );
  });
}
