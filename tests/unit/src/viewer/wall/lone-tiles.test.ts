import { describe, expect, it } from 'vitest';
import { LoneTiles } from '../../../../../src/viewer/wall/lone-tiles.ts';
import type { TileSigns } from '../../../../../src/viewer/wall/wall-need.ts';

const tile = (camera: string, lateMs: number, lateStalls = 0): TileSigns => ({
  camera,
  lateStalls,
  arrival: { lateMs, leastMs: 20, partMs: 42, carried: 1, steady: true },
  waitMs: 0,
  tells: camera !== 'made',
});
const WALL = { targetMs: 300, askedMs: 200 };

/** Steps once a second; returns what the tile had after each. */
function steps(lone: LoneTiles, fromSec: number, seconds: number, own: TileSigns): (number | undefined)[] {
  return Array.from({ length: seconds }, (_, n) => {
    lone.step((fromSec + n) * 1000, WALL, [tile('a', 50), tile('b', 50), own]);
    return lone.targetsMs.get('made');
  });
}

describe('LoneTiles', () => {
  it('lets one tile go that the wall would have to wait for', () => {
    expect(steps(new LoneTiles(), 0, 1, tile('made', 3_800))).toEqual([3_900]);
  });

  it('lowers what a tile has when it has needed less for a while, before it can come back', () => {
    const lone = new LoneTiles();
    steps(lone, 0, 1, tile('made', 3_800));
    expect(steps(lone, 1, 7, tile('made', 400))).toEqual([3_900, 3_900, 3_900, 3_900, 3_900, 500, 500]);
  });

  it('comes down to the latency of the wall, and is back in the group after half a minute', () => {
    const lone = new LoneTiles();
    steps(lone, 0, 1, tile('made', 3_800));
    const later = steps(lone, 1, 40, tile('made', 60));
    expect(later.slice(5, 30)).toEqual(Array.from({ length: 25 }, () => 300));
    expect(later.at(-1)).toBeUndefined();
  });

  it('does not lower it while its pictures run out', () => {
    const lone = new LoneTiles();
    steps(lone, 0, 1, tile('made', 3_800));
    expect(new Set(steps(lone, 1, 20, tile('made', 400, 1)))).toEqual(new Set([3_900]));
  });
});
