/** The relay's connection in one word, one sentence and at most one action. Pure. */

import type { Tone } from '../extension/camera-words.ts';
import type { PairedRelay } from '../extension/settings.ts';
import type { RelayStatus } from '../extension/status.ts';
import { text } from '../texts/text.ts';

export interface RelayLine {
  readonly word: string;
  readonly tone: Tone;
  readonly detail: string;
  readonly action: 'retry' | 'options' | undefined;
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
        word: relay.refusal === 'unauthorized' ? text('noLongerPaired') : text('updateNeeded'),
        tone: 'bad',
        detail: withNextTry(relay, nowMs),
        action: relay.refusal === 'unauthorized' ? 'options' : 'retry',
      };
    default:
      return { word: text('connecting'), tone: 'wait', detail: relay?.reason ?? '', action: undefined };
  }
}

function withNextTry({ reason, retryAtMs }: RelayStatus, nowMs: number): string {
  if (retryAtMs === undefined) return reason;
  return text('popupNextTry', reason, Math.max(0, Math.ceil((retryAtMs - nowMs) / 1000)));
}
