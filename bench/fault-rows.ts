/** From what the page recorded of a fault to the figures. Pure: breaking things and watching is left to faults.ts. */

import type { FaultRecord, Gap } from '../rig/fault-recorder.ts';
import { type Bar, barChart } from '../rig/output.ts';
import { type Summary, summarise } from '../src/viewer/measure/samples.ts';

export interface FaultSpec {
  readonly name: string;
  readonly target: 'ingest' | 'transcoder' | 'mediamtx';
  readonly signal: NodeJS.Signals;
  /** No event budget: the extension is to be told nothing, since no camera is in trouble. */
  readonly budgetMs: FaultBudget;
}

interface FaultBudget {
  readonly event: number | null;
  readonly moving: number;
}

export const FAULTS: readonly FaultSpec[] = [
  { name: 'ingest-kill', target: 'ingest', signal: 'SIGKILL', budgetMs: { event: 1_500, moving: 1_500 } },
  { name: 'ingest-stop', target: 'ingest', signal: 'SIGSTOP', budgetMs: { event: 4_000, moving: 3_000 } },
  {
    name: 'transcoder-kill',
    target: 'transcoder',
    signal: 'SIGKILL',
    budgetMs: { event: null, moving: 1_500 },
  },
  {
    name: 'transcoder-stop',
    target: 'transcoder',
    signal: 'SIGSTOP',
    budgetMs: { event: null, moving: 3_000 },
  },
  { name: 'mediamtx-kill', target: 'mediamtx', signal: 'SIGKILL', budgetMs: { event: null, moving: 1_500 } },
  { name: 'mediamtx-stop', target: 'mediamtx', signal: 'SIGSTOP', budgetMs: { event: null, moving: 1_500 } },
];

/** The pictures move again when they have come this long without an interruption. */
const MOVING_FOR_MS = 1_500;
/** A picture of a victim that is late by less was no interruption. */
const INTERRUPTED_MS = 250;
/** A stall by the meter's rule at 30 pictures a second: the mean and 150 ms. Nothing of the kind may happen to others. */
const STALL_MS = 183;
/** A fault that a victim's pictures have not felt by then, they will not feel. */
const FELT_WITHIN_MS = 15_000;

/** What was broken, and which cameras that concerns. Known before, never found out by who suffered. */
export interface Injected {
  readonly atMs: number;
  readonly victims: readonly string[];
  readonly cameras: readonly string[];
}

export interface FaultRun {
  readonly victims: readonly string[];
  /** Until the extension knew it of each victim; undefined when it never did. */
  readonly eventMs: number | undefined;
  /** Until a notification about a victim was up. */
  readonly notifiedMs: number | undefined;
  /** Until the end of the last interruption of a victim; 0 without one, undefined when it never ended. */
  readonly movingMs: number | undefined;
  readonly restarts: number;
  readonly otherTilesStalls: number;
  /** Another rung of a victim was shown for a time. */
  readonly stoodIn: boolean;
  /** Cameras that are no victims and were called frozen or offline. */
  readonly falseAlarms: readonly string[];
  /** Times after the fault. */
  readonly raw: {
    readonly gaps: Readonly<Record<string, readonly Gap[]>>;
    /** Camera → lines of its pictures, one entry for each change. */
    readonly lines: FaultRecord['lines'];
    readonly events: Readonly<Record<string, number>>;
    readonly notified: Readonly<Record<string, number>>;
  };
}

/** One row of the JSON in docs/measuring.md. */
export interface FaultRow {
  readonly fault: string;
  readonly mediamtx: 'on' | 'off';
  readonly runs: number;
  /** Null when no run has a value; `n` below `runs` when some have none. */
  readonly eventMs: Summary | null;
  readonly notifiedMs: Summary | null;
  readonly movingMs: Summary | null;
  readonly restarts: number;
  readonly otherTilesStalls: number;
  /** Of the runs: those in which another rung of a victim was shown meanwhile. */
  readonly stoodIn: number;
  readonly falseAlarms: number;
  readonly budgetMs: FaultBudget;
  readonly withinBudget: boolean;
  readonly raw: readonly FaultRun[];
}

/** Whether all is as before: every victim moves, and the relay calls every camera live. */
export function recovered(record: FaultRecord, injected: Injected): boolean {
  const { victims, cameras, atMs } = injected;
  const felt = victims.some((victim) => interruptions(record, victim).length > 0);
  return (
    (felt || record.atMs - atMs > FELT_WITHIN_MS) &&
    victims.every(
      (victim) => record.atMs - (interruptions(record, victim).at(-1)?.endedMs ?? 0) > MOVING_FOR_MS,
    ) &&
    cameras.every((camera) => record.atMs - (record.lastMs[camera] ?? 0) < INTERRUPTED_MS) &&
    cameras.every((camera) => record.states[camera] === 'live')
  );
}

function interruptions(record: FaultRecord, camera: string): readonly Gap[] {
  return (record.gaps[camera] ?? []).filter(({ beganMs, endedMs }) => endedMs - beganMs > INTERRUPTED_MS);
}

/** @param ended false when it was given up */
export function toRun(record: FaultRecord, injected: Injected, restarts: number, ended: boolean): FaultRun {
  const { victims, cameras, atMs } = injected;
  const others = cameras.filter((camera) => !victims.includes(camera));
  const after = (times: Readonly<Record<string, number>>): Record<string, number> =>
    Object.fromEntries(Object.entries(times).map(([key, time]) => [key, time - atMs]));
  const gaps = Object.fromEntries(
    Object.entries(record.gaps).map(([camera, list]) => [
      camera,
      list.map(({ beganMs, endedMs }) => ({ beganMs: beganMs - atMs, endedMs: endedMs - atMs })),
    ]),
  );
  const events = after(record.events);
  const notified = after(record.notified);
  const eventTimes = victims.map((victim) => events[victim]);
  const about = Object.entries(notified).filter(([id]) => !others.some((other) => id.endsWith(`:${other}`)));
  return {
    victims,
    eventMs: eventTimes.some((time) => time === undefined)
      ? undefined
      : Math.max(...eventTimes.map((time) => time ?? 0)),
    notifiedMs: about.length === 0 ? undefined : Math.min(...about.map(([, time]) => time)),
    movingMs: ended
      ? Math.max(
          0,
          ...victims.map((victim) => (interruptions(record, victim).at(-1)?.endedMs ?? atMs) - atMs),
        )
      : undefined,
    restarts,
    otherTilesStalls: others.reduce((sum, other) => sum + stalls(record, other), 0),
    stoodIn: victims.some((victim) => (record.lines[victim]?.length ?? 0) > 1),
    falseAlarms: others.filter((other) => events[other] !== undefined),
    raw: { gaps, lines: record.lines, events, notified },
  };
}

/** Stalls of a tile that the fault does not concern; one that still lasts counts. */
function stalls(record: FaultRecord, camera: string): number {
  const ended = (record.gaps[camera] ?? []).filter(({ beganMs, endedMs }) => endedMs - beganMs > STALL_MS);
  return ended.length + (record.atMs - (record.lastMs[camera] ?? 0) > STALL_MS ? 1 : 0);
}

export function toRow(spec: FaultSpec, mediamtx: 'on' | 'off', runs: readonly FaultRun[]): FaultRow {
  const summary = (value: (run: FaultRun) => number | undefined): Summary | null =>
    summarise(runs.flatMap((run) => value(run) ?? [])) ?? null;
  const eventMs = summary((run) => run.eventMs);
  const movingMs = summary((run) => run.movingMs);
  const otherTilesStalls = runs.reduce((sum, run) => sum + run.otherTilesStalls, 0);
  const falseAlarms = runs.reduce((sum, run) => sum + run.falseAlarms.length, 0);
  // What never came is within no budget, unless it was not to come.
  const within = (value: Summary | null, budgetMs: number | null): boolean =>
    budgetMs === null ? value === null : value !== null && value.n === runs.length && value.max <= budgetMs;
  return {
    fault: spec.name,
    mediamtx,
    runs: runs.length,
    eventMs,
    notifiedMs: summary((run) => run.notifiedMs),
    movingMs,
    restarts: runs.reduce((sum, run) => sum + run.restarts, 0),
    otherTilesStalls,
    stoodIn: runs.filter((run) => run.stoodIn).length,
    falseAlarms,
    budgetMs: spec.budgetMs,
    withinBudget:
      runs.length > 0 &&
      within(eventMs, spec.budgetMs.event) &&
      within(movingMs, spec.budgetMs.moving) &&
      otherTilesStalls === 0 &&
      falseAlarms === 0,
    raw: runs,
  };
}

export function tableRow(row: FaultRow): Record<string, string | number> {
  const of = (value: Summary | null, key: 'p50' | 'max'): string | number =>
    value === null ? 'never' : value.n < row.runs ? `${value[key]} (${value.n} of ${row.runs})` : value[key];
  return {
    fault: row.fault,
    mediamtx: row.mediamtx,
    runs: row.runs,
    'event p50': of(row.eventMs, 'p50'),
    'event max': of(row.eventMs, 'max'),
    'notified max': of(row.notifiedMs, 'max'),
    'moving p50': of(row.movingMs, 'p50'),
    'moving max': of(row.movingMs, 'max'),
    'budget event/moving': `${row.budgetMs.event ?? 'none'}/${row.budgetMs.moving}`,
    restarts: row.restarts,
    'others stalled': row.otherTilesStalls,
    'another rung meanwhile': row.stoodIn,
    'false alarms': row.falseAlarms,
    ok: row.withinBudget ? 'yes' : 'NO',
  };
}

export function chart(rows: readonly FaultRow[]): string {
  const bars = (value: (row: FaultRow) => Summary | null): Bar[] =>
    rows.flatMap((row) => {
      const longest = value(row)?.max;
      return longest === undefined
        ? []
        : [{ label: `lockstep: ${row.fault} (MediaMTX ${row.mediamtx})`, value: longest }];
    });
  return barChart('From the fault to the recovery, worst run', [
    { title: 'The extension knows', unit: 'ms', bars: bars((row) => row.eventMs) },
    { title: 'The picture moves again', unit: 'ms', bars: bars((row) => row.movingMs) },
  ]);
}
