/**
 * Decides when a media process is started, given up, killed and started again. Pure: state, event and time in;
 * state and effects out. Spawning, signals and timers are the runner's (supervisor.ts).
 *
 *                       start                    media
 *   ┌─────────┐ ───────────────► ┌──────────┐ ─────────► ┌─────────┐
 *   │ stopped │                  │ starting │            │ running │
 *   └─────────┘ ◄─┐          ┌─► └──────────┘            └─────────┘
 *        ▲        │   due,   │     │ │   deadline,          │ │   silent, fault,
 *        │ stop   │ restart  │     │ │   fault, restart     │ │   restart, stop
 *        │        │          │     │ │   stop               │ │
 *   ┌─────────────┴──────────┴─┐   │ └────► ┌──────────┐ ◄──┘ │
 *   │ backing-off  ·  failed   │ ◄─┼────────│ stopping │      │
 *   └──────────────────────────┘   │ ended  └──────────┘      │
 *        ▲                         │           │ ended: also to stopped (after stop), starting (after restart)
 *        └─────────────────────────┴──────── ended ───────────┘
 *
 * `failed` is `backing-off` for endings that a quick retry cannot mend (program missing): retried slowly.
 * Nothing is ever given up. Deadlines are checked by ticks; a late tick says that this process itself was held
 * up (suspended host, blocked event loop), so one pass is skipped: the media may be waiting in our own pipes.
 */
import { fullJitterMs } from '../../src/wire/backoff.ts';
import { type Ending, isLasting } from './ending.ts';

/** A start without media by then counts as failed. */
export const START_DEADLINE_MS = 15_000;
/** A running process without media for this long is killed, where its owner knows no better. */
export const HANG_MS = 5_000;
/** SIGTERM to SIGKILL when the relay stops. */
export const STOP_GRACE_MS = 2_000;
/** SIGTERM to SIGKILL for a process that hangs or must be replaced: it is useless, and SIGTERM cannot reach a stopped one. */
export const REPLACE_GRACE_MS = 500;
/** A run this long clears the count of failures. */
export const HEALTHY_MS = 60_000;
/** After a run this long the first restart is at once: it was no crash loop, and somebody is watching. */
export const STEADY_MS = 10_000;
const BACKOFF = { baseMs: 500, capMs: 30_000 };
/** Full jitter never goes below this: a crash loop must not spin. */
const MIN_BACKOFF_MS = 250;
/** Pause between retries in `failed`. */
export const FAILED_RETRY_MS = 30_000;

export type SupervisorState =
  | { readonly name: 'stopped' }
  | { readonly name: 'starting'; readonly sinceMs: number; readonly failures: number }
  | {
      readonly name: 'running';
      readonly sinceMs: number;
      readonly mediaMs: number;
      readonly failures: number;
    }
  | {
      readonly name: 'stopping';
      /** When SIGKILL follows. */
      readonly killAtMs: number;
      readonly next: 'stopped' | 'starting' | 'backing-off';
      readonly failures: number;
      /** It had delivered for {@link STEADY_MS}. */
      readonly steady: boolean;
      /** Why we end it; undefined for a stop. */
      readonly ending: Ending | undefined;
    }
  | {
      readonly name: 'backing-off' | 'failed';
      readonly untilMs: number;
      readonly failures: number;
      readonly ending: Ending;
    };

export type SupervisorEvent =
  | { readonly type: 'start' }
  | { readonly type: 'stop' }
  /** Replace the process at once, outside the back-off. */
  | { readonly type: 'restart'; readonly reason: string }
  /** It is not the process that is waited for: something has to be found out before it can start. */
  | { readonly type: 'preparing' }
  /** A complete piece of media arrived. */
  | { readonly type: 'media' }
  /** The process delivers something unusable. */
  | { readonly type: 'fault'; readonly problem: string }
  /** The process is gone. */
  | { readonly type: 'ended'; readonly ending: Ending }
  | { readonly type: 'tick'; readonly late: boolean };

export type SupervisorEffect = 'spawn' | 'terminate' | 'kill';

export interface SupervisorStep {
  readonly state: SupervisorState;
  readonly effects: readonly SupervisorEffect[];
}

type Live = Extract<SupervisorState, { name: 'starting' | 'running' }>;
type Waiting = Extract<SupervisorState, { name: 'backing-off' | 'failed' }>;
type Stopping = Extract<SupervisorState, { name: 'stopping' }>;

/**
 * @param nowMs monotonic
 * @param random uniform in [0, 1)
 * @param hangMs silence after which a running process hangs
 */
export function superviseStep(
  state: SupervisorState,
  event: SupervisorEvent,
  nowMs: number,
  random: () => number,
  hangMs = HANG_MS,
): SupervisorStep {
  switch (state.name) {
    case 'stopped':
      return event.type === 'start' ? spawn(0, nowMs) : stay(state);
    case 'starting':
    case 'running':
      return stepLive(state, event, nowMs, random, hangMs);
    case 'stopping':
      return stepStopping(state, event, nowMs, random);
    case 'backing-off':
    case 'failed':
      return stepWaiting(state, event, nowMs);
  }
}

function stepLive(
  state: Live,
  event: SupervisorEvent,
  nowMs: number,
  random: () => number,
  hangMs: number,
): SupervisorStep {
  switch (event.type) {
    case 'media': {
      const sinceMs = state.name === 'running' ? state.sinceMs : nowMs;
      return stay({ name: 'running', sinceMs, mediaMs: nowMs, failures: state.failures });
    }
    case 'preparing':
      return stay(state.name === 'starting' ? { ...state, sinceMs: nowMs } : state);
    case 'ended':
      return wait(event.ending, runOf(state, nowMs), nowMs, random);
    case 'fault':
      return replace(state, { kind: 'bad-output', problem: event.problem }, 'backing-off', nowMs);
    case 'restart':
      return replace(state, { kind: 'restarted', reason: event.reason }, 'starting', nowMs);
    case 'stop':
      return {
        state: {
          name: 'stopping',
          killAtMs: nowMs + STOP_GRACE_MS,
          next: 'stopped',
          failures: 0,
          steady: false,
          ending: undefined,
        },
        effects: ['terminate'],
      };
    case 'tick':
      return event.late ? stay(state) : checkDeadline(state, nowMs, hangMs);
    case 'start':
      return stay(state);
  }
}

function checkDeadline(state: Live, nowMs: number, hangMs: number): SupervisorStep {
  if (state.name === 'starting') {
    const waitedMs = nowMs - state.sinceMs;
    if (waitedMs < START_DEADLINE_MS) return stay(state);
    return replace(state, { kind: 'no-start', waitedMs }, 'backing-off', nowMs);
  }
  const silentMs = nowMs - state.mediaMs;
  if (silentMs < hangMs) return stay(state);
  const hung = replace(state, { kind: 'hung', silentMs }, 'backing-off', nowMs);
  // It hangs: no signal that it would have to take itself is worth waiting for.
  return { ...hung, effects: ['kill'] };
}

function stepStopping(
  state: Stopping,
  event: SupervisorEvent,
  nowMs: number,
  random: () => number,
): SupervisorStep {
  switch (event.type) {
    case 'ended':
      if (state.next === 'stopped') return stay({ name: 'stopped' });
      if (state.next === 'starting') return spawn(state.failures, nowMs);
      return wait(state.ending ?? event.ending, state, nowMs, random);
    case 'tick':
      if (nowMs < state.killAtMs) return stay(state);
      // Asked again each period: a process in uninterruptible sleep dies only when its I/O returns.
      return { state: { ...state, killAtMs: nowMs + STOP_GRACE_MS }, effects: ['kill'] };
    case 'stop':
      return stay({ ...state, next: 'stopped' });
    case 'start':
      return stay(state.next === 'stopped' ? { ...state, next: 'starting' } : state);
    case 'restart':
      return stay(state.next === 'stopped' ? state : { ...state, next: 'starting' });
    case 'preparing':
    case 'media':
    case 'fault':
      return stay(state);
  }
}

function stepWaiting(state: Waiting, event: SupervisorEvent, nowMs: number): SupervisorStep {
  switch (event.type) {
    case 'tick':
      return nowMs >= state.untilMs ? spawn(state.failures, nowMs) : stay(state);
    case 'restart':
      return spawn(state.failures, nowMs);
    case 'stop':
      return stay({ name: 'stopped' });
    case 'start':
    case 'preparing':
    case 'media':
    case 'fault':
    case 'ended':
      return stay(state);
  }
}

const stay = (state: SupervisorState): SupervisorStep => ({ state, effects: [] });

const spawn = (failures: number, nowMs: number): SupervisorStep => ({
  state: { name: 'starting', sinceMs: nowMs, failures },
  effects: ['spawn'],
});

/** What a run that ends tells of the next one. */
interface PastRun {
  /** Failures before it that still count. */
  readonly failures: number;
  readonly steady: boolean;
}

function runOf(state: Live, nowMs: number): PastRun {
  const ranMs = state.name === 'running' ? nowMs - state.sinceMs : 0;
  return { failures: ranMs >= HEALTHY_MS ? 0 : state.failures, steady: ranMs >= STEADY_MS };
}

function replace(state: Live, ending: Ending, next: Stopping['next'], nowMs: number): SupervisorStep {
  return {
    state: {
      name: 'stopping',
      killAtMs: nowMs + REPLACE_GRACE_MS,
      next,
      ...runOf(state, nowMs),
      ending,
    },
    effects: ['terminate'],
  };
}

function wait(
  ending: Ending,
  { failures, steady }: PastRun,
  nowMs: number,
  random: () => number,
): SupervisorStep {
  return stay({
    name: isLasting(ending) ? 'failed' : 'backing-off',
    untilMs: nowMs + pauseMs(ending, failures, steady, random),
    failures: failures + 1,
    ending,
  });
}

function pauseMs(ending: Ending, attempt: number, steady: boolean, random: () => number): number {
  if (isLasting(ending)) return FAILED_RETRY_MS;
  return steady ? 0 : Math.max(MIN_BACKOFF_MS, fullJitterMs(BACKOFF, attempt, random));
}
