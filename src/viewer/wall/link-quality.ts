/** How good the way to the relay is, in four steps, with what each is made of. From our own signals; pure. */
import { decimal, plural, text } from '../../texts/text.ts';
import { LINK_STEPS, type LinkStep } from '../../wire/modes.ts';
import type { ArrivalSigns } from '../push/arrival-delay.ts';
import { secondsWords } from './latency-words.ts';
import type { LinkLoad } from './link-share.ts';

export interface LinkQuality {
  readonly step: LinkStep;
  /** In words, worst first: all that were measured, each with its number. */
  readonly causes: readonly string[];
  /** What all tiles receive, by the second and by the hour, in words. */
  readonly received: string;
  /** Even the smallest pictures are more than the link carries. */
  readonly tooSlow: boolean;
  /** This computer is: what comes late or not at all says nothing of the link meanwhile. */
  readonly computerFull: boolean;
}

export interface LinkSigns {
  readonly rttMs: number | undefined;
  /** Of the tiles that tell of the link. */
  readonly arrivals: readonly ArrivalSigns[];
  /** Parts that the relay left out because we were too slow, of all tiles within the last half minute. */
  readonly skippedParts: number;
  readonly outages: number;
  readonly load: LinkLoad;
  readonly full: boolean;
}

/** Up to each of them it is still the step of that place; beyond the last it is poor. */
const RTT_MS = [20, 100, 300];
const JITTER_MS = [50, 200, 800];
const LOST_PERCENT = [1, 4, 10];
const SKIPPED = [0, 3, 30];
const OUTAGES = [0, 0, 1];

/** Undefined before anything was measured. */
export function linkQuality({
  rttMs,
  arrivals,
  skippedParts,
  outages,
  load,
  full,
}: LinkSigns): LinkQuality | undefined {
  if (rttMs === undefined && arrivals.length === 0) return undefined;
  const found: { readonly at: number; readonly words: string }[] = [];
  if (full) found.push({ at: 0, words: text('causeFull') });
  const add = (value: number, limits: readonly number[], words: string): void => {
    const at = limits.findIndex((limit) => value <= limit);
    found.push({ at: full ? 0 : at === -1 ? limits.length : at, words });
  };
  if (rttMs !== undefined) add(rttMs, RTT_MS, text('causeRtt', Math.max(1, Math.round(rttMs))));
  if (arrivals.length > 0) {
    const jitterMs = median(arrivals.map(({ lateMs, leastMs }) => lateMs - leastMs));
    add(jitterMs, JITTER_MS, text('causeJitter', secondsWords(jitterMs)));
    const lost = Math.round(100 * (1 - Math.min(1, median(arrivals.map(({ carried }) => carried)))));
    // A window of seconds begins and ends inside a part.
    add(lost, LOST_PERCENT, lost <= 1 ? text('causeComplete') : text('causeLost', lost));
  }
  add(skippedParts, SKIPPED, skippedParts === 0 ? text('causeNoSkips') : text('causeSkips', skippedParts));
  if (outages > 0) add(outages, OUTAGES, plural('causeOutages', outages));
  found.push(loadWords(load));
  found.sort((a, b) => b.at - a.at);
  return {
    step: LINK_STEPS[found[0]?.at ?? 0] ?? 'poor',
    causes: found.map(({ words }) => words),
    received: receivedWords(load.rateKbps),
    tooSlow: load.tooThin,
    computerFull: full,
  };
}

/** Smaller pictures than wished are fair, and none that fit are poor. */
function loadWords({ rateKbps, carriesKbps, smaller, tooThin, limited, byHost }: LinkLoad): {
  at: number;
  words: string;
} {
  const used =
    carriesKbps === undefined
      ? receivedWords(rateKbps)
      : text('loadUsedOf', rateWords(rateKbps), rateWords(carriesKbps), dataWords(rateKbps));
  if (tooThin) return { at: 3, words: text('loadTooThin', used) };
  if (smaller === 0) return { at: 0, words: used };
  if (byHost) return { at: 0, words: plural('loadByHost', smaller, used) };
  return limited
    ? { at: 0, words: plural('loadLimited', smaller, used) }
    : { at: 2, words: plural('loadSmaller', smaller, used) };
}

const receivedWords = (kbps: number): string => text('loadUsed', rateWords(kbps), dataWords(kbps));

export function rateWords(kbps: number): string {
  return kbps < 950 ? `${Math.round(kbps / 10) * 10} kbit/s` : `${decimal(kbps / 1000, 1)} Mbit/s`;
}

function dataWords(kbps: number): string {
  const megabytes = (kbps * 3600) / 8000;
  return megabytes < 950 ? `${Math.round(megabytes / 10) * 10} MB` : `${decimal(megabytes / 1000, 1)} GB`;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? 0;
}
