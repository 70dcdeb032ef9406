import { describe, expect, it } from 'vitest';
import { locateTarget } from '../../../../../src/viewer/calibrate/locator.ts';
import { CYCLE_MS, decodeTarget, encodeTarget, TICK_MS } from '../../../../../src/viewer/calibrate/target.ts';
import { type Filming, film, randomPicture, sequence } from '../../../../support/filmed-target.ts';

describe('the time in the target', () => {
  it('is read back at every tick of a cycle', () => {
    for (let timeMs = 0; timeMs < CYCLE_MS; timeMs += TICK_MS) {
      expect(decodeTarget(encodeTarget(timeMs + CYCLE_MS * 7))).toBe(timeMs + TICK_MS / 2);
    }
  });

  it('changes one bit with each tick, also where the cycle begins again', () => {
    for (let timeMs = 0; timeMs < CYCLE_MS; timeMs += TICK_MS) {
      const next = encodeTarget(timeMs + TICK_MS);
      expect(encodeTarget(timeMs).filter((bit, n) => bit !== next[n])).toHaveLength(1);
    }
  });

  it('is none when the fixed pairs are not what they are', () => {
    const upsideDown = encodeTarget(5000)
      .reverse()
      .map((bit) => !bit);
    expect(decodeTarget(upsideDown)).toBeUndefined();
    expect(decodeTarget([true])).toBeUndefined();
  });
});

const TIMES_MS = [4321, 15_370];

describe('locateTarget', () => {
  it.each<[string, Omit<Filming, 'timesMs'>]>([
    ['as it is', {}],
    ['filling the picture', { size: 0.86 }],
    ['a fifth of the picture, in a corner', { size: 0.2, at: { x: 0.15, y: 0.2 } }],
    ['turned by 5°', { degrees: 5 }],
    ['turned by −20°', { degrees: -20, size: 0.5 }],
    ['turned by 40°', { degrees: 40, size: 0.4 }],
    ['upside down, as from a ceiling', { degrees: 180 }],
    ['turned by a quarter', { degrees: 90, size: 0.4 }],
    ['tilted', { tilt: 0.35 }],
    ['tilted the other way and turned', { tilt: -0.35, degrees: 8 }],
    ['blurred by half a module', { blurPx: 3 }],
    ['noisy', { noise: 60 }],
    ['dim', { levels: [12, 40], room: 8 }],
    ['glaring, in a dark room', { levels: [120, 255], room: 5 }],
    ['pale, before a bright window', { levels: [110, 150], room: 240, size: 0.35 }],
    [
      'all of it',
      { degrees: -6, tilt: 0.2, blurPx: 2, noise: 20, levels: [40, 140], at: { x: 0.55, y: 0.45 } },
    ],
    ['in a picture of 1280×720', { width: 1280, height: 720, size: 0.3, degrees: 3 }],
  ])('reads the target %s', (_name, how) => {
    for (const timeMs of TIMES_MS) {
      const located = locateTarget(film({ ...how, timesMs: [timeMs] }));
      expect(Math.abs((located?.timeMs ?? Number.NaN) - timeMs)).toBeLessThanOrEqual(TICK_MS / 2);
    }
  });

  it('says where it is', () => {
    const located = locateTarget(film({ size: 0.5, timesMs: [0] }));
    const [topLeft, , bottomRight] = located?.corners ?? [];
    expect([topLeft?.x, topLeft?.y]).toEqual([expect.closeTo(160, -0.5), expect.closeTo(90, -0.5)]);
    expect([bottomRight?.x, bottomRight?.y]).toEqual([expect.closeTo(480, -0.5), expect.closeTo(270, -0.5)]);
  });

  it('reads a picture that was exposed over two and three ticks at most two ticks wrong', () => {
    let read = 0;
    for (let timeMs = 0; timeMs < CYCLE_MS; timeMs += 29 * TICK_MS) {
      for (const ticks of [2, 3]) {
        const timesMs = Array.from({ length: ticks * 2 }, (_, n) => timeMs + 5 + (n * TICK_MS) / 2);
        const located = locateTarget(film({ timesMs, noise: 10, width: 320, height: 180 }, sequence(timeMs)));
        if (located === undefined) continue;
        read += 1;
        const off = Math.abs(located.timeMs - (timeMs + (ticks * TICK_MS) / 2));
        expect(Math.min(off, CYCLE_MS - off)).toBeLessThanOrEqual(2 * TICK_MS);
      }
    }
    expect(read).toBeGreaterThan(60);
  });

  it('reads nothing in 1000 pictures without a target', () => {
    const random = sequence(42);
    const read = Array.from({ length: 1000 }, () => locateTarget(randomPicture(random)));
    expect(read.filter((located) => located !== undefined)).toEqual([]);
  });

  it('reads nothing where a finder is hidden, and nothing in no light', () => {
    const hidden = film({ timesMs: [5000] });
    for (let y = 60; y < 150; y += 1) hidden.data.fill(90, y * 640 + 110, y * 640 + 190);
    expect(locateTarget(hidden)).toBeUndefined();
    expect(locateTarget(film({ timesMs: [5000], levels: [16, 20], noise: 3 }))).toBeUndefined();
    expect(locateTarget({ width: 0, height: 0, data: new Uint8Array() })).toBeUndefined();
  });
});
