/** The relay's connection in one word, one sentence and at most one action. Pure. */

import type { Tone } from '../extension/camera-words.ts';
import { REFUSAL_WORDS } from '../extension/link-ending.ts';
import { nameOf } from '../extension/pairings.ts';
import type { PairedRelay } from '../extension/settings.ts';
import type { RelayStatus } from '../extension/status.ts';
import { plural, text } from '../texts/text.ts';

export interface RelayLine {
  readonly word: string;
  readonly tone: Tone;
  readonly detail: string;
  readonly action: 'retry' | 'options' | undefined;
}

/** A paired relay and what the background knows of it. */
export interface KnownRelay {
  readonly paired: PairedRelay;
  readonly status: RelayStatus | undefined;
}

/** The head of the popup: the only relay's line, or a summary that names the relay that is not well. */
export function headLine(relays: readonly KnownRelay[], nowMs: number): RelayLine {
  const lines = relays.map((relay) => relayLine(relay.paired, relay.status, nowMs));
  const [first, ...others] = lines;
  if (first === undefined || others.length === 0) return first ?? relayLine(undefined, undefined, nowMs);
  const bad = lines.filter(({ tone }) => tone === 'bad');
  const [only] = bad;
  if (only !== undefined) {
    const word =
      bad.length === 1
        ? `${nameAt(relays, lines.indexOf(only))}: ${only.word}`
        : text('relaysLost', bad.length, lines.length);
    return { word, tone: 'bad', detail: '', action: undefined };
  }
  const waiting = lines.filter(({ tone }) => tone === 'wait').length;
  return waiting > 0
    ? {
        word: text('relaysConnecting', waiting, lines.length),
        tone: 'wait',
        detail: '',
        action: undefined,
      }
    : { word: plural('relaysWell', lines.length), tone: 'good', detail: '', action: undefined };
}

function nameAt(relays: readonly KnownRelay[], place: number): string {
  const relay = relays[place];
  return relay === undefined ? '' : nameOf(relay.paired);
}

export function relayLine(
  paired: PairedRelay | undefined,
  relay: RelayStatus | undefined,
  nowMs: number,
): RelayLine {
  if (paired === undefined) {
    return {
      word: text('notPaired'),
      tone: 'wait',
      detail: text('popupPairFirst'),
      action: 'options',
    };
  }
  switch (relay?.phase) {
    case 'open':
      return { word: relay.name, tone: 'good', detail: '', action: undefined };
    case 'waiting':
      return {
        word: text('relayUnreachable'),
        tone: 'bad',
        detail: withNextTry(relay, nowMs),
        action: 'retry',
      };
    case 'refused':
      return {
        word: text(REFUSAL_WORDS[relay.refusal ?? 'unauthorized']),
        tone: 'bad',
        detail: withNextTry(relay, nowMs),
        action: relay.refusal === 'version' ? 'retry' : 'options',
      };
    default:
      return { word: text('connecting'), tone: 'wait', detail: relay?.reason ?? '', action: undefined };
  }
}

function withNextTry({ reason, retryAtMs }: RelayStatus, nowMs: number): string {
  if (retryAtMs === undefined) return reason;
  return text('popupNextTry', reason, Math.max(0, Math.ceil((retryAtMs - nowMs) / 1000)));
}
