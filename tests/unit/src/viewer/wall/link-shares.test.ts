import { expect, test } from 'vitest';
import type { SharingTile } from '../../../../../src/viewer/wall/link-share.ts';
import { LinkShares } from '../../../../../src/viewer/wall/link-shares.ts';
import type { TileSigns } from '../../../../../src/viewer/wall/wall-need.ts';

const STEPS = [
  { id: 'small', kbps: 100 },
  { id: 'large', kbps: 1000 },
];

/** A tile with two rungs that receives what its rung has, and how late that is. */
class FakeTile {
  lagMs = 0;
  most: string | undefined;
  bytes = 0;

  get kbps(): number {
    return this.most === 'small' ? 100 : 1000;
  }

  readonly port = {
    arrival: { lagMs: () => this.lagMs, reset: () => {} },
    mirror: { skippedParts: 0 },
    rungs: {
      steps: () => STEPS,
      shownHeightPx: 360,
      setMost: (rung: string | undefined) => {
        this.most = rung;
      },
    },
  };

  get sharing(): SharingTile {
    const rungs = { ...this.port.rungs, currentKbps: this.kbps, receivedBytes: this.bytes };
    return { ...this.port, rungs } as unknown as SharingTile;
  }
}

function wall(...cameras: string[]) {
  const shares = new LinkShares();
  const tiles = new Map(cameras.map((camera) => [camera, new FakeTile()]));
  let nowMs = 0;
  const run = (ms: number, each: () => void = () => {}): void => {
    for (const endMs = nowMs + ms; nowMs < endMs; nowMs += 250) {
      each();
      for (const tile of tiles.values()) tile.bytes += (tile.kbps * 250) / 8;
      shares.step(
        new Map([...tiles].map(([camera, tile]) => [camera, tile.sharing])),
        cameras.map((camera) => ({ camera, tells: true }) as TileSigns),
        { nowMs, rttMs: () => 2, network: undefined, full: false },
      );
    }
  };
  const tile = (camera: string): FakeTile => {
    const found = tiles.get(camera);
    if (found === undefined) throw new Error(`no tile ${camera}`);
    return found;
  };
  return { shares, tiles, run, tile, now: () => nowMs };
}

test('a relay whose link is too thin gets smaller pictures, and the others keep theirs', () => {
  const { run, tile, shares } = wall('a', 'b', 'c', '2:a');
  run(10_000);
  run(4_000, () => {
    tile('2:a').lagMs += 150;
  });
  expect(tile('2:a').most).toBe('small');
  expect(['a', 'b', 'c'].map((camera) => tile(camera).kbps)).toEqual([1000, 1000, 1000]);
  // One tile of four: the wall's latency is not its business.
  expect(shares.piling).toBeUndefined();
});

test('where the media of every relay pile up, the wall knows it, and each relay goes down', () => {
  const { run, tile, tiles, shares } = wall('a', '2:a');
  run(10_000);
  run(4_000, () => {
    for (const each of tiles.values()) each.lagMs += 150;
  });
  expect([tile('a').most, tile('2:a').most]).toEqual(['small', 'small']);
  expect(shares.piling).toBeDefined();
});

test("the user's limit counts what all relays send together", () => {
  const { run, tiles, shares, now } = wall('a', '2:a', '3:a');
  run(10_000);
  // 0.5 GB an hour are 1.1 Mbit/s: not three times 1000 kbit/s.
  shares.limitGbPerHour = 0.5;
  run(20_000);
  const kbps = [...tiles.values()].reduce((sum, tile) => sum + tile.kbps, 0);
  expect(kbps).toBeLessThanOrEqual(1111);
  expect(shares.load(now()).limited).toBe(true);
});

test('what one relay does not use of the limit is there for another', () => {
  const { run, tile, tiles, shares } = wall('a', '2:a');
  shares.limitGbPerHour = 0.6;
  run(20_000);
  // 1333 kbit/s: one large picture and a small one.
  const kbps = [...tiles.values()].map((each) => each.kbps).sort((a, b) => a - b);
  expect(kbps).toEqual([100, 1000]);
  expect(tile('a').most === 'small').not.toBe(tile('2:a').most === 'small');
});
