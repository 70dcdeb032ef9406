/** How good the way to the relay is, in four steps, with what each is made of. From our own signals; pure. */
import { LINK_STEPS, type LinkStep } from '../../wire/modes.ts';
import type { ArrivalSigns } from '../push/arrival-delay.ts';
import { secondsWords } from './latency-words.ts';

export interface LinkQuality {
  readonly step: LinkStep;
  /** In words, worst first: all that were measured, each with its number. */
  readonly causes: readonly string[];
}

export interface LinkSigns {
  readonly rttMs: number | undefined;
  /** Of the tiles that tell of the link. */
  readonly arrivals: readonly ArrivalSigns[];
  /** Parts that the relay left out because we were too slow, of all tiles within the last half minute. */
  readonly skippedParts: number;
  readonly outages: number;
}

/** Up to each of them it is still the step of that place; beyond the last it is poor. */
const RTT_MS = [20, 100, 300];
const JITTER_MS = [50, 200, 800];
const LOST_PERCENT = [1, 4, 10];
const SKIPPED = [0, 3, 30];
const OUTAGES = [0, 0, 1];

/** Undefined before anything was measured. */
export function linkQuality({ rttMs, arrivals, skippedParts, outages }: LinkSigns): LinkQuality | undefined {
  if (rttMs === undefined && arrivals.length === 0) return undefined;
  const found: { readonly at: number; readonly words: string }[] = [];
  const add = (value: number, limits: readonly number[], words: string): void => {
    const at = limits.findIndex((limit) => value <= limit);
    found.push({ at: at === -1 ? limits.length : at, words });
  };
  if (rttMs !== undefined) add(rttMs, RTT_MS, `round trip ${Math.max(1, Math.round(rttMs))} ms`);
  if (arrivals.length > 0) {
    const jitterMs = median(arrivals.map(({ lateMs, leastMs }) => lateMs - leastMs));
    add(jitterMs, JITTER_MS, `parts arrive up to ${secondsWords(jitterMs)} unevenly`);
    const lost = Math.round(100 * (1 - Math.min(1, median(arrivals.map(({ carried }) => carried)))));
    // A window of seconds begins and ends inside a part.
    add(
      lost,
      LOST_PERCENT,
      lost <= 1 ? 'all media come at their rate' : `${lost} % of the media do not come`,
    );
  }
  add(skippedParts, SKIPPED, skippedParts === 0 ? 'nothing skipped' : `${skippedParts} parts skipped`);
  if (outages > 0) add(outages, OUTAGES, `stood still ${outages === 1 ? 'once' : `${outages} times`}`);
  found.sort((a, b) => b.at - a.at);
  return { step: LINK_STEPS[found[0]?.at ?? 0] ?? 'poor', causes: found.map(({ words }) => words) };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? 0;
}
