import { describe, expect, it } from 'vitest';
import type { Ending } from '../../../../relay/process/ending.ts';
import {
  FAILED_RETRY_MS,
  HANG_MS,
  HEALTHY_MS,
  REPLACE_GRACE_MS,
  START_DEADLINE_MS,
  STEADY_MS,
  STOP_GRACE_MS,
  type SupervisorEvent,
  type SupervisorState,
  superviseStep,
} from '../../../../relay/process/supervisor-machine.ts';

const NOW = 1_000_000;
const CRASH: Ending = { kind: 'exit', code: 1 };
const MISSING: Ending = { kind: 'not-started', code: 'ENOENT', program: 'ffmpeg' };
const TICK: SupervisorEvent = { type: 'tick', late: false };
const step = (state: SupervisorState, event: SupervisorEvent, nowMs = NOW, random = 0.999) =>
  superviseStep(state, event, nowMs, () => random);

const starting = (over: { sinceMs?: number; failures?: number } = {}): SupervisorState => ({
  name: 'starting',
  sinceMs: NOW,
  failures: 0,
  ...over,
});
const running = (over: { sinceMs?: number; mediaMs?: number; failures?: number } = {}): SupervisorState => ({
  name: 'running',
  sinceMs: NOW,
  mediaMs: NOW,
  failures: 0,
  ...over,
});
const stopping = (
  next: 'stopped' | 'starting' | 'backing-off',
  ending?: Ending,
  steady = false,
): SupervisorState => ({
  name: 'stopping',
  killAtMs: NOW + 500,
  next,
  failures: 2,
  steady,
  ending,
});
const backingOff: SupervisorState = { name: 'backing-off', untilMs: NOW + 400, failures: 1, ending: CRASH };
const failed: SupervisorState = { name: 'failed', untilMs: NOW + 400, failures: 1, ending: MISSING };

describe('stopped', () => {
  it('spawns on start', () => {
    expect(step({ name: 'stopped' }, { type: 'start' })).toEqual({ state: starting(), effects: ['spawn'] });
  });

  it.each<SupervisorEvent>([{ type: 'stop' }, { type: 'restart', reason: 'x' }, { type: 'media' }, TICK])(
    'ignores $type',
    (event) => {
      expect(step({ name: 'stopped' }, event)).toEqual({ state: { name: 'stopped' }, effects: [] });
    },
  );
});

describe('starting', () => {
  it('runs with the first media', () => {
    expect(step(starting({ failures: 3 }), { type: 'media' }, NOW + 5).state).toEqual(
      running({ sinceMs: NOW + 5, mediaMs: NOW + 5, failures: 3 }),
    );
  });

  it('waits until its deadline and then replaces the process', () => {
    expect(step(starting(), TICK, NOW + START_DEADLINE_MS - 1).effects).toEqual([]);
    const { state, effects } = step(starting(), TICK, NOW + START_DEADLINE_MS);
    expect(effects).toEqual(['terminate']);
    expect(state).toMatchObject({ name: 'stopping', next: 'backing-off', ending: { kind: 'no-start' } });
  });

  it('backs off when the process ends', () => {
    const { state, effects } = step(starting(), { type: 'ended', ending: CRASH });
    expect(effects).toEqual([]);
    expect(state).toMatchObject({ name: 'backing-off', failures: 1, ending: CRASH });
  });

  it('fails when the program is missing, and tries again slowly', () => {
    const { state } = step(starting(), { type: 'ended', ending: MISSING });
    expect(state).toEqual({ name: 'failed', untilMs: NOW + FAILED_RETRY_MS, failures: 1, ending: MISSING });
  });
});

describe('running', () => {
  it('remembers when media last arrived and since when it runs', () => {
    expect(step(running(), { type: 'media' }, NOW + 70).state).toEqual(
      running({ sinceMs: NOW, mediaMs: NOW + 70 }),
    );
  });

  it('replaces a silent process after the hang time', () => {
    expect(step(running(), TICK, NOW + HANG_MS - 1).effects).toEqual([]);
    const { state, effects } = step(running(), TICK, NOW + HANG_MS);
    expect(effects).toEqual(['kill']);
    expect(state).toMatchObject({
      name: 'stopping',
      killAtMs: NOW + HANG_MS + REPLACE_GRACE_MS,
      next: 'backing-off',
      ending: { kind: 'hung', silentMs: HANG_MS },
    });
  });

  it('takes its owner’s word for how long silence may last', () => {
    const silentFor = (ms: number) => superviseStep(running(), TICK, NOW + ms, () => 0.5, 1_500).effects;
    expect(silentFor(1_499)).toEqual([]);
    expect(silentFor(1_500)).toEqual(['kill']);
  });

  it('judges nobody on a tick that came late itself', () => {
    expect(step(running(), { type: 'tick', late: true }, NOW + 60_000)).toEqual({
      state: running(),
      effects: [],
    });
  });

  it('replaces a process that delivers damaged media', () => {
    const { state, effects } = step(running(), { type: 'fault', problem: 'no media container' });
    expect(effects).toEqual(['terminate']);
    expect(state).toMatchObject({ name: 'stopping', next: 'backing-off', ending: { kind: 'bad-output' } });
  });

  it('replaces the process on request, without back-off', () => {
    const { state, effects } = step(running(), { type: 'restart', reason: 'asked' });
    expect(effects).toEqual(['terminate']);
    expect(state).toMatchObject({ name: 'stopping', next: 'starting' });
  });

  it('gives the process time to end on stop', () => {
    const { state, effects } = step(running(), { type: 'stop' });
    expect(effects).toEqual(['terminate']);
    expect(state).toMatchObject({ name: 'stopping', next: 'stopped', killAtMs: NOW + STOP_GRACE_MS });
  });

  it('restarts within 250 to 500 ms after the first failure', () => {
    const wait = (random: number): number => {
      const { state } = step(running(), { type: 'ended', ending: CRASH }, NOW, random);
      return 'untilMs' in state ? state.untilMs - NOW : Number.NaN;
    };
    expect(wait(0)).toBe(250);
    expect(wait(0.999)).toBeCloseTo(499.5);
  });

  it('doubles the wait with each failure up to 30 s', () => {
    const waits = [1, 2, 3, 5, 6, 20, 500].map((failures) => {
      const { state } = step(running({ failures }), { type: 'ended', ending: CRASH }, NOW, 0.999_999);
      return 'untilMs' in state ? Math.round(state.untilMs - NOW) : Number.NaN;
    });
    expect(waits).toEqual([1000, 2000, 4000, 16_000, 30_000, 30_000, 30_000]);
  });

  it('forgets earlier failures after a healthy run', () => {
    const at = (ranMs: number) =>
      step(running({ failures: 5 }), { type: 'ended', ending: CRASH }, NOW + ranMs).state;
    expect(at(HEALTHY_MS - 1)).toMatchObject({ failures: 6 });
    expect(at(HEALTHY_MS)).toMatchObject({ failures: 1 });
  });
});

describe('the wait', () => {
  const pauseMs = (state: SupervisorState): number => ('untilMs' in state ? state.untilMs : Number.NaN) - NOW;

  it('is left out after a run that was steady, while the failures still count', () => {
    const ended = (ranMs: number) =>
      step(running({ failures: 5, sinceMs: NOW - ranMs }), { type: 'ended', ending: CRASH }, NOW, 0.999_999)
        .state;
    expect(Math.round(pauseMs(ended(STEADY_MS - 1)))).toBe(16_000);
    expect(pauseMs(ended(STEADY_MS))).toBe(0);
    expect(ended(STEADY_MS)).toMatchObject({ failures: 6 });
  });

  it('is left out also when we ended the steady run', () => {
    const { state } = step(running({ failures: 5 }), TICK, NOW + STEADY_MS + HANG_MS);
    expect(state).toMatchObject({ name: 'stopping', steady: true });
    const hung: Ending = { kind: 'hung', silentMs: 5000 };
    const next = step(stopping('backing-off', hung, true), { type: 'ended', ending: CRASH }, NOW, 0.999_999);
    expect(pauseMs(next.state)).toBe(0);
  });
});

describe('stopping', () => {
  it('kills what did not end in time, and again while it is still there', () => {
    const state = stopping('stopped');
    expect(step(state, TICK, NOW + 499).effects).toEqual([]);
    const killed = step(state, TICK, NOW + 500);
    expect(killed.effects).toEqual(['kill']);
    expect(step(killed.state, TICK, NOW + 500 + STOP_GRACE_MS).effects).toEqual(['kill']);
  });

  it('kills also on a late tick: it does not judge by what it missed', () => {
    expect(step(stopping('backing-off'), { type: 'tick', late: true }, NOW + 9_000).effects).toEqual([
      'kill',
    ]);
  });

  it('is stopped when the process ended', () => {
    expect(step(stopping('stopped'), { type: 'ended', ending: CRASH }).state).toEqual({ name: 'stopped' });
  });

  it('spawns at once after a wanted restart and keeps the failures', () => {
    expect(step(stopping('starting'), { type: 'ended', ending: CRASH })).toEqual({
      state: starting({ failures: 2 }),
      effects: ['spawn'],
    });
  });

  it('backs off with the reason why we ended it, not with the signal it died of', () => {
    const hung: Ending = { kind: 'hung', silentMs: 5000 };
    const { state } = step(stopping('backing-off', hung), {
      type: 'ended',
      ending: { kind: 'signal', signal: 'SIGKILL' },
    });
    expect(state).toMatchObject({ name: 'backing-off', ending: hung, failures: 3 });
  });

  it('a stop wins over a restart under way, a start over a stop', () => {
    expect(step(stopping('starting'), { type: 'stop' }).state).toMatchObject({ next: 'stopped' });
    expect(step(stopping('stopped'), { type: 'start' }).state).toMatchObject({ next: 'starting' });
    expect(step(stopping('stopped'), { type: 'restart', reason: 'x' }).state).toMatchObject({
      next: 'stopped',
    });
    expect(step(stopping('backing-off'), { type: 'restart', reason: 'x' }).state).toMatchObject({
      next: 'starting',
    });
  });
});

describe.each([backingOff, failed])('$name', (state) => {
  it('spawns when its time has come, also on a late tick', () => {
    expect(step(state, TICK, NOW + 399)).toEqual({ state, effects: [] });
    const due = step(state, { type: 'tick', late: true }, NOW + 400);
    expect(due).toEqual({ state: starting({ sinceMs: NOW + 400, failures: 1 }), effects: ['spawn'] });
  });

  it('spawns at once on request', () => {
    expect(step(state, { type: 'restart', reason: 'asked' }).effects).toEqual(['spawn']);
  });

  it('stops without a process to wait for', () => {
    expect(step(state, { type: 'stop' })).toEqual({ state: { name: 'stopped' }, effects: [] });
  });
});
