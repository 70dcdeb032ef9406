import { describe, expect, it } from 'vitest';
import { PdtMap } from '../../../../../src/viewer/hls/pdt-map.ts';

const BASE_MS = 1_700_000_000_000;

/** Parts of 100 ms from `fromSec` on, whose PDT is `offsetMs` ahead of the position. */
function fill(map: PdtMap, epoch: number, fromSec: number, parts: number, offsetMs: number): void {
  for (let i = 0; i < parts; i += 1) {
    const startSec = fromSec + i / 10;
    map.observe({ epoch, startSec, endSec: startSec + 0.1, pdtMs: offsetMs + startSec * 1000 });
  }
}

describe('PdtMap', () => {
  it('knows nothing before the first media', () => {
    expect(new PdtMap().programMs(1)).toBeUndefined();
    expect(new PdtMap().locate(BASE_MS)).toBeUndefined();
  });

  it('maps positions to programme time and back', () => {
    const map = new PdtMap();
    fill(map, 0, 0, 20, BASE_MS);
    expect(map.programMs(1.5)).toBeCloseTo(BASE_MS + 1500, 6);
    expect(map.locate(BASE_MS + 1500)).toEqual({ positionSec: 1.5, inGap: false });
  });

  it('looks the epoch up by the playhead, not by what came last', () => {
    const map = new PdtMap();
    fill(map, 0, 0, 20, BASE_MS);
    fill(map, 1, 2, 20, BASE_MS + 5000);
    expect(map.programMs(1.9)).toBeCloseTo(BASE_MS + 1900, 6);
    expect(map.programMs(2)).toBeCloseTo(BASE_MS + 7000, 6);
    expect(map.programMs(3.9)).toBeCloseTo(BASE_MS + 8900, 6);
  });

  it('says that a time between two epochs has no picture, and where the next one starts', () => {
    const map = new PdtMap();
    fill(map, 0, 0, 20, BASE_MS);
    fill(map, 1, 2, 20, BASE_MS + 5000);
    expect(map.locate(BASE_MS + 1900)).toEqual({ positionSec: 1.9, inGap: false });
    expect(map.locate(BASE_MS + 4000)).toEqual({ positionSec: 2, inGap: true });
    expect(map.locate(BASE_MS + 7500)).toEqual({ positionSec: 2.5, inGap: false });
  });

  it('means the newest epoch where the clock of a restarted relay made the same time twice', () => {
    const map = new PdtMap();
    fill(map, 0, 0, 20, BASE_MS);
    fill(map, 1, 2, 20, BASE_MS - 3000);
    expect(map.locate(BASE_MS + 500)).toEqual({ positionSec: 3.5, inGap: false });
    expect(map.locate(BASE_MS - 500)).toEqual({ positionSec: 2.5, inGap: false });
  });

  it('steps from a provisional first value to the real one, and smooths small changes', () => {
    const map = new PdtMap();
    fill(map, 0, 0, 1, BASE_MS - 400);
    fill(map, 0, 0.1, 1, BASE_MS);
    expect(map.programMs(0)).toBeCloseTo(BASE_MS, 6);
    fill(map, 0, 0.2, 50, BASE_MS);
    fill(map, 0, 5.2, 1, BASE_MS + 20);
    const shift = (map.programMs(0) ?? 0) - BASE_MS;
    expect(shift).toBeGreaterThan(1);
    expect(shift).toBeLessThan(3);
  });

  it('forgets what was trimmed, but never the last epoch', () => {
    const map = new PdtMap();
    fill(map, 0, 0, 20, BASE_MS);
    fill(map, 1, 2, 20, BASE_MS + 5000);
    map.dropBefore(1);
    expect(map.programMs(1)).toBeCloseTo(BASE_MS + 1000, 6);
    map.dropBefore(3);
    expect(map.programMs(1)).toBeCloseTo(BASE_MS + 6000, 6);
    map.dropBefore(100);
    expect(map.programMs(3)).toBeCloseTo(BASE_MS + 8000, 6);
    map.clear();
    expect(map.programMs(3)).toBeUndefined();
  });
});
