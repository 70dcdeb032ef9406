import { describe, expect, it } from 'vitest';
import { chooseRung, RungOffer, RungPace } from '../../../../../src/viewer/tile/rung-choice.ts';

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

describe('RungPace', () => {
  const next = (pace: RungPace, nowMs: number, shownHeightPx: number, current: string, rungs = RUNGS) =>
    pace.next({ nowMs, rungs, shownHeightPx, current });

  it('asks for another rung once it fits, at once the first time', () => {
    const pace = new RungPace();
    expect(next(pace, 0, 360, '360')).toBeUndefined();
    expect(next(pace, 250, 1000, '360')).toBe('1080');
  });

  it('leaves 3 s between two changes', () => {
    const pace = new RungPace();
    next(pace, 0, 1000, '360');
    expect(next(pace, 2_999, 360, '1080')).toBeUndefined();
    expect(next(pace, 3_000, 360, '1080')).toBe('360');
  });

  it('leaves a camera with one rung on it, whatever the size, and brings a tile to it that plays another', () => {
    const one = RUNGS.slice(2, 3);
    expect(next(new RungPace(), 0, 4000, '720', one)).toBeUndefined();
    expect(next(new RungPace(), 0, 4000, '2160', one)).toBe('720');
  });
});

describe('RungOffer', () => {
  it('names what fits best of the rungs that are left', () => {
    const offer = new RungOffer(RUNGS);
    offer.turnDown('360');
    expect(offer.another(360)).toEqual({ rung: '720' });
    offer.turnDown('720');
    expect(offer.another(360)).toEqual({ rung: '1080' });
    expect(offer.rungs.map(({ id }) => id)).toEqual(['2160', '1080']);
  });

  it('has nothing when all were turned down, until the relay tells of the camera again', () => {
    const offer = new RungOffer(RUNGS.slice(0, 1));
    offer.turnDown('2160');
    expect(offer.another(360)).toBeUndefined();
    offer.renew(RUNGS.slice(0, 1));
    expect(offer.another(360)).toEqual({ rung: '2160' });
  });

  it('leaves the choice to the relay while no rung is known, but not after that was turned down', () => {
    const offer = new RungOffer([]);
    offer.turnDown('720');
    expect(offer.another(360)).toEqual({ rung: undefined });
    offer.turnDown(undefined);
    expect(offer.another(360)).toBeUndefined();
  });
});
