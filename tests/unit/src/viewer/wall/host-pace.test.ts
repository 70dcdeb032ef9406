import { describe, expect, it } from 'vitest';
import { HostPace } from '../../../../../src/viewer/wall/host-pace.ts';

const PERIOD_MS = 250;

class Host {
  readonly pace = new HostPace();
  nowMs = 0;
  #total = 0;
  #dropped = 0;

  /** @param lateMs of each look; @param dropped of 30 pictures a second */
  run(
    seconds: number,
    { lateMs = 0, dropped = 0, lagMs = 20, errorMs = 0, bufferAheadMs = 300 } = {},
  ): boolean {
    const endMs = this.nowMs + seconds * 1000;
    while (this.nowMs < endMs) {
      const stepMs = PERIOD_MS + lateMs;
      this.nowMs += stepMs;
      this.#total += (30 * stepMs) / 1000;
      this.#dropped += (dropped * stepMs) / 1000;
      const frames = { total: this.#total, dropped: this.#dropped };
      this.pace.step(this.nowMs, PERIOD_MS, new Map([['a', { frames, lagMs, errorMs, bufferAheadMs }]]));
    }
    return this.full;
  }

  get full(): boolean {
    return this.pace.sinceMs !== undefined;
  }

  /** Seconds until it is calm. */
  calm(): number {
    const fromMs = this.nowMs;
    while (this.full) this.run(0.25);
    return (this.nowMs - fromMs) / 1000;
  }
}

describe('HostPace', () => {
  it('is calm with timers a little late and a few pictures left out', () => {
    expect(new Host().run(60, { lateMs: 40, dropped: 3 })).toBe(false);
  });

  it('is full within two seconds of late timers, and tells since when', () => {
    const host = new Host();
    host.run(20);
    const fromMs = host.nowMs;
    host.run(2, { lateMs: 120 });
    expect(host.pace.sinceMs).toBeLessThanOrEqual(fromMs);
    expect(host.pace.sinceMs).toBeGreaterThan(fromMs - 3_000);
  });

  it('takes one long task for none', () => {
    const host = new Host();
    host.run(10);
    host.run(0.1, { lateMs: 800 });
    expect(host.run(10)).toBe(false);
  });

  it('is not full for pictures that are left out since their media come late', () => {
    const host = new Host();
    host.run(10);
    expect(host.run(10, { dropped: 10, lagMs: 400 })).toBe(false);
    expect(host.run(5)).toBe(false);
  });

  it('is not full for pictures that are left out by tiles that were late from the start, with little to play', () => {
    expect(new Host().run(20, { dropped: 10, errorMs: 2_000, bufferAheadMs: 60 })).toBe(false);
    // What is there and not shown is this computer's.
    expect(new Host().run(20, { dropped: 10, errorMs: 2_000, bufferAheadMs: 600 })).toBe(true);
  });

  it('is full when a sixth of the pictures are left out, though timers are in time', () => {
    const host = new Host();
    expect(host.run(10, { dropped: 6 })).toBe(true);
    // Between the two limits it stays as it is.
    expect(host.run(10, { dropped: 3 })).toBe(true);
    expect(host.calm()).toBeLessThanOrEqual(5.5);
  });

  it('does not take the opening of a wall for it', () => {
    const host = new Host();
    host.run(4, { lateMs: 200 });
    expect(host.run(20)).toBe(false);
  });

  it('is calm within six seconds after, and after twice as long each time that this was too soon', () => {
    const host = new Host();
    const waits: number[] = [];
    for (let i = 0; i < 4; i += 1) {
      host.run(10, { lateMs: 120 });
      waits.push(host.calm());
    }
    expect(waits[0]).toBeLessThanOrEqual(5.5);
    expect(waits[1]).toBeGreaterThan(7);
    expect(waits[3]).toBeGreaterThan(1.5 * (waits[2] ?? 0));
    host.run(120);
    host.run(10, { lateMs: 120 });
    expect(host.calm()).toBeLessThanOrEqual(5.5);
  });

  it('says nothing of a page that nobody sees, nor of the time in the dark', () => {
    const host = new Host();
    host.run(10, { lateMs: 120 });
    host.pace.reset();
    expect(host.full).toBe(false);
    host.nowMs += 60_000;
    expect(host.run(5)).toBe(false);
  });
});
