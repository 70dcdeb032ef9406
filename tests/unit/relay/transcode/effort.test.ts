import { describe, expect, it } from 'vitest';
import type { Size } from '../../../../relay/source/sizes.ts';
import {
  type Effort,
  type EffortRange,
  lowerEffort,
  loweredWords,
} from '../../../../relay/transcode/effort.ts';

const FOUR_K = { width: 3840, height: 2160 };
const RANGE: EffortRange = { mayPreset: true, mayLean: true, maySize: true, size: FOUR_K };

/** Every step down to the last. */
function steps(from: Effort, range: EffortRange): Effort[] {
  const all: Effort[] = [];
  for (let next = lowerEffort(from, range); next !== undefined; next = lowerEffort(next, range))
    all.push(next);
  return all;
}

describe('lowerEffort', () => {
  it('takes the presets first, then the sizes', () => {
    expect(
      steps({ preset: 'veryfast', lean: false, cap: undefined }, RANGE).map(({ preset, cap }) => [
        preset,
        cap?.height,
      ]),
    ).toEqual([
      ['superfast', undefined],
      ['ultrafast', undefined],
      ['ultrafast', undefined],
      ['ultrafast', 1440],
      ['ultrafast', 1080],
      ['ultrafast', 720],
      ['ultrafast', 540],
      ['ultrafast', 360],
    ]);
  });

  it('leaves alone what the configuration names', () => {
    const start: Effort = { preset: 'medium', lean: false, cap: undefined };
    const fixed = { ...RANGE, mayLean: false };
    expect(steps(start, { ...RANGE, mayPreset: false }).every(({ preset }) => preset === 'medium')).toBe(
      true,
    );
    expect(steps(start, { ...RANGE, maySize: false }).at(-1)).toEqual({
      preset: 'ultrafast',
      lean: true,
      cap: undefined,
    });
    expect(steps(start, { ...fixed, mayPreset: false, maySize: false })).toEqual([]);
  });

  it('begins with the first size below that of the source', () => {
    const start: Effort = { preset: 'ultrafast', lean: true, cap: undefined };
    const firstCap = (size: Size | undefined) => lowerEffort(start, { ...RANGE, size })?.cap?.height;
    expect(firstCap({ width: 2592, height: 1944 })).toBe(1440);
    expect(firstCap({ width: 640, height: 360 })).toBeUndefined();
    expect(firstCap(undefined)).toBeUndefined();
  });
});

describe('loweredWords', () => {
  it('names what was lowered, and nothing else', () => {
    const wanted: Effort = { preset: 'superfast', lean: false, cap: undefined };
    const cap = { width: 1920, height: 1080 };
    expect(loweredWords(wanted, wanted, FOUR_K)).toBe('');
    expect(loweredWords(wanted, { preset: 'ultrafast', lean: true, cap }, FOUR_K)).toBe(
      '1920x1080 instead of 3840x2160, preset ultrafast instead of superfast, fewer or slower rungs',
    );
    expect(loweredWords(wanted, { ...wanted, cap }, { width: 1280, height: 720 })).toBe('');
  });
});
