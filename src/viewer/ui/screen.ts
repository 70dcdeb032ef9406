/** Which screen the wall shows: the tiles, or one clear statement of what is missing and what to do. Pure. */

import type { LinkStatus } from '../../extension/relay-link.ts';
import { text as words } from '../../texts/text.ts';

export type Screen =
  | { readonly show: 'loading' }
  /** Nothing is paired: how to get there. */
  | { readonly show: 'first-steps' }
  | { readonly show: 'tiles'; readonly warning: Warning | undefined }
  | {
      readonly show: 'message';
      readonly title: string;
      readonly text: string;
      readonly action: 'options' | 'retry' | undefined;
      readonly retryAtMs: number | undefined;
    };

/** Stands above tiles that keep their last picture. */
export interface Warning {
  readonly text: string;
  readonly action: 'options' | 'retry' | undefined;
  /** Ms since the Unix epoch. */
  readonly retryAtMs: number | undefined;
}

export interface ScreenInput {
  /** Undefined until the settings were read. */
  readonly paired: boolean | undefined;
  /** All that are paired. */
  readonly relays: readonly { readonly name: string; readonly link: LinkStatus }[];
  /** Of all of them. */
  readonly cameras: number;
}

const REFUSED = {
  unauthorized: 'wallUnpaired',
  version: 'wallNoFit',
  tls: 'wallTls',
} as const satisfies Record<NonNullable<LinkStatus['refusal']>, string>;

export function screenFor({ paired, relays, cameras }: ScreenInput): Screen {
  if (paired === undefined) return { show: 'loading' };
  if (!paired) return { show: 'first-steps' };
  const failed = relays.filter(({ link }) => isFailing(link));
  const told = failed.find(({ link }) => link.phase === 'refused') ?? failed[0] ?? relays[0];
  // Paired, and not asked yet.
  if (told === undefined) return { show: 'loading' };
  const { link } = told;
  const action = link.phase === 'refused' && link.refusal !== 'version' ? 'options' : 'retry';
  const failing = failed.length > 0;
  if (cameras > 0) {
    const reasons = failed.map((relay) =>
      relays.length === 1 ? relay.link.reason : `${relay.name}: ${relay.link.reason}`,
    );
    return {
      show: 'tiles',
      warning: failing ? { text: reasons.join(' '), action, retryAtMs: link.retryAtMs } : undefined,
    };
  }
  if (link.phase === 'refused') {
    const title = words(REFUSED[link.refusal ?? 'unauthorized']);
    return { ...message(title, link.reason, action), retryAtMs: link.retryAtMs };
  }
  if (failing)
    return { ...message(words('wallUnreachable'), link.reason, 'retry'), retryAtMs: link.retryAtMs };
  if (link.phase === 'open') {
    return message(words('wallNoCameras'), words('wallNoCamerasHelp'), undefined);
  }
  return { show: 'loading' };
}

/** A new attempt may be under way, but nothing got better yet. */
function isFailing({ phase, reason }: LinkStatus): boolean {
  return phase === 'waiting' || phase === 'refused' || (phase === 'connecting' && reason !== '');
}

function message(
  title: string,
  text: string,
  action: 'options' | 'retry' | undefined,
): Extract<Screen, { show: 'message' }> {
  return { show: 'message', title, text, action, retryAtMs: undefined };
}
