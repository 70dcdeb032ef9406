import { describe, expect, it } from 'vitest';
import { RungOffer } from '../../../../../src/viewer/tile/rung-offer.ts';

const RUNGS = ['1080', '720', '360'].map((id) => ({ id, height: Number(id) }));
const ids = (offer: RungOffer, nowMs: number): string =>
  offer
    .rungs(nowMs)
    .map(({ id }) => id)
    .join(' ');

describe('RungOffer', () => {
  it('leaves out what the relay turned down until it tells anew, not only until it tells', () => {
    const offer = new RungOffer(RUNGS);
    offer.turnDown('360');
    expect(ids(offer, 0)).toBe('1080 720');
    offer.renew(RUNGS, false);
    expect(ids(offer, 0)).toBe('1080 720');
    offer.renew(RUNGS, true);
    expect(ids(offer, 0)).toBe('1080 720 360');
  });

  it('has nothing when all were turned down', () => {
    const offer = new RungOffer(RUNGS.slice(0, 1));
    expect(offer.exhausted).toBe(false);
    offer.turnDown('1080');
    expect([offer.exhausted, ids(offer, 0)]).toEqual([true, '']);
  });

  it('leaves the choice to the relay while no rung is known, but not after that was turned down', () => {
    const offer = new RungOffer([]);
    offer.turnDown('720');
    expect(offer.exhausted).toBe(false);
    offer.turnDown(undefined);
    expect(offer.exhausted).toBe(true);
  });

  it('leaves alone for a while what did not come, for longer each time, and forgives it in the end', () => {
    const offer = new RungOffer(RUNGS);
    offer.putOff('1080', 0);
    expect([ids(offer, 9_999), ids(offer, 10_000)]).toEqual(['720 360', '1080 720 360']);
    offer.putOff('1080', 16_000);
    expect([ids(offer, 35_999), ids(offer, 36_000)]).toEqual(['720 360', '1080 720 360']);
    offer.putOff('1080', 200_000);
    expect([ids(offer, 209_999), ids(offer, 210_000)]).toEqual(['720 360', '1080 720 360']);
    offer.putOff('1080', 220_000);
    offer.forgive('1080');
    expect(ids(offer, 220_000)).toBe('1080 720 360');
  });

  it('asks again for what failed when nothing else is left', () => {
    const offer = new RungOffer(RUNGS.slice(0, 1));
    offer.putOff('1080', 0);
    expect(ids(offer, 1)).toBe('1080');
  });
});
