import { describe, expect, it } from 'vitest';
import { SyncController } from '../../../../../src/viewer/wall/sync-controller.ts';
import { FakeTime } from '../../../../support/fake-time.ts';
import { FakeTile } from './fake-tile.ts';

const TARGET_MS = 1000;
const all = (): boolean => true;

function setUp() {
  const time = new FakeTime();
  const page = { hidden: false };
  const sync = new SyncController({
    clock: time,
    timers: time,
    wallProgramMs: () => time.now() - TARGET_MS,
    targetMs: () => TARGET_MS,
    hidden: () => page.hidden,
    log: () => {},
  });
  /** `lateMs` behind the wall's target. */
  const tile = (lateMs: number) => new FakeTile(time, time.now() - TARGET_MS - lateMs);
  sync.start();
  return { time, page, sync, tile };
}

describe('SyncController', () => {
  it('brings tiles that start apart to the same instant', () => {
    const { time, sync, tile } = setUp();
    sync.add('a', tile(350));
    sync.add('b', tile(-300));
    sync.add('c', tile(100));
    time.advance(12_000);
    expect(sync.skewMs(all)).toBeLessThanOrEqual(8);
    expect(Math.abs(sync.state('a').errorMs ?? Number.NaN)).toBeLessThanOrEqual(4);
  });

  it('hurries a tile whose player is new, at first and after a rebuild, and no other', () => {
    const { time, sync, tile } = setUp();
    const late = tile(0);
    sync.add('a', late);
    for (const round of ['opened', 'rebuilt']) {
      const lateMap = (late.mapMs ?? Number.NaN) - 400;
      late.mapMs = undefined;
      time.advance(500);
      late.mapMs = lateMap;
      time.advance(1500);
      expect(Math.abs(sync.state('a').errorMs ?? Number.NaN), round).toBeLessThan(20);
      expect(Math.max(...late.rates.splice(0)), round).toBe(1.5);
      time.advance(10_000);
      late.rates.splice(0);
    }
    late.mapMs = (late.mapMs ?? Number.NaN) - 400;
    time.advance(1500);
    expect(Math.max(...late.rates)).toBe(1.1);
  });

  it('plays a tile that was let go later than the wall, out of the group, and takes it back', () => {
    const { time, sync, tile } = setUp();
    const lone = tile(0);
    sync.add('a', tile(0));
    sync.add('b', lone);
    lone.behind = 400;
    time.advance(10_000);
    expect(sync.state('b').inGroup).toBe(false);
    expect(Math.abs(sync.state('b').errorMs ?? Number.NaN)).toBeLessThanOrEqual(4);
    expect(lone.programMs()).toBeCloseTo(time.now() - TARGET_MS - 400, -1);
    lone.behind = 0;
    time.advance(10_000);
    expect(sync.state('b').inGroup).toBe(true);
  });

  it('writes the rate only when it changes', () => {
    const { time, sync, tile } = setUp();
    const still = tile(0);
    sync.add('a', still);
    time.advance(10_000);
    expect(still.rates).toEqual([]);
  });

  it('lets a camera that is quicker than the slowest wait for it', () => {
    const { time, sync, tile } = setUp();
    const quick = tile(0);
    quick.camera = -240;
    sync.add('a', quick);
    time.advance(15_000);
    const shownMs = quick.programMs() ?? Number.NaN;
    expect(Math.abs(shownMs - (time.now() - TARGET_MS - 240))).toBeLessThanOrEqual(5);
    expect(sync.state('a').inGroup).toBe(true);
  });

  it('brings a tile that is hardly decoded in time back with the keyframe that is due, and not before', () => {
    const { time, sync, tile } = setUp();
    const late = tile(900);
    const dueMs = time.now() + 1200 - TARGET_MS;
    late.keyframesMs = [dueMs - 2000, dueMs, dueMs + 2000];
    sync.add('a', late);
    time.advance(1150);
    expect(late.seeks).toEqual([]);
    expect(Math.max(...late.rates)).toBeLessThanOrEqual(1.03);
    time.advance(100);
    expect(late.seeks).toHaveLength(1);
    // Just into the keyframe's picture, not one before it.
    const soughtMs = (late.seeks[0] ?? 0) * 1000 + (late.mapMs ?? Number.NaN);
    expect(soughtMs - dueMs).toBeGreaterThan(5);
    expect(soughtMs - dueMs).toBeLessThan(30);
    time.advance(5000);
    expect(late.seeks).toHaveLength(1);
    expect(Math.abs(sync.state('a').errorMs ?? Number.NaN)).toBeLessThan(20);
  });

  it('leaves such a tile alone that is hardly late, or whose keyframe has not come or was due long ago', () => {
    const { time, sync, tile } = setUp();
    const hardly = tile(250);
    const notThere = tile(900);
    const longAgo = tile(900);
    const dueMs = time.now() + 150 - TARGET_MS;
    hardly.keyframesMs = [dueMs];
    notThere.keyframesMs = [dueMs];
    notThere.endSec = notThere.positionSec() + 0.5;
    longAgo.keyframesMs = [dueMs - 500];
    for (const [index, late] of [hardly, notThere, longAgo].entries()) sync.add(`${index}`, late);
    time.advance(600);
    for (const late of [hardly, notThere, longAgo]) expect(late.seeks).toEqual([]);
  });

  it('seeks once and not again for 1.5 s', () => {
    const { time, sync, tile } = setUp();
    const late = tile(1500);
    sync.add('a', late);
    time.advance(100);
    expect(late.seeks).toHaveLength(1);
    late.mapMs = (late.mapMs ?? 0) - 1500;
    time.advance(1400);
    expect(late.seeks).toHaveLength(1);
    time.advance(200);
    expect(late.seeks).toHaveLength(2);
  });

  it('seeks at once again when the target was moved', () => {
    const { time, sync, tile } = setUp();
    const late = tile(1500);
    sync.add('a', late);
    time.advance(100);
    late.mapMs = (late.mapMs ?? 0) - 1500;
    sync.retarget();
    time.advance(100);
    expect(late.seeks).toHaveLength(2);
  });

  it('gives what has arrived a moment to be buffered, so that one seek goes all the way', () => {
    const { time, sync, tile } = setUp();
    const late = tile(2000);
    late.endSec = late.positionSec() + 1;
    sync.add('a', late);
    time.advance(200);
    expect(late.seeks).toHaveLength(0);
    late.endSec += 20;
    time.advance(200);
    expect(late.seeks).toHaveLength(1);
    expect(Math.abs(sync.state('a').errorMs ?? Number.NaN)).toBeLessThan(2100);
    time.advance(300);
    expect(Math.abs(sync.state('a').errorMs ?? Number.NaN)).toBeLessThan(10);
  });

  it('takes tiles that are all late to the wall together, once the last of them has what is due', () => {
    const { time, sync, tile } = setUp();
    const tiles = [2600, 2400, 2200].map(tile);
    for (const [index, late] of tiles.entries()) sync.add(`${index}`, late);
    const [, , last] = tiles;
    if (last === undefined) throw new Error('no tile');
    last.endSec = last.positionSec() + 1.7;
    time.advance(1500);
    expect(tiles.flatMap(({ seeks }) => seeks)).toEqual([]);
    expect(sync.skewMs(all)).toBeLessThanOrEqual(410);
    last.endSec += 20;
    time.advance(200);
    expect(tiles.map(({ seeks }) => seeks.length)).toEqual([1, 1, 1]);
    time.advance(500);
    expect(sync.skewMs(all)).toBeLessThan(30);
  });

  it('waits with no tile for one of which nothing comes, nor where the wall is kept by others', () => {
    const { time, sync, tile } = setUp();
    const [late, without, inTime] = [tile(2600), tile(2400), tile(0)];
    without.edge = 0;
    for (const [index, member] of [late, without].entries()) sync.add(`${index}`, member);
    without.endSec = without.positionSec() + 0.3;
    time.advance(1900);
    expect(late.seeks).toEqual([]);
    time.advance(300);
    expect(late.seeks).toHaveLength(1);
    const behind = tile(2600);
    sync.add('2', inTime);
    sync.add('3', behind);
    time.advance(200);
    expect(behind.seeks).toHaveLength(1);
  });

  it('jumps to where the picture will be loaded when the buffer stays short of it', () => {
    const { time, sync, tile } = setUp();
    const late = tile(6000);
    late.endSec = late.positionSec() + 2;
    late.estimated = 26.5;
    sync.add('a', late);
    time.advance(500);
    expect(late.seeks).toEqual([26.5]);
  });

  it('goes on to the newer epoch of a relay that came back with an earlier clock, instead of waiting for the old one', () => {
    const { time, sync, tile } = setUp();
    const old = tile(-60_000);
    old.startSec = 15;
    old.endSec = 24;
    old.locate = () => ({ positionSec: 23, inGap: false });
    sync.add('a', old);
    time.advance(200);
    expect(old.seeks).toEqual([23]);
  });

  it('does not jump after media that has not arrived', () => {
    const { time, sync, tile } = setUp();
    const late = tile(6000);
    late.endSec = late.positionSec();
    late.edge = time.now() - 7000;
    late.estimated = 26.5;
    sync.add('a', late);
    time.advance(3000);
    expect(late.seeks).toEqual([]);
  });

  it('holds a tile at a seam whose wanted time has no picture', () => {
    const { time, sync, tile } = setUp();
    const early = tile(-10);
    early.gap = true;
    sync.add('a', early);
    time.advance(100);
    expect(early.rate()).toBe(0);
    expect(sync.state('a').holding).toBe(true);
    early.gap = false;
    time.advance(300);
    expect(early.rate()).not.toBe(0);
  });

  it('lets a tile leave the group that is 2 s off for 10 s, and takes it back when it holds again', () => {
    const { time, sync, tile } = setUp();
    const stuck = tile(0);
    stuck.endSec = stuck.positionSec();
    stuck.edge = undefined;
    sync.add('a', stuck);
    sync.add('b', tile(0));
    time.advance(11_900);
    expect(sync.state('a').inGroup).toBe(true);
    time.advance(300);
    expect(sync.state('a').inGroup).toBe(false);
    expect(sync.state('b').inGroup).toBe(true);
    expect(sync.skewMs(all)).toBeUndefined();
    stuck.edge = Number.POSITIVE_INFINITY;
    stuck.endSec = 1000;
    time.advance(2000);
    expect(sync.state('a').inGroup).toBe(true);
  });

  it('hurries a tile over what the seek costs by which it came back from a hidden page', () => {
    const { time, page, sync, tile } = setUp();
    const back = tile(0);
    sync.add('a', back);
    time.advance(3_000);
    page.hidden = true;
    back.setRate(0);
    time.advance(5_000);
    page.hidden = false;
    back.setRate(1);
    back.rates.splice(0);
    sync.resync();
    expect(back.seeks).toHaveLength(1);
    // The pictures before the wanted one were decoded for so long.
    back.mapMs = (back.mapMs ?? Number.NaN) - 300;
    time.advance(1_500);
    expect(Math.abs(sync.state('a').errorMs ?? Number.NaN)).toBeLessThan(20);
    expect(Math.max(...back.rates)).toBe(1.5);
  });

  it('leaves tiles alone while the page is hidden and brings them back by a seek at once', () => {
    const { time, page, sync, tile } = setUp();
    const paused = tile(0);
    sync.add('a', paused);
    time.advance(200);
    page.hidden = true;
    paused.setRate(0);
    time.advance(5000);
    expect(paused.rates).toEqual([0]);
    page.hidden = false;
    paused.setRate(1);
    sync.resync();
    expect(paused.seeks).toHaveLength(1);
    time.advance(100);
    expect(Math.abs(sync.state('a').errorMs ?? Number.NaN)).toBeLessThan(10);
  });

  it('says nothing about a tile that shows nothing', () => {
    const { time, sync, tile } = setUp();
    const blank = tile(0);
    blank.isReady = false;
    sync.add('a', blank);
    time.advance(200);
    expect(sync.state('a').errorMs).toBeUndefined();
    expect(sync.state('unknown').inGroup).toBe(false);
  });

  it('forgets a removed tile and ends when stopped', () => {
    const { time, sync, tile } = setUp();
    const late = tile(300);
    const remove = sync.add('a', late);
    remove();
    remove();
    time.advance(500);
    expect(late.rates).toEqual([]);
    sync.stop();
    sync.stop();
    expect(time.pending).toBe(0);
  });
});
