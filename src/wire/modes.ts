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
  /** Wall latency (glass-to-glass target) where the mode starts, in ms. */
  readonly startMs: number;
  readonly minMs: number;
  readonly maxMs: number;
  /** hls.js plays parts as they come, or whole segments. */
  readonly lowLatency: boolean;
}

export const MODE_TABLE: Readonly<Record<EffectiveMode, ModeSpec>> = {
  'ultra-low': {
    startMs: 300,
    minMs: 150,
    maxMs: 1000,
    lowLatency: true,
  },
  balanced: {
    startMs: 3000,
    minMs: 1000,
    maxMs: 3000,
    lowLatency: true,
  },
  stable: {
    startMs: 6000,
    minMs: 3000,
    maxMs: 10_000,
    lowLatency: false,
  },
};

/** Media that the relay's timelines and the viewer's back buffer keep, so that every mode can be reached by a seek. */
export const HISTORY_MS = 14_000;

/** From low to high latency. */
export const MODE_ORDER: readonly EffectiveMode[] = ['ultra-low', 'balanced', 'stable'];

/** How good the link to the relay is, best first. */
export const LINK_STEPS = ['excellent', 'good', 'fair', 'poor'] as const;
export type LinkStep = (typeof LINK_STEPS)[number];
