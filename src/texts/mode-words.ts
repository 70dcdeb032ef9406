/** Names of the modes, and one line for what each is good for. */
import type { Mode } from '../wire/modes.ts';
import { text } from './text.ts';

const LABELS = {
  auto: 'modeAuto',
  'ultra-low': 'modeUltraLow',
  balanced: 'modeBalanced',
  stable: 'modeStable',
} as const satisfies Record<Mode, string>;

export function modeLabel(mode: Mode): string {
  return text(LABELS[mode]);
}

/** One line: what the mode is for. */
export function modeHint(mode: Mode): string {
  return text(`${LABELS[mode]}Hint`);
}
