import { describe, expect, it } from 'vitest';
import { Samples, summarise } from '../../../../../src/viewer/measure/samples.ts';

describe('Samples', () => {
  it('has no summary without a sample', () => {
    expect(new Samples().summary()).toBeUndefined();
  });

  it('gives percentiles by the nearest rank', () => {
    const samples = new Samples();
    for (let i = 100; i >= 1; i -= 1) samples.add(i + 0.04);
    expect(samples.summary()).toEqual({ p50: 50, p95: 95, max: 100 });
  });

  it('is exact for one sample', () => {
    const samples = new Samples();
    samples.add(-3.26);
    expect(samples.summary()).toEqual({ p50: -3.3, p95: -3.3, max: -3.3 });
    samples.reset();
    expect(samples.summary()).toBeUndefined();
  });
});

describe('summarise', () => {
  it('gives the same of a list, and nothing of an empty one', () => {
    expect(summarise([3, 1, 2])).toEqual({ p50: 2, p95: 3, max: 3 });
    expect(summarise([])).toBeUndefined();
  });
});
