import { describe, expect, it } from 'vitest';
import {
  type Effort,
  type EffortRange,
  lowerEffort,
  loweredWords,
} from '../../../../relay/encoder/effort.ts';

const FOUR_K = { width: 3840, height: 2160 };
const RANGE: EffortRange = { mayPreset: true, maySize: true, size: FOUR_K };

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
      steps({ preset: 'veryfast', cap: undefined }, RANGE).map(({ preset, cap }) => [preset, cap?.height]),
    ).toEqual([
      ['superfast', undefined],
      ['ultrafast', undefined],
      ['ultrafast', 1440],
      ['ultrafast', 1080],
      ['ultrafast', 720],
      ['ultrafast', 540],
      ['ultrafast', 360],
    ]);
  });

  it('leaves alone what the configuration names', () => {
    const start: Effort = { preset: 'medium', cap: undefined };
    expect(steps(start, { ...RANGE, mayPreset: false }).every(({ preset }) => preset === 'medium')).toBe(
      true,
    );
    expect(steps(start, { ...RANGE, maySize: false }).at(-1)).toEqual({
      preset: 'ultrafast',
      cap: undefined,
    });
    expect(steps(start, { ...RANGE, mayPreset: false, maySize: false })).toEqual([]);
  });

  it('begins with the first size below that of the source', () => {
    const size = { width: 2592, height: 1944 };
    expect(lowerEffort({ preset: 'ultrafast', cap: undefined }, { ...RANGE, size })?.cap?.height).toBe(1440);
    const small = { width: 640, height: 360 };
    expect(lowerEffort({ preset: 'ultrafast', cap: undefined }, { ...RANGE, size: small })).toBeUndefined();
    expect(
      lowerEffort({ preset: 'ultrafast', cap: undefined }, { ...RANGE, size: undefined }),
    ).toBeUndefined();
  });
});

describe('loweredWords', () => {
  it('names what was lowered, and nothing else', () => {
    const wanted: Effort = { preset: 'superfast', cap: undefined };
    const cap = { width: 1920, height: 1080 };
    expect(loweredWords(wanted, wanted, FOUR_K)).toBe('');
    expect(loweredWords(wanted, { preset: 'ultrafast', cap }, FOUR_K)).toBe(
      '1920x1080 instead of 3840x2160, preset ultrafast instead of superfast',
    );
    expect(loweredWords(wanted, { ...wanted, cap }, { width: 1280, height: 720 })).toBe('');
  });
});
