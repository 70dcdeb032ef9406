/** Why the wall has the latency it has, in words a person understands, with the number that decided. Pure. */

import { modeLabel } from '../../texts/mode-words.ts';
import { decimal, plural, text } from '../../texts/text.ts';
import type { EffectiveMode } from '../../wire/modes.ts';

export type LatencyReason =
  | { readonly kind: 'start' }
  | { readonly kind: 'far'; readonly rttMs: number }
  /** The browser's own word on the network, before anything was measured. */
  | { readonly kind: 'network'; readonly name: string }
  /** `full`: for want of time of this computer, and not for the link. */
  | { readonly kind: 'late'; readonly lateMs: number; readonly full?: boolean }
  /** What came late is over; the latency stays for a while. */
  | { readonly kind: 'held'; readonly lateMs: number; readonly heldMs: number }
  | { readonly kind: 'falling'; readonly lateMs: number }
  /** This computer was full, and is no longer. */
  | { readonly kind: 'room' }
  | { readonly kind: 'stalls'; readonly stalls: number; readonly withinMs: number; readonly full?: boolean }
  | { readonly kind: 'outages'; readonly times: number; readonly longestMs: number }
  /** The link carries less than the cameras send: no latency helps. */
  | { readonly kind: 'thin'; readonly carried: number };

export function reasonWords(reason: LatencyReason): string {
  switch (reason.kind) {
    case 'start':
      return text('whyStart');
    case 'far':
      return text('whyFar', Math.round(reason.rttMs));
    case 'network':
      return text('whyNetwork', reason.name);
    case 'late':
      return caused(reason, text('whyLate', secondsWords(reason.lateMs)));
    case 'held':
      return text('whyHeld', secondsWords(reason.lateMs), spanWords(reason.heldMs));
    case 'falling':
      return text('whyFalling', secondsWords(reason.lateMs));
    case 'room':
      return text('whyRoom');
    case 'stalls':
      return caused(
        reason,
        reason.stalls === 1
          ? text('whyStall')
          : text('whyStalls', reason.stalls, Math.round(reason.withinMs / 1000)),
      );
    case 'outages':
      return text('whyOutages', reason.times, secondsWords(reason.longestMs));
    case 'thin':
      return text('whyThin', Math.round(reason.carried * 100));
  }
}

const caused = ({ full = false }: { readonly full?: boolean }, words: string): string =>
  full ? text('whyFull', words) : words;

/** What a mode chosen by hand says, whose range may not reach as far as the link asks. */
export function choiceWords(mode: EffectiveMode, raised: LatencyReason | undefined, shortMs: number): string {
  if (shortMs > 0) {
    return text('whyChoiceShort', secondsWords(shortMs), modeLabel(mode));
  }
  return raised === undefined ? text('whyChoice') : text('whyChoiceRaised', reasonWords(raised));
}

/** What a latency set by hand says. */
export function fixedWords(shortMs: number): string {
  return shortMs > 0 ? text('whyFixedShort', secondsWords(shortMs)) : text('whyFixed');
}

/** `0.19 s`, `5.0 s`; never below zero. */
export function secondsWords(ms: number): string {
  return `${decimal(Math.max(0, ms) / 1000, ms < 1995 ? 2 : 1)} s`;
}

function spanWords(ms: number): string {
  return ms < 90_000
    ? `${Math.max(10, Math.ceil(ms / 10_000) * 10)} s`
    : plural('minutes', Math.round(ms / 60_000));
}
