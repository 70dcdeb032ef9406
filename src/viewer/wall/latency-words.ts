/** Why the wall has the latency it has, in words a person understands, with the number that decided. Pure. */

import type { EffectiveMode } from '../../wire/modes.ts';
import { MODE_TABLE } from '../../wire/modes.ts';

export type LatencyReason =
  | { readonly kind: 'start' }
  | { readonly kind: 'far'; readonly rttMs: number }
  /** The browser's own word on the network, before anything was measured. */
  | { readonly kind: 'network'; readonly name: string }
  | { readonly kind: 'late'; readonly lateMs: number }
  /** What came late is over; the latency stays for a while. */
  | { readonly kind: 'held'; readonly lateMs: number; readonly heldMs: number }
  | { readonly kind: 'falling'; readonly lateMs: number }
  | { readonly kind: 'stalls'; readonly stalls: number; readonly withinMs: number }
  | { readonly kind: 'outages'; readonly times: number; readonly longestMs: number }
  /** The link carries less than the cameras send: no latency helps. */
  | { readonly kind: 'thin'; readonly carried: number };

export function reasonWords(reason: LatencyReason): string {
  switch (reason.kind) {
    case 'start':
      return 'starting, the link is being measured';
    case 'far':
      return `the relay is ${Math.round(reason.rttMs)} ms away, there and back`;
    case 'network':
      return `the browser calls the network ${reason.name}`;
    case 'late':
      return `pictures come up to ${secondsWords(reason.lateMs)} late`;
    case 'held':
      return `pictures come up to ${secondsWords(reason.lateMs)} late; kept for ${spanWords(reason.heldMs)} more, since less was too little`;
    case 'falling':
      return `pictures come only up to ${secondsWords(reason.lateMs)} late now, going down step by step`;
    case 'stalls':
      return `pictures ran out ${reason.stalls} times within ${Math.round(reason.withinMs / 1000)} s`;
    case 'outages':
      return `the link stood still ${reason.times} times lately, for up to ${secondsWords(reason.longestMs)}`;
    case 'thin':
      return `the link carries ${Math.round(reason.carried * 100)} % of the pictures: more delay would not help`;
  }
}

/** What a mode chosen by hand says, whose range may not reach as far as the link asks. */
export function choiceWords(mode: EffectiveMode, raised: LatencyReason | undefined, shortMs: number): string {
  if (shortMs > 0) {
    return `your choice; the link asks for ${secondsWords(shortMs)}, more than ${MODE_TABLE[mode].label} allows`;
  }
  return raised === undefined ? 'your choice' : `your choice; more than at first: ${reasonWords(raised)}`;
}

/** What a latency set by hand says. */
export function fixedWords(shortMs: number): string {
  return shortMs > 0 ? `you set it; the link asks for ${secondsWords(shortMs)}` : 'you set it';
}

/** `0.19 s`, `5.0 s`; never below zero. */
export function secondsWords(ms: number): string {
  return `${(Math.max(0, ms) / 1000).toFixed(ms < 1995 ? 2 : 1)} s`;
}

function spanWords(ms: number): string {
  return ms < 90_000
    ? `${Math.max(10, Math.ceil(ms / 10_000) * 10)} s`
    : `${Math.round(ms / 60_000)} minutes`;
}
