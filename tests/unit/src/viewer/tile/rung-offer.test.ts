import { describe, expect, it } from 'vitest';
import { RungOffer } from '../../../../../src/viewer/tile/rung-offer.ts';

const RUNGS = ['1080', '720', '360'].map((id) => ({ id, height: Number(id) }));
const ids = (offer: RungOffer): string => offer.rungs.map(({ id }) => id).join(' ');
const failed = (offer: RungOffer, nowMs: number): string => [...offer.failed(nowMs)].join(' ');

describe('RungOffer', () => {
  it('leaves out what the relay turned down until it tells anew, not only until it tells', () => {
    const offer = new RungOffer(RUNGS);
    offer.turnDown('360');
    expect(ids(offer)).toBe('1080 720');
    offer.renew(RUNGS, false);
    expect(ids(offer)).toBe('1080 720');
    offer.renew(RUNGS, true);
    expect(ids(offer)).toBe('1080 720 360');
  });

  it('has nothing when all were turned down', () => {
    const offer = new RungOffer(RUNGS.slice(0, 1));
    expect(offer.exhausted).toBe(false);
    offer.turnDown('1080');
    expect([offer.exhausted, ids(offer)]).toEqual([true, '']);
  });

  it('leaves the choice to the relay while no rung is known, but not after that was turned down', () => {
    const offer = new RungOffer([]);
    offer.turnDown('720');
    expect(offer.exhausted).toBe(false);
    offer.turnDown(undefined);
    expect(offer.exhausted).toBe(true);
  });

  it('leaves alone for longer what this computer did not decode in time, and remembers why', () => {
    const offer = new RungOffer(RUNGS);
    offer.tooMuch('1080', 0);
    expect([failed(offer, 159_999), failed(offer, 160_000)]).toEqual(['1080', '']);
    expect([offer.wasTooMuch('1080'), offer.wasTooMuch('720')]).toEqual([true, false]);
    offer.tooMuch('1080', 170_000);
    expect([failed(offer, 489_999), failed(offer, 490_000)]).toEqual(['1080', '']);
  });

  it('leaves alone for a while what did not come, for longer each time, and forgives it in the end', () => {
    const offer = new RungOffer(RUNGS);
    offer.putOff('1080', 0);
    expect([failed(offer, 9_999), failed(offer, 10_000)]).toEqual(['1080', '']);
    offer.putOff('1080', 16_000);
    expect([failed(offer, 35_999), failed(offer, 36_000)]).toEqual(['1080', '']);
    offer.putOff('1080', 200_000);
    expect([failed(offer, 209_999), failed(offer, 210_000)]).toEqual(['1080', '']);
    offer.putOff('1080', 220_000);
    offer.forgive('1080');
    expect(failed(offer, 220_000)).toBe('');
    expect(ids(offer)).toBe('1080 720 360');
  });

  it('leaves alone with one that the relay did not manage to make what it would have to wake beside it', () => {
    const offer = new RungOffer([
      { id: 'main', height: 2160, origin: 'camera' },
      { id: '1080', height: 1080, origin: 'transcode', asleep: true },
      { id: '720', height: 720, origin: 'transcode' },
      { id: '360', height: 360, origin: 'transcode', asleep: true },
    ]);
    offer.putOff('main', 0);
    expect(failed(offer, 1)).toBe('main');
    offer.putOff('720', 0);
    expect(failed(offer, 1)).toBe('main 720 1080 360');
  });
});
