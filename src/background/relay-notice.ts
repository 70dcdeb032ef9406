/**
 * Decides what is told about a relay that is lost and comes back: once, after a time of grace, and the return replaces
 * it. Pure; freeze-notifier.ts puts it together with what is told about cameras.
 */
import type { Notices } from '../extension/status.ts';
import { type NotificationText, relayBack, relayLost } from './notice-texts.ts';

/** A restart of the relay takes 4 s, a browser that was asleep about as long to connect again. */
export const RELAY_GRACE_MS = 30_000;
/** An outage that is one of too many is told after all when it lasts this long. */
export const LASTING_MS = 60_000;

export interface RelayNow {
  readonly address: string;
  readonly name: string;
  readonly open: boolean;
  /** Why it is not open, in a sentence. */
  readonly reason: string;
  readonly refused: boolean;
}

export interface RelayNoticeContext {
  readonly nowMs: number;
  /** Notifications are switched off: what was said goes. */
  readonly off: boolean;
  /** Nothing holds notifications back. */
  readonly mayTell: boolean;
  /** Counts an outage against the limit; false: it is one of too many. */
  readonly isTold: () => boolean;
}

export interface RelayNoticeStep {
  readonly lost: Notices['lost'];
  /** What to say; `take`: what was said is no longer true, or no longer wanted. */
  readonly say: NotificationText | 'take' | undefined;
  readonly wakeAtMs: number | undefined;
}

export function stepRelay(
  before: Notices['lost'],
  { name, open, reason, refused }: RelayNow,
  { nowMs, off, mayTell, isTold }: RelayNoticeContext,
): RelayNoticeStep {
  const none = { say: undefined, wakeAtMs: undefined };
  if (open) {
    if (before?.shown !== 'own') return { ...none, lost: undefined };
    return { ...none, lost: undefined, say: mayTell ? relayBack(name, nowMs - before.sinceMs) : 'take' };
  }
  const { sinceMs, shown } = before ?? { sinceMs: nowMs, shown: 'held' as const };
  // Switched on again, it is news.
  if (off) return { ...none, lost: { sinceMs, shown: 'held' }, say: 'take' };
  if (shown === 'own' || !mayTell) return { ...none, lost: { sinceMs, shown } };
  const dueMs = sinceMs + (shown === 'limited' ? LASTING_MS : RELAY_GRACE_MS);
  if (nowMs < dueMs) return { ...none, lost: { sinceMs, shown }, wakeAtMs: dueMs };
  if (shown === 'held' && !isTold()) {
    return {
      ...none,
      lost: { sinceMs, shown: 'limited' },
      wakeAtMs: Math.max(nowMs + 1, sinceMs + LASTING_MS),
    };
  }
  return { ...none, lost: { sinceMs, shown: 'own' }, say: relayLost({ name, reason, refused }) };
}
