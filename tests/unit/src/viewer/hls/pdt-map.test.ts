import { describe, expect, it } from 'vitest';
import { PdtMap } from '../../../../../src/viewer/hls/pdt-map.ts';
import type { TimelineSegment } from '../../../../../src/wire/timeline.ts';
import { Timeline } from '../../../../../src/wire/timeline.ts';

const BASE_MS = 1_700_000_000_000;
const PART_MS = 100;

/** A camera of ten parts a segment, and the map of a player that has it all from position 0 on. */
class Source {
  readonly map = new PdtMap();
  readonly timeline = new Timeline({ windowMs: 600_000 });
  #mediaMs = 0;
  #endSec = 0;

  constructor() {
    this.timeline.addInit({ id: '1', bytes: new Uint8Array(1), codecs: '', width: 1, height: 1 });
  }

  /** @param originMs PDT minus media time of each part */
  add(epoch: number, originsMs: readonly number[], untimed = false): void {
    for (const [n, originMs] of originsMs.entries()) this.#append(epoch, originMs, n % 10 === 0, untimed);
  }

  /** One more part in the open segment. */
  grow(originMs: number): void {
    this.#append(this.timeline.open?.epoch ?? 0, originMs, false, false);
  }

  #append(epoch: number, originMs: number, startsSegment: boolean, untimed: boolean): void {
    this.timeline.append({
      ...{ epoch, initId: '1', durationMs: PART_MS, independent: true, data: new Uint8Array(1) },
      ...{ pdtMs: originMs + this.#mediaMs, mediaMs: untimed ? undefined : this.#mediaMs },
      startsSegment,
    });
    this.#mediaMs += PART_MS;
  }

  /** The player has all there is; each segment follows the one before. */
  buffer(): void {
    for (const segment of this.timeline.segments) {
      this.map.observe(segment, this.#at(segment));
    }
  }

  readonly #starts = new Map<number, number>();
  #at(segment: TimelineSegment): number {
    const known = this.#starts.get(segment.msn);
    if (known !== undefined) return known;
    this.#starts.set(segment.msn, this.#endSec);
    this.#endSec += segment.durationMs / 1000;
    return this.#endSec - segment.durationMs / 1000;
  }
}

const steady = (parts: number, originMs = BASE_MS): number[] => Array<number>(parts).fill(originMs);

describe('PdtMap', () => {
  it('knows nothing before the first media', () => {
    expect(new PdtMap().programMs(1)).toBeUndefined();
    expect(new PdtMap().locate(BASE_MS)).toBeUndefined();
  });

  it.each([false, true])('maps positions to programme time and back (untimed: %s)', (untimed) => {
    const source = new Source();
    source.add(0, steady(20), untimed);
    source.buffer();
    expect(source.map.programMs(1.5)).toBeCloseTo(BASE_MS + 1500, 3);
    const located = source.map.locate(BASE_MS + 1500);
    expect(located?.positionSec).toBeCloseTo(1.5, 6);
    expect(located?.inGap).toBe(false);
  });

  it('follows each part of a camera whose date moves, with no delay and no smoothing', () => {
    const source = new Source();
    const origins = [...steady(4), BASE_MS - 3, BASE_MS - 6, BASE_MS - 9, ...steady(3, BASE_MS - 9)];
    source.add(0, origins);
    source.buffer();
    for (const [n, originMs] of origins.entries()) {
      const positionSec = (n + 0.5) / 10;
      expect(source.map.programMs(positionSec)).toBeCloseTo(originMs + positionSec * 1000, 3);
      expect(source.map.locate(originMs + positionSec * 1000)?.positionSec).toBeCloseTo(positionSec, 6);
    }
  });

  it('learns of the parts of an open segment as they are buffered', () => {
    const source = new Source();
    source.add(0, steady(3));
    source.buffer();
    source.grow(BASE_MS - 3);
    expect(source.map.programMs(0.35)).toBeCloseTo(BASE_MS + 350, 3);
    source.buffer();
    expect(source.map.programMs(0.35)).toBeCloseTo(BASE_MS + 347, 3);
    expect(source.map.programMs(0.25)).toBeCloseTo(BASE_MS + 250, 3);
  });

  it('takes the place of a segment from where the player put it last', () => {
    const source = new Source();
    source.add(0, steady(20));
    for (const shiftSec of [0, 5]) {
      for (const segment of source.timeline.segments) source.map.observe(segment, shiftSec + segment.msn);
    }
    expect(source.map.programMs(6.5)).toBeCloseTo(BASE_MS + 1500, 3);
  });

  it('looks the epoch up by the playhead, not by what came last', () => {
    const source = new Source();
    source.add(0, steady(20));
    source.add(1, steady(20, BASE_MS + 5000));
    source.buffer();
    expect(source.map.programMs(1.9)).toBeCloseTo(BASE_MS + 1900, 3);
    expect(source.map.programMs(2)).toBeCloseTo(BASE_MS + 7000, 3);
    expect(source.map.programMs(3.9)).toBeCloseTo(BASE_MS + 8900, 3);
  });

  it('says that a time between two epochs has no picture, and where the next one starts', () => {
    const source = new Source();
    source.add(0, steady(20));
    source.add(1, steady(20, BASE_MS + 5000));
    source.buffer();
    expect(source.map.locate(BASE_MS + 1900)).toEqual({ positionSec: 1.9, inGap: false });
    expect(source.map.locate(BASE_MS + 4000)).toEqual({ positionSec: 2, inGap: true });
    expect(source.map.locate(BASE_MS + 7500)).toEqual({ positionSec: 2.5, inGap: false });
  });

  it('finds no gap between two segments of one epoch, however they are rounded', () => {
    const source = new Source();
    source.add(0, steady(10));
    source.add(0, steady(10, BASE_MS + 4));
    source.buffer();
    for (const ms of [999, 1000, 1002, 1003.9, 1004, 1010]) {
      expect(source.map.locate(BASE_MS + ms)?.inGap).toBe(false);
    }
  });

  it('means the newest epoch where the clock of a restarted relay made the same time twice', () => {
    const source = new Source();
    source.add(0, steady(20));
    source.add(1, steady(20, BASE_MS - 3000));
    source.buffer();
    expect(source.map.locate(BASE_MS + 500)?.positionSec).toBeCloseTo(3.5, 6);
    expect(source.map.locate(BASE_MS - 500)?.positionSec).toBeCloseTo(2.5, 6);
  });

  it('forgets what was trimmed, but never the last segment', () => {
    const source = new Source();
    source.add(0, steady(20));
    source.add(1, steady(10, BASE_MS + 5000));
    source.buffer();
    source.map.dropBefore(1.5);
    expect(source.map.programMs(1.2)).toBeCloseTo(BASE_MS + 1200, 3);
    source.map.dropBefore(2.5);
    expect(source.map.programMs(1)).toBeCloseTo(BASE_MS + 6000, 3);
    source.map.dropBefore(100);
    expect(source.map.programMs(3)).toBeCloseTo(BASE_MS + 8000, 3);
    source.map.clear();
    expect(source.map.programMs(3)).toBeUndefined();
  });

  it('keeps no more than can be in a buffer', () => {
    const source = new Source();
    source.add(0, steady(10, BASE_MS + 5));
    for (let n = 0; n < 300; n += 1) source.add(0, steady(10));
    source.buffer();
    expect(source.map.programMs(300.5)).toBeCloseTo(BASE_MS + 300_500, 3);
    // Of the first segment nothing is known but by those after it.
    expect(source.map.programMs(0.5)).toBeCloseTo(BASE_MS + 500, 3);
  });
});
