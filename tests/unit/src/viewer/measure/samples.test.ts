import { describe, expect, it } from 'vitest';
import { pool, Samples, summarise } from '../../../../../src/viewer/measure/samples.ts';

describe('Samples', () => {
  it('has no summary without a sample', () => {
    expect(new Samples().summary()).toBeUndefined();
  });

  it('gives percentiles by the nearest rank', () => {
    const samples = new Samples();
    for (let i = 100; i >= 1; i -= 1) samples.add(i + 0.04);
    expect(samples.summary()).toEqual({ p50: 50, p95: 95, max: 100, n: 100 });
  });

  it('is exact for one sample', () => {
    const samples = new Samples();
    samples.add(-3.26);
    expect(samples.summary()).toEqual({ p50: -3.3, p95: -3.3, max: -3.3, n: 1 });
    samples.reset();
    expect(samples.summary()).toBeUndefined();
  });

  it('forgets none of very many', () => {
    const samples = new Samples();
    samples.add(9000);
    for (let i = 0; i < 200_000; i += 1) samples.add(300);
    expect(samples.summary()).toEqual({ p50: 300, p95: 300, max: 9000, n: 200_001 });
    expect(samples.histogram()).toEqual([
      [300, 200_000],
      [9000, 1],
    ]);
  });
});

describe('pool', () => {
  it('counts each sample once, whichever series it is of', () => {
    // The p95 of the small series alone is 500; of all samples it is not.
    expect(pool([[[300, 990]], [[500, 10]], []])).toEqual({ p50: 300, p95: 300, max: 500, n: 1000 });
    expect(pool([[], []])).toBeUndefined();
  });
});

describe('summarise', () => {
  it('gives the same of a list, and nothing of an empty one', () => {
    expect(summarise([3, 1, 2])).toEqual({ p50: 2, p95: 3, max: 3, n: 3 });
    expect(summarise([])).toBeUndefined();
  });
});
