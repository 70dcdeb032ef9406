import { describe, expect, test } from 'vitest';
import type { BudgetTile } from '../../../../../src/viewer/wall/link-allot.ts';
import { LinkBudget } from '../../../../../src/viewer/wall/link-budget.ts';

const TICK_MS = 250;
const STEPS = [
  { id: 'small', kbps: 100 },
  { id: 'middle', kbps: 600 },
];
const LARGE = [...STEPS, { id: 'large', kbps: 2_000 }];

/** Tiles that play what the budget lets them, a second after it does, over a link that lets media pile up beyond its rate. */
class Wall {
  readonly budget = new LinkBudget();
  nowMs = 0;
  linkKbps = Number.POSITIVE_INFINITY;
  far: boolean | undefined = false;
  limitKbps: number | undefined;
  full = false;
  /** What the tiles begin with: it fills the link, and nothing was there before it to be later than. */
  historyBits = 0;
  /** How late everything is besides, from now on. */
  longerMs = 0;
  readonly #tiles = new Map<string, { tile: BudgetTile; wantedMs: number }>();
  #pileBits = 0;

  constructor(tiles: Readonly<Record<string, Partial<BudgetTile>>>) {
    for (const [camera, tile] of Object.entries(tiles)) {
      const { steps = STEPS } = tile;
      const currentKbps = steps.at(-1)?.kbps;
      const signs = { lagMs: 0, tells: true, receivedBytes: 0, skippedParts: 0, shownHeightPx: 360 };
      this.#tiles.set(camera, { tile: { ...signs, camera, steps, currentKbps, ...tile }, wantedMs: 0 });
    }
  }

  change(camera: string, change: Partial<BudgetTile>): void {
    const known = this.#tiles.get(camera);
    if (known !== undefined) known.tile = { ...known.tile, ...change };
  }

  run(seconds: number): this {
    for (const endMs = this.nowMs + seconds * 1000; this.nowMs < endMs; this.nowMs += TICK_MS) this.#step();
    return this;
  }

  /** What each tile plays, in kbit/s. */
  get plays(): (number | undefined)[] {
    return [...this.#tiles.values()].map(({ tile }) => tile.currentKbps);
  }

  #step(): void {
    const sentKbps = this.plays.reduce<number>((sum, kbps = 0) => sum + kbps, 0);
    const bits = Math.min(this.#pileBits + sentKbps * TICK_MS, this.linkKbps * TICK_MS);
    this.#pileBits += sentKbps * TICK_MS - bits;
    const lagMs = this.#pileBits / Math.min(this.linkKbps, 1e9) + this.longerMs;
    const history = Math.min(this.historyBits, this.linkKbps * TICK_MS - bits);
    this.historyBits -= history;
    for (const [camera, { tile }] of this.#tiles) {
      const receivedBytes = tile.receivedBytes + (bits + history) / 8 / this.#tiles.size;
      this.change(camera, { receivedBytes, lagMs: Math.max(lagMs, tile.tells ? 0 : 5_000) });
    }
    const tiles = [...this.#tiles.values()].map(({ tile }) => tile);
    this.budget.step({ nowMs: this.nowMs, tiles, far: this.far, limitKbps: this.limitKbps, full: this.full });
    for (const known of this.#tiles.values()) this.#follow(known);
  }

  #follow(known: { tile: BudgetTile; wantedMs: number }): void {
    const { steps, camera, currentKbps } = known.tile;
    const most = this.budget.most.get(camera);
    if (most === 'never') return;
    const kbps = (steps.find(({ id }) => id === most) ?? steps.at(-1))?.kbps;
    if (kbps === currentKbps) known.wantedMs = this.nowMs;
    else if (this.nowMs - known.wantedMs >= 1_000) known.tile = { ...known.tile, currentKbps: kbps };
  }
}

const THREE = { a: {}, b: {}, c: {} };

describe('a link that carries everything', () => {
  test('bounds nothing', () => {
    const { budget } = new Wall(THREE).run(60);
    expect([budget.most.size, budget.smaller, budget.tooThin, budget.carriesKbps]).toEqual([
      0,
      0,
      false,
      undefined,
    ]);
    expect(budget.rateKbps(59_750)).toBeCloseTo(1_800, -2);
  });

  test('bounds nothing when the way becomes longer by more than tiles may be late', () => {
    const wall = new Wall(THREE).run(10);
    wall.longerMs = 800;
    wall.run(20);
    expect(wall.budget.most.size).toBe(0);
  });

  test('nor for a tile that is late by the host of the relay', () => {
    expect(new Wall({ a: {}, b: {}, made: { tells: false } }).run(20).budget.most.size).toBe(0);
  });
});

describe('a computer that is full', () => {
  const full = (kbps: number): Wall => {
    const wall = new Wall(THREE).run(5);
    wall.full = true;
    wall.linkKbps = kbps;
    return wall.run(4);
  };

  test('gives smaller rungs, and says nothing of the link', () => {
    const { budget } = full(1_000);
    expect(budget.smaller).toBeGreaterThan(0);
    expect([budget.byHost, budget.carriesKbps, budget.tooThin]).toEqual([true, undefined, false]);
    expect(full(200).run(10).budget.tooThin).toBe(false);
  });

  test('has all of them again as soon as it has room', () => {
    const wall = full(1_000).run(20);
    wall.full = false;
    wall.linkKbps = Number.POSITIVE_INFINITY;
    expect(wall.run(2).plays).toEqual([600, 600, 600]);
    expect([wall.budget.most.size, wall.budget.byHost]).toEqual([0, false]);
  });

  test('takes nothing back that is known of the link', () => {
    const wall = new Wall(THREE).run(5);
    wall.linkKbps = 1_440;
    wall.run(10);
    wall.full = true;
    wall.run(5);
    wall.full = false;
    wall.run(2);
    expect([wall.budget.byHost, wall.budget.smaller]).toEqual([false, 2]);
  });
});

describe('a link that is too thin', () => {
  const thin = (kbps: number, tiles = THREE, seconds = 4): Wall => {
    const wall = new Wall(tiles).run(5);
    wall.linkKbps = kbps;
    return wall.run(seconds);
  };

  test('gives smaller rungs within a second where it plainly carries no more than half', () => {
    const { budget } = thin(1_000, THREE, 1.5);
    expect(budget.most.size).toBe(3);
    expect(budget.carriesKbps).toBeCloseTo(1_000, -1);
  });

  test('leaves more room where more has piled up meanwhile', () => {
    const wall = new Wall(THREE).run(5);
    wall.longerMs = 2_000;
    wall.linkKbps = 1_440;
    expect([...wall.run(4).budget.most.values()]).toEqual(['small', 'small', 'small']);
  });

  test('gives smaller rungs within seconds, to less than it carries, and tells what that is', () => {
    const { budget } = thin(1_440);
    expect([...budget.most]).toEqual([
      ['a', 'middle'],
      ['b', 'small'],
      ['c', 'small'],
    ]);
    expect(budget.carriesKbps).toBeGreaterThan(1_300);
    expect(budget.carriesKbps).toBeLessThan(1_450);
    expect([budget.smaller, budget.tooThin]).toEqual([2, false]);
  });

  test('goes down further for what has piled up, and up again one by one as soon as that is gone', () => {
    const wall = thin(1_000, THREE, 2);
    expect([...wall.budget.most.values()]).toEqual(['small', 'small', 'small']);
    wall.run(8);
    expect(wall.plays).toEqual([600, 100, 100]);
    // No more than it was seen to carry, and that is no trial.
    expect(wall.run(25).plays).toEqual([600, 100, 100]);
  });

  test('leaves that room also where it became thinner soon after a tile had gone up', () => {
    const wall = new Wall(THREE);
    Object.assign(wall, { far: true, linkKbps: 10_000 });
    expect(wall.run(2).plays).toEqual([100, 100, 100]);
    for (let second = 0; second < 30 && wall.plays.includes(100); second += 1) wall.run(1);
    expect(wall.plays).toEqual([600, 600, 600]);
    wall.linkKbps = 1_000;
    expect([...wall.run(2).budget.most.values()]).toEqual(['small', 'small', 'small']);
  });

  test('says while media pile up that no latency helps, and no longer when they have drained', () => {
    const wall = thin(1_440, THREE, 2.5);
    expect(wall.budget.piling).toBeLessThan(0.9);
    expect(wall.run(10).budget.piling).toBeUndefined();
  });

  test('is too slow where even the smallest rungs are too much', () => {
    expect(thin(200).run(10).budget.tooThin).toBe(true);
  });

  test('keeps the enlarged tile above the others', () => {
    const tiles = { a: {}, b: { steps: LARGE, shownHeightPx: 720 }, c: {} };
    const wall = new Wall(tiles).run(5);
    wall.linkKbps = 2_700;
    expect([...wall.run(20).budget.most]).toEqual([
      ['a', 'small'],
      ['b', 'large'],
      ['c', 'small'],
    ]);
  });

  test('gives no other tile as much as the enlarged one while that would like more', () => {
    const tiles = { a: {}, b: { steps: LARGE, shownHeightPx: 720 }, c: {} };
    const wall = new Wall(tiles).run(5);
    wall.linkKbps = 2_100;
    expect([...wall.run(4).budget.most]).toEqual([
      ['a', 'small'],
      ['b', 'middle'],
      ['c', 'small'],
    ]);
  });

  test('is tried for more only now and then, where it was seen to carry no more', () => {
    const wall = thin(1_440);
    let changes = 0;
    for (let second = 0, before = 2; second < 300; second += 1) {
      const { smaller } = wall.run(1).budget;
      if (smaller < before) changes += 1;
      before = smaller;
    }
    expect(changes).toBeGreaterThan(0);
    expect(changes).toBeLessThanOrEqual(5);
  });

  test('does not go up soon where a pile made it seem to carry less than it does', () => {
    const wall = new Wall(THREE);
    Object.assign(wall, { far: true, linkKbps: 230 });
    wall.run(8);
    wall.linkKbps = 400;
    wall.run(35);
    expect([wall.plays, wall.budget.tooThin]).toEqual([[100, 100, 100], false]);
  });

  test('does not go up by a guess while what the tiles began with still fills it', () => {
    const small = { currentKbps: 100 };
    const wall = new Wall({ a: small, b: small, c: small });
    Object.assign(wall, { far: true, linkKbps: 400, historyBits: 600_000 });
    wall.run(10);
    expect([wall.historyBits, wall.plays]).toEqual([0, [100, 100, 100]]);
    wall.linkKbps = 4_000;
    wall.run(8);
    expect(wall.plays[0]).toBe(600);
  });

  test('goes up a rung at a time once it carries more, until nothing is bounded', () => {
    const wall = thin(1_000).run(20);
    const seen = new Set<number>();
    wall.linkKbps = 20_000;
    for (let second = 0; second < 200; second += 1) seen.add(wall.run(1).budget.smaller);
    expect([...seen]).toEqual([2, 1, 0]);
    expect(wall.budget.most.size).toBe(0);
    expect(wall.plays).toEqual([600, 600, 600]);
  });

  test('goes on up without long waits when more than it was seen to carry has come in time', () => {
    const wall = thin(1_000).run(20);
    wall.linkKbps = 20_000;
    for (let second = 0; second < 200 && wall.plays.includes(100); second += 1) wall.run(1);
    const fromMs = wall.nowMs;
    expect(wall.plays).toEqual([600, 600, 600]);
    // At 29 s, and 45 s for the first beyond what was known; the next need not wait so long again.
    expect(fromMs).toBeLessThan(90_000);
  });

  test('gives a larger rung up that does not come', () => {
    const wall = new Wall({ a: { currentKbps: 100 }, b: { currentKbps: 100 } });
    wall.far = true;
    wall.run(1);
    wall.change('a', { steps: [STEPS[0] ?? { id: '', kbps: 0 }, { id: 'never', kbps: 50_000 }] });
    wall.linkKbps = 60_000;
    wall.run(6);
    expect(wall.budget.most.get('a')).toBe('never');
    wall.run(7);
    expect(wall.budget.most.get('a')).toBe('small');
  });

  test('but not where tiles begin anew for another reason', () => {
    const wall = new Wall(THREE).run(10);
    wall.budget.settle(wall.nowMs);
    wall.change('a', { skippedParts: 900 });
    wall.linkKbps = 900;
    wall.run(1);
    wall.linkKbps = 20_000;
    expect(wall.run(20).budget.most.size).toBe(0);
  });

  test('where the relay leaves parts out is judged at once', () => {
    const wall = new Wall(THREE).run(10);
    wall.change('a', { skippedParts: 12 });
    wall.linkKbps = 900;
    wall.run(1);
    expect(wall.budget.smaller).toBeGreaterThan(0);
  });
});

test('a relay that is far off gets the smallest rungs first, and soon the next', () => {
  const wall = new Wall(THREE);
  wall.far = true;
  expect([...wall.run(1).budget.most.values()]).toEqual(['small', 'small', 'small']);
  wall.run(30);
  expect(wall.plays).toEqual([600, 600, 600]);
});

describe('a limit that the user sets', () => {
  test('holds at once, with the enlarged tile above the others, and is no matter of the link', () => {
    const wall = new Wall({ a: {}, b: { steps: LARGE, shownHeightPx: 720 }, c: {} });
    wall.limitKbps = 2_222;
    const { budget } = wall.run(1);
    expect([...budget.most.values()]).toEqual(['small', 'large', 'small']);
    expect([budget.limited, budget.tooThin, budget.carriesKbps]).toEqual([true, false, undefined]);
    wall.limitKbps = undefined;
    expect(wall.run(1).budget.most.size).toBe(0);
  });

  test('below the smallest rungs gives these, and calls no link too slow', () => {
    const wall = new Wall(THREE);
    wall.limitKbps = 100;
    const { budget } = wall.run(30);
    expect([...budget.most.values()]).toEqual(['small', 'small', 'small']);
    expect(budget.tooThin).toBe(false);
  });

  test('is not passed by a link that is found to carry more', () => {
    const wall = new Wall(THREE).run(5);
    wall.limitKbps = 900;
    wall.linkKbps = 500;
    wall.run(10);
    wall.linkKbps = 20_000;
    wall.run(400);
    expect(wall.plays).toEqual([600, 100, 100]);
  });
});

test('what is not known yet is waited for', () => {
  const wall = new Wall(THREE);
  wall.far = undefined;
  expect(wall.run(2).budget.most.size).toBe(0);
  wall.far = true;
  expect(wall.run(1).budget.most.size).toBe(3);
});
