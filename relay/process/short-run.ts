/**
 * A program that runs once, for an answer: a probe, a measurement. It ends by itself, when it was told enough, or
 * when its time is up; what it says is the caller's to read. Long-lived programs are the supervisor's.
 */
import type { Timers } from '../../src/wire/ports.ts';
import type { ChildEvents, ChildSpec, SpawnChild } from './child.ts';
import type { Ending } from './ending.ts';

export interface ShortRunDeps {
  readonly spawn: SpawnChild;
  readonly timers: Timers;
}

export interface ShortRun extends Partial<Omit<ChildEvents, 'onEnded'>> {
  readonly spec: ChildSpec;
  /** It is killed after this. */
  readonly limitMs: number;
  /** Kills it. */
  readonly signal?: AbortSignal | undefined;
}

export interface ShortRunEnd {
  readonly ending: Ending;
  /** It was killed because its time was up. */
  readonly late: boolean;
}

/**
 * Resolves when the program is gone.
 * @returns its end; a kill by `signal` ends it like any other
 */
export function runShort({ spawn, timers }: ShortRunDeps, run: ShortRun): Promise<ShortRunEnd> {
  return new Promise((resolve) => {
    let late = false;
    const child = spawn(run.spec, {
      onStdout: run.onStdout ?? ignore,
      onStderr: run.onStderr ?? ignore,
      onControl: run.onControl ?? ignore,
      onOutput: run.onOutput,
      onEnded: (ending) => {
        cancel();
        run.signal?.removeEventListener('abort', kill);
        resolve({ ending, late });
      },
    });
    const kill = (): void => child.signal('SIGKILL');
    const cancel = timers.after(run.limitMs, () => {
      late = true;
      kill();
    });
    if (run.signal?.aborted === true) kill();
    else run.signal?.addEventListener('abort', kill);
  });
}

const ignore = (): void => undefined;
