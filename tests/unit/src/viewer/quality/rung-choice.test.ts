import { describe, expect, it } from 'vitest';
import { chooseRung } from '../../../../../src/viewer/quality/rung-choice.ts';

const RUNGS = [
  { id: '2160', height: 2160 },
  { id: '1080', height: 1080 },
  { id: '720', height: 720 },
  { id: '360', height: 360 },
];

describe('chooseRung', () => {
  it.each([
    [100, '360'],
    [360, '360'],
    [420, '360'],
    [430, '720'],
    [1000, '1080'],
    [1080, '1080'],
    [4000, '2160'],
  ])('a tile %i device pixels high plays %s', (height, rung) => {
    expect(chooseRung(RUNGS, height)).toBe(rung);
  });

  it('stays on the present rung while the smaller one would only just do', () => {
    expect(chooseRung(RUNGS, 400, '720')).toBe('720');
    expect(chooseRung(RUNGS, 360, '720')).toBe('360');
  });

  it('goes up at once when the present rung is too small', () => {
    expect(chooseRung(RUNGS, 900, '720')).toBe('1080');
  });

  it('keeps what plays while the tile has no size, and starts with the best', () => {
    expect(chooseRung(RUNGS, 0, '720')).toBe('720');
    expect(chooseRung(RUNGS, 0)).toBe('2160');
  });

  it('has no answer without rungs, and ignores a present one that is gone', () => {
    expect(chooseRung([], 500)).toBeUndefined();
    expect(chooseRung(RUNGS, 500, 'gone')).toBe('720');
  });
});
