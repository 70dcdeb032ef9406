/**
 * What the end of a control connection means, and when to try again. Only the relay's own words (a `refused` frame)
 * say that this browser has to pair again: a close code alone may come from a missed deadline or from something
 * between the two. Pure.
 */
import { text } from '../texts/text.ts';
import type { Backoff } from '../wire/backoff.ts';
import { CLOSE, type RelayMessageOf } from '../wire/protocol.ts';
import { secureAddress } from './relay-address.ts';

const RETRY: Backoff = { baseMs: 500, capMs: 15_000 };
/** A relay that said 1012 is expected back within seconds: a wall stands still until it is found. */
const RESTART_RETRY: Backoff = { baseMs: 250, capMs: 1_000 };
/** For so many attempts, which are some 10 s, one that said so is waited for like that; then it is gone like any other. */
export const RESTART_ATTEMPTS = 20;
/** The relay may be updated, or its certificate taken away, at any time; a look costs it one greeting. */
const CHANGED_RETRY: Backoff = { baseMs: 60_000, capMs: 60_000 };

export interface LinkEnding {
  /** Set when the user has to pair again (`tls`: at another address), or to update one side. */
  readonly refusal: 'unauthorized' | 'version' | 'tls' | undefined;
  /** A sentence with what to do. */
  readonly reason: string;
  /** Undefined: only the user can change it. */
  readonly retry: Backoff | undefined;
  /** The relay announced its end, so the failures before it mean nothing. */
  readonly expected?: true;
}

/** Keys of a word or three for chips and headings. */
export const REFUSAL_WORDS = {
  unauthorized: 'noLongerPaired',
  version: 'updateNeeded',
  tls: 'tlsOnly',
} as const satisfies Record<NonNullable<LinkEnding['refusal']>, string>;

export interface EndedConnection {
  readonly code: number;
  /** What the relay said before it closed. */
  readonly refused: RelayMessageOf<'refused'>['error'] | undefined;
  readonly wasOpen: boolean;
  /** It said that it would be back, not long ago, and has not been since. */
  readonly restarting: boolean;
  readonly address: string;
  /** What to look at when nothing answers there. */
  readonly advice: string;
}

export function endingOf({
  code,
  refused,
  wasOpen,
  restarting,
  address,
  advice,
}: EndedConnection): LinkEnding {
  if (refused?.code === 'bad-token') {
    return { refusal: 'unauthorized', reason: text('linkUnpaired'), retry: undefined };
  }
  if (refused?.code === 'version' || code === CLOSE.version) {
    return wrongVersion(refused?.message ?? text('versionNone'));
  }
  if (code === CLOSE.tls) {
    return { refusal: 'tls', reason: text('linkTls', secureAddress(address)), retry: CHANGED_RETRY };
  }
  if (code === CLOSE.restarting) {
    return { ...lost(text('linkRestarting')), retry: RESTART_RETRY, expected: true };
  }
  if (refused !== undefined) return lost(refused.message);
  if (code === CLOSE.slow) {
    return lost(text('linkSlow', address));
  }
  if (wasOpen) return lost(text('linkLost'));
  if (restarting) return { ...lost(text('linkRestarting')), retry: RESTART_RETRY };
  return lost(text('linkUnreachable', address, advice));
}

/** An ordinary loss: comes back by itself. */
export function lost(reason: string): LinkEnding {
  return { refusal: undefined, reason, retry: RETRY };
}

/** Until one side is updated, which may be the relay. */
export function wrongVersion(reason: string): LinkEnding {
  return { refusal: 'version', reason, retry: CHANGED_RETRY };
}

/** The stored address is of no use: the browser itself does not take it. */
export function unusableAddress(address: string): LinkEnding {
  return {
    refusal: 'unauthorized',
    reason: text('linkUnusable', address),
    retry: undefined,
  };
}
