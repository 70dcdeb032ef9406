/**
 * Runs the supervisor's state machine on a real process: gives it ticks and events, does what it asks for.
 * What the process is and what its output means is the caller's.
 */
import type { Cancel, Clock, Timers } from '../../src/wire/ports.ts';
import type { Ending } from './ending.ts';
import {
  HANG_MS,
  type SupervisorEffect,
  type SupervisorEvent,
  type SupervisorState,
  superviseStep,
} from './supervisor-machine.ts';
import { TickGuard } from './tick-guard.ts';

export const TICK_MS = 250;

/** A process that runs. Both calls reach its whole group and do nothing when it is gone. */
export interface Launched {
  terminate(): void;
  kill(): void;
}

export interface SupervisorDeps {
  /** Monotonic. */
  readonly clock: Clock;
  readonly timers: Timers;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** A running process without media for this long is killed. Default: 5 s. */
  readonly hangMs?: number;
  /** Asked when it would be killed for its silence, with how long that has lasted: true gives it more time. */
  readonly spare?: (silentMs: number) => boolean;
  /** Starts the process; `onEnded` is called once, never before this returns. */
  readonly launch: (onEnded: (ending: Ending) => void) => Launched;
  /**
   * Called after each change of the state's name, before the machine's next event.
   * `ended` is set when the change was caused by the process going away.
   */
  readonly onChange: (state: SupervisorState, ended: Ending | undefined) => void;
}

export class Supervisor {
  readonly #deps: SupervisorDeps;
  #state: SupervisorState = { name: 'stopped' };
  #child: Launched | undefined;
  #ticks: Cancel | undefined;
  /** Starts it again after a back-off. */
  #due: Cancel = () => undefined;
  #whenStopped: (() => void)[] = [];

  constructor(deps: SupervisorDeps) {
    this.#deps = deps;
  }

  get state(): SupervisorState {
    return this.#state;
  }

  start(): void {
    if (this.#ticks === undefined) {
      const guard = new TickGuard(TICK_MS, this.#deps.clock.now());
      this.#ticks = this.#deps.timers.every(TICK_MS, () => {
        this.#step({ type: 'tick', late: guard.late(this.#deps.clock.now()) || this.#spared });
      });
    }
    this.#step({ type: 'start' });
  }

  /** Resolves when the process is gone. */
  stop(): Promise<void> {
    return new Promise((resolve) => {
      this.#whenStopped.push(resolve);
      this.#step({ type: 'stop' });
      this.#settle();
    });
  }

  /** Replaces the process outside the back-off; `reason` is half a sentence. */
  restart(reason: string): void {
    this.#step({ type: 'restart', reason });
  }

  /** Tells that the process is not started yet, for a reason of ours: its deadline begins anew. */
  preparing(): void {
    this.#step({ type: 'preparing' });
  }

  /** Tells that media arrived from the process. */
  media(): void {
    this.#step({ type: 'media' });
  }

  /** Tells that the process delivers something unusable; `problem` is half a sentence. */
  fault(problem: string): void {
    this.#step({ type: 'fault', problem });
  }

  #step(event: SupervisorEvent): void {
    const { clock, random, hangMs } = this.#deps;
    const { state, effects } = superviseStep(this.#state, event, clock.now(), random, hangMs);
    const before = this.#state;
    this.#state = state;
    if (before.name !== state.name) this.#await(state);
    const ended = event.type === 'ended' ? event.ending : undefined;
    if (before.name !== state.name || ended !== undefined) this.#deps.onChange(state, ended);
    for (const effect of effects) this.#do(effect);
    this.#settle();
  }

  get #spared(): boolean {
    const { clock, spare, hangMs = HANG_MS } = this.#deps;
    if (this.#state.name !== 'running') return false;
    const silentMs = clock.now() - this.#state.mediaMs;
    return silentMs >= hangMs && spare?.(silentMs) === true;
  }

  /** To the moment, not to the next tick: somebody looks at a picture that stands. */
  #await(state: SupervisorState): void {
    this.#due();
    if (!('untilMs' in state)) return;
    const waitMs = Math.max(0, state.untilMs - this.#deps.clock.now());
    this.#due = this.#deps.timers.after(waitMs, () => this.#step({ type: 'tick', late: false }));
  }

  #do(effect: SupervisorEffect): void {
    if (effect === 'terminate') this.#child?.terminate();
    else if (effect === 'kill') this.#child?.kill();
    else {
      const child = this.#deps.launch((ending) => {
        if (this.#child !== child) return;
        this.#child = undefined;
        this.#step({ type: 'ended', ending });
      });
      this.#child = child;
    }
  }

  #settle(): void {
    if (this.#state.name !== 'stopped') return;
    this.#ticks?.();
    this.#ticks = undefined;
    const waiting = this.#whenStopped;
    this.#whenStopped = [];
    for (const resolve of waiting) resolve();
  }
}
