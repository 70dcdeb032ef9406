/** Why the wall is as late as it is: the line under the mode switch of popup and wall, and what opens below it. */

import { useRef, useState } from 'preact/hooks';
import { modeLabel } from '../texts/mode-words.ts';
import { decimal, text } from '../texts/text.ts';
import type { EffectiveMode, LinkStep } from '../wire/modes.ts';
import { listWords, spanWords, type Tone } from './camera-words.ts';

export interface ToldDecision {
  /** Ms since the Unix epoch. */
  readonly atMs: number;
  readonly mode: EffectiveMode;
  readonly targetMs: number;
  readonly why: string;
}

export interface ToldLink {
  readonly step: LinkStep;
  /** Worst first, each with its number. */
  readonly causes: readonly string[];
  readonly tooSlow: boolean;
  /** What is late is late for want of time of this computer. */
  readonly computerFull?: boolean | undefined;
}

const LINK_TONE: Readonly<Record<LinkStep, Tone>> = {
  excellent: 'good',
  good: 'good',
  fair: 'warn',
  poor: 'bad',
};
const LINK_WORD = {
  excellent: 'linkExcellent',
  good: 'linkGood',
  fair: 'linkFair',
  poor: 'linkPoor',
} as const satisfies Record<LinkStep, string>;
/** News that come sooner wait for the next: a screen reader says the mode, and not each step of the target. */
const NEWS_EVERY_MS = 30_000;

interface Told {
  readonly why: string;
  readonly tiles: readonly unknown[];
}

/** @param alone names of the cameras that play on their own */
export function modeReason({ why, tiles }: Told, alone: readonly string[]): string {
  const all =
    alone.length === tiles.length ? text('modeNone', why) : text('modeWithout', why, listWords(alone));
  const reason = alone.length === 0 ? why : all;
  return reason.charAt(0).toUpperCase() + reason.slice(1);
}

export function LinkWord({ link }: { link: ToldLink | undefined }) {
  if (link === undefined) return null;
  if (link.computerFull === true) {
    return (
      <span class="state warn" title={link.causes.join('; ')}>
        {text('computerFull')}
      </span>
    );
  }
  return (
    <span class={`state ${LINK_TONE[link.step]}`} title={link.causes.join('; ')}>
      {text(link.tooSlow ? 'linkTooSlow' : LINK_WORD[link.step])}
    </span>
  );
}

interface ModeHistoryProps {
  readonly link: ToldLink | undefined;
  readonly decisions: readonly ToldDecision[];
  readonly nowMs: number;
}

export function ModeHistory({ link, decisions, nowMs }: ModeHistoryProps) {
  return (
    <div class="mode-history">
      {link !== undefined && <p>{link.causes.join('; ')}</p>}
      <ol>
        {decisions.toReversed().map(({ atMs, mode, targetMs, why }) => (
          <li key={`${atMs} ${why}`}>
            <span class="muted">{text('modeAgo', spanWords(nowMs - atMs))}</span> {modeLabel(mode)},{' '}
            <strong>{decimal(targetMs / 1000, 2)} s</strong>: {why}
          </li>
        ))}
      </ol>
    </div>
  );
}

/** Says a new mode to a screen reader at once, and other news now and then. */
export function ModeNews({ decisions }: { decisions: readonly ToldDecision[] }) {
  const said = useRef<ToldDecision | undefined>(undefined);
  const [text, setText] = useState('');
  const last = decisions.at(-1);
  if (last !== undefined && isNews(said.current, last)) {
    // What is there when the page opens can be read.
    if (said.current !== undefined) setText(`${modeLabel(last.mode)}: ${last.why}`);
    said.current = last;
  }
  return (
    <p class="visually-hidden" role="status" aria-live="polite">
      {text}
    </p>
  );
}

export function isNews(said: ToldDecision | undefined, last: ToldDecision): boolean {
  if (said === undefined || said.mode !== last.mode) return true;
  return last.why !== said.why && last.atMs - said.atMs >= NEWS_EVERY_MS;
}
