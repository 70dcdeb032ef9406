/**
 * How hard an encoder tries: its preset, the rungs that are not vital, the largest picture that it encodes. A host
 * that is too slow gets less of each, in this order, and never more again: a host that was too slow once will be
 * again. Pure.
 */
import { PRESETS } from '../config/schema.ts';
import { type Preset, pixels, type Size, shrinkTo, sizeText } from '../source/sizes.ts';

export interface Effort {
  readonly preset: Preset;
  /** Only the best rung, and those below it that cost next to nothing. */
  readonly lean: boolean;
  /** Largest picture; undefined: no limit. */
  readonly cap: Size | undefined;
}

/** What may be lowered, and from where. */
export interface EffortRange {
  /** False when the configuration names the preset. */
  readonly mayPreset: boolean;
  /** There are rungs to leave out. */
  readonly mayLean: boolean;
  /** False when the configuration names the sizes. */
  readonly maySize: boolean;
  /** Of the best rung without a limit; undefined while unknown. */
  readonly size: Size | undefined;
}

const SIZE_STEPS: readonly Size[] = [
  { width: 2560, height: 1440 },
  { width: 1920, height: 1080 },
  { width: 1280, height: 720 },
  { width: 960, height: 540 },
  { width: 640, height: 360 },
];

/** One step less, or undefined when there is none. */
export function lowerEffort(effort: Effort, range: EffortRange): Effort | undefined {
  const { mayPreset, mayLean, maySize, size } = range;
  const preset = mayPreset ? faster(effort.preset) : undefined;
  if (preset !== undefined) return { ...effort, preset };
  if (mayLean && !effort.lean) return { ...effort, lean: true };
  if (!maySize || size === undefined) return undefined;
  const now = Math.min(
    pixels(size),
    effort.cap === undefined ? Number.POSITIVE_INFINITY : pixels(effort.cap),
  );
  const cap = SIZE_STEPS.find((step) => pixels(step) < now);
  return cap === undefined ? undefined : { ...effort, cap };
}

/** PRESETS lists `auto`, then from fast to slow. */
function faster(preset: Preset): Preset | undefined {
  const next = PRESETS[PRESETS.indexOf(preset) - 1];
  return next === 'auto' ? undefined : next;
}

/** What was lowered, in words, as in "1920x1080 instead of 3840x2160 at preset ultrafast instead of medium". */
export function loweredWords(wanted: Effort, now: Effort, size: Size | undefined): string {
  const sized =
    size !== undefined && now.cap !== undefined && pixels(now.cap) < pixels(size)
      ? `${sizeText(shrinkTo(size, now.cap))} instead of ${sizeText(size)}`
      : undefined;
  const preset =
    now.preset === wanted.preset ? undefined : `preset ${now.preset} instead of ${wanted.preset}`;
  const fewer = now.lean && !wanted.lean ? 'fewer or slower rungs' : undefined;
  return [sized, preset, fewer].filter((part) => part !== undefined).join(', ');
}
