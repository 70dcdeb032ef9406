/**
 * Decides when an encoder is too slow for its host, and what to do: a faster preset, or saying so. Pure.
 * Presets only ever step down: a host that was too slow once will be again.
 */
import { PRESETS } from '../config/schema.ts';
import type { Preset } from './sizes.ts';

/** Below this the encoder falls behind; ffmpeg's own figures wobble by about 2 %. */
export const SLOW_SPEED = 0.97;
/** It must last: a busy moment passes. */
export const SLOW_MS = 10_000;
/** Ignored after a start: probing and the first keyframe. */
const WARM_UP_MS = 5_000;

export type PresetVerdict =
  | { readonly kind: 'fine' }
  /** Falls behind, but not for long enough to act. */
  | { readonly kind: 'watching' }
  | { readonly kind: 'step'; readonly from: Preset; readonly to: Preset }
  /** Nothing faster is left, or the configuration fixed the preset. */
  | { readonly kind: 'too-slow' };

export interface PresetOptions {
  readonly preset: Preset;
  /** False when the configuration names the preset. */
  readonly mayStep: boolean;
}

export class PresetPolicy {
  readonly #mayStep: boolean;
  #preset: Preset;
  #startedMs: number | undefined;
  #slowSinceMs: number | undefined;
  #tooSlow = false;

  constructor({ preset, mayStep }: PresetOptions) {
    this.#preset = preset;
    this.#mayStep = mayStep;
  }

  get preset(): Preset {
    return this.#preset;
  }

  /** A new process: its first seconds do not count. */
  started(nowMs: number): void {
    this.#startedMs = nowMs;
    this.#slowSinceMs = undefined;
    this.#tooSlow = false;
  }

  /** @param speed media time per time, over the last seconds */
  sample(speed: number, nowMs: number): PresetVerdict {
    if (nowMs - (this.#startedMs ?? nowMs) < WARM_UP_MS) return { kind: 'fine' };
    if (speed >= SLOW_SPEED) {
      this.#slowSinceMs = undefined;
      this.#tooSlow = false;
      return { kind: 'fine' };
    }
    this.#slowSinceMs ??= nowMs;
    if (this.#tooSlow) return { kind: 'too-slow' };
    if (nowMs - this.#slowSinceMs < SLOW_MS) return { kind: 'watching' };
    const to = this.#mayStep ? faster(this.#preset) : undefined;
    if (to === undefined) {
      this.#tooSlow = true;
      return { kind: 'too-slow' };
    }
    const from = this.#preset;
    this.#preset = to;
    this.#slowSinceMs = undefined;
    return { kind: 'step', from, to };
  }
}

/** PRESETS lists `auto`, then from fast to slow. */
function faster(preset: Preset): Preset | undefined {
  const next = PRESETS[PRESETS.indexOf(preset) - 1];
  return next === 'auto' ? undefined : next;
}
