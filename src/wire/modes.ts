/**
 * The mode table: a mode is a range of wall latency for the whole wall, not a set of player flags.
 * The target may move inside the range. `startMs` is where a mode that was chosen by hand begins, and the least it has;
 * Auto has the whole range, and is called by the mode that it is in.
 */

export const MODES = ['auto', 'ultra-low', 'balanced', 'stable'] as const;
/** What the user chose. */
export type Mode = (typeof MODES)[number];
/** What the wall runs: Auto resolves to one of these. */
export type EffectiveMode = Exclude<Mode, 'auto'>;

export interface ModeSpec {
  readonly label: string;
  /** One line for the popup: what it is for. */
  readonly hint: string;
  /** Wall latency (glass-to-glass target) where the mode starts, in ms. */
  readonly startMs: number;
  readonly minMs: number;
  readonly maxMs: number;
  /** hls.js plays parts as they come, or whole segments. */
  readonly lowLatency: boolean;
}

export const MODE_TABLE: Readonly<Record<EffectiveMode, ModeSpec>> = {
  'ultra-low': {
    label: 'Ultra-Low',
    hint: 'Local network, about a third of a second behind',
    startMs: 300,
    minMs: 150,
    maxMs: 1000,
    lowLatency: true,
  },
  balanced: {
    label: 'Balanced',
    hint: 'Good internet, about 3 seconds behind',
    startMs: 3000,
    minMs: 1000,
    maxMs: 3000,
    lowLatency: true,
  },
  stable: {
    label: 'Stable',
    hint: 'Mobile or poor link, about 6 seconds behind',
    startMs: 6000,
    minMs: 3000,
    maxMs: 10_000,
    lowLatency: false,
  },
};

export const AUTO_HINT = 'Picks the lowest latency that your link holds';

/** Media that the relay's timelines and the viewer's back buffer keep, so that every mode can be reached by a seek. */
export const HISTORY_MS = 14_000;

/** From low to high latency. */
export const MODE_ORDER: readonly EffectiveMode[] = ['ultra-low', 'balanced', 'stable'];

/** How good the link to the relay is, best first. */
export const LINK_STEPS = ['excellent', 'good', 'fair', 'poor'] as const;
export type LinkStep = (typeof LINK_STEPS)[number];

/** Label for any mode, Auto included. */
export function modeLabel(mode: Mode): string {
  return mode === 'auto' ? 'Auto' : MODE_TABLE[mode].label;
}
