/**
 * Keeps something that fails again and again from notifying each time: a few outages are told as they come, then one
 * sentence sums up what happened meanwhile, after a wait that grows as long as it goes on. Pure; the state is stored
 * with the notices, so that a background page that was killed in between does not start counting anew.
 */
import type { Flap } from '../extension/status.ts';

/** Outages of one camera that are told one by one. */
const FREE_OUTAGES = 3;
/** After this long without an outage the next one is a first one. */
export const CALM_MS = 10 * 60_000;
const FIRST_WAIT_MS = 5 * 60_000;
const MAX_WAIT_MS = 60 * 60_000;

export interface FlapSummary {
  /** Outages since the last word about it. */
  readonly count: number;
  readonly spanMs: number;
  /** Nothing more is told for this long. */
  readonly nextMs: number;
}

function waitMs(level: number): number {
  return Math.min(MAX_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(level, 10));
}

/**
 * Counts an outage.
 * @param nowMs ms since the Unix epoch
 * @returns whether it may be told at once
 */
export function noteOutage(before: Flap | undefined, nowMs: number): { flap: Flap; told: boolean } {
  if (before === undefined || isOver(before, nowMs)) {
    return { flap: { sinceMs: nowMs, lastMs: nowMs, count: 1, untold: 0, level: 0 }, told: true };
  }
  const flap = { ...before, lastMs: nowMs, count: before.count + 1 };
  if (flap.untilMs === undefined && flap.count <= FREE_OUTAGES) return { flap, told: true };
  const untold = flap.untold + 1;
  const sinceMs = flap.untold === 0 ? nowMs : flap.sinceMs;
  return {
    flap: { ...flap, untold, sinceMs, untilMs: flap.untilMs ?? nowMs + waitMs(flap.level) },
    told: false,
  };
}

/** What there is to say when a wait has ended; a wait in which nothing happened ends the matter (`flap` undefined). */
export function endOfWait(before: Flap, nowMs: number): { flap: Flap | undefined; summary?: FlapSummary } {
  if (before.untilMs === undefined || nowMs < before.untilMs) {
    return { flap: isOver(before, nowMs) ? undefined : before };
  }
  if (before.untold === 0) return { flap: undefined };
  const level = before.level + 1;
  const nextMs = waitMs(level);
  return {
    flap: { ...before, untold: 0, level, untilMs: nowMs + nextMs },
    summary: { count: before.untold, spanMs: nowMs - before.sinceMs, nextMs },
  };
}

function isOver({ untilMs, lastMs }: Flap, nowMs: number): boolean {
  return untilMs === undefined && nowMs - lastMs > CALM_MS;
}
