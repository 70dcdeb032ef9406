import { describe, expect, it } from 'vitest';
import { ArrivalDelay } from '../../../../../src/viewer/push/arrival-delay.ts';

const PART_MS = 100;

/** Parts of 100 ms, each so late as `late` says at its time; none where that is undefined. */
function run(delay: ArrivalDelay, fromSec: number, toSec: number, late: (ms: number) => number | undefined) {
  for (let ms = fromSec * 1000; ms < toSec * 1000; ms += PART_MS) {
    const lateMs = late(ms);
    if (lateMs !== undefined) delay.add(ms, lateMs, PART_MS);
  }
  return delay.signs(toSec * 1000);
}

/** A link that carries only a share of the media: what it does not carry piles up. */
function thin(delay: ArrivalDelay, fromSec: number, toSec: number, share: number) {
  for (let ms = fromSec * 1000; ms < toSec * 1000; ms += PART_MS / share) {
    delay.add(ms, (ms - fromSec * 1000) * (1 - share), PART_MS);
  }
  return delay.signs(toSec * 1000);
}

describe('ArrivalDelay', () => {
  it('says nothing before media of five seconds', () => {
    const delay = new ArrivalDelay();
    expect(run(delay, 0, 4, () => 40)).toBeUndefined();
    expect(run(delay, 4, 5, () => 40)).toMatchObject({ lateMs: 40, leastMs: 40, partMs: 100, steady: true });
  });

  it('forgets what was late before its maker jumped, unless that jumps again and again', () => {
    const delay = new ArrivalDelay();
    run(delay, 0, 6, () => 2_000);
    delay.jumped(6_000);
    expect(delay.signs(6_000)).toBeUndefined();
    expect(run(delay, 6, 12, () => 80)).toMatchObject({ lateMs: 80 });
    run(delay, 12, 15, () => 2_000);
    delay.jumped(15_000);
    expect(delay.signs(15_000)).toMatchObject({ lateMs: 2_000 });
  });

  it('takes one late second for a hiccup, two for a pattern, and forgets them', () => {
    const delay = new ArrivalDelay();
    run(delay, 0, 60, () => 40);
    expect(run(delay, 60, 61, () => 300)?.lateMs).toBe(40);
    run(delay, 61, 65, () => 40);
    expect(run(delay, 65, 66, () => 200)?.lateMs).toBe(200);
    expect(run(delay, 66, 90, () => 40)?.lateMs).toBe(40);
  });

  it('remembers what comes once in each minute', () => {
    const delay = new ArrivalDelay();
    expect(run(delay, 0, 301, (ms) => (ms % 60_000 === 0 ? 250 : 40))?.lateMs).toBe(250);
  });

  it('tells how long nothing came, and does not take what an outage held up for jitter', () => {
    const delay = new ArrivalDelay();
    run(delay, 0, 30, () => 40);
    expect(delay.waitMs(34_900)).toBe(5_000);
    expect(run(delay, 35, 36, () => 5_000)?.lateMs).toBe(40);
    expect(run(delay, 36, 50, () => 40)).toMatchObject({ lateMs: 40, steady: true });
  });

  it('forgets what was late while this computer was full, and nothing of before or after', () => {
    const delay = new ArrivalDelay();
    run(delay, 0, 30, (ms) => (ms < 10_000 ? 120 : 40));
    expect(run(delay, 30, 50, () => 700)?.lateMs).toBe(700);
    run(delay, 50, 52, () => 200);
    delay.forgive(30_000, 52_000);
    expect(delay.signs(52_000)?.lateMs).toBe(120);
    run(delay, 52, 54, () => 200);
    delay.forgive(30_000, 52_000);
    expect(delay.signs(54_000)?.lateMs).toBe(200);
  });

  it('tells media that pile up, and forgets how late they were when they come at their rate again', () => {
    const delay = new ArrivalDelay();
    run(delay, 0, 30, () => 40);
    const piling = thin(delay, 30, 45, 0.6);
    expect(piling?.steady).toBe(false);
    expect(piling?.carried).toBeCloseTo(0.6, 1);
    expect(run(delay, 45, 65, () => 40)).toMatchObject({ lateMs: 40, steady: true });
  });

  it('forgets all of it when asked to', () => {
    const delay = new ArrivalDelay();
    run(delay, 0, 30, () => 40);
    delay.reset();
    expect([delay.signs(30_000), delay.waitMs(30_000)]).toEqual([undefined, undefined]);
  });
});
