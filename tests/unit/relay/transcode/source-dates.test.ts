import { describe, expect, it } from 'vitest';
import { SourceDates } from '../../../../relay/transcode/source-dates.ts';

describe('SourceDates', () => {
  it('dates a picture by the part that it was made from', () => {
    const dates = new SourceDates();
    dates.add({ epoch: 1, mediaMs: 100, pdtMs: 5_000 });
    dates.add({ epoch: 1, mediaMs: 180, pdtMs: 5_081 });
    dates.add({ epoch: 2, mediaMs: 1_000, pdtMs: 6_000 });
    expect(dates.at(100)).toEqual({ pdtMs: 5_000, epoch: 1 });
    expect(dates.at(140)).toEqual({ pdtMs: 5_040, epoch: 1 });
    expect(dates.at(179)).toEqual({ pdtMs: 5_080, epoch: 1 });
    expect(dates.at(220)).toEqual({ pdtMs: 5_121, epoch: 1 });
    expect(dates.at(1_040)).toEqual({ pdtMs: 6_040, epoch: 2 });
  });

  it('has no date for what is older than everything it was given', () => {
    const dates = new SourceDates();
    expect(dates.at(0)).toBeUndefined();
    dates.add({ epoch: 1, mediaMs: 100, pdtMs: 5_000 });
    expect(dates.at(90)).toBeUndefined();
  });

  it('goes through hours of parts', () => {
    const dates = new SourceDates();
    for (let n = 0; n < 10_000; n += 1) {
      dates.add({ epoch: 1, mediaMs: n * 67, pdtMs: 1_000 + n * 67 });
      if (n > 3) expect(dates.at((n - 3) * 67 + 33)?.pdtMs).toBe(1_000 + (n - 3) * 67 + 33);
    }
  });
});
