import { describe, expect, it } from 'vitest';
import { AutoMode, type AutoSigns } from '../../../../../src/viewer/wall/auto-mode.ts';

const good: Omit<AutoSigns, 'nowMs'> = {
  lateStalls: 0,
  targetExhausted: false,
  arrivalDelayMs: 40,
  rttMs: 5,
};

/** Steps once a second from `fromMs` to `toMs`. */
function run(auto: AutoMode, fromMs: number, toMs: number, signs: Partial<AutoSigns> = {}): void {
  for (let nowMs = fromMs; nowMs <= toMs; nowMs += 1000) auto.step({ ...good, ...signs, nowMs });
}

describe('AutoMode', () => {
  it('starts at Ultra-Low and stays there on a good link', () => {
    const auto = new AutoMode();
    run(auto, 0, 120_000);
    expect(auto.mode).toBe('ultra-low');
    expect(auto.why).not.toBe('');
  });

  it('starts at Balanced when the relay is far away, and says so', () => {
    const auto = new AutoMode();
    auto.step({ ...good, nowMs: 0, rttMs: 420 });
    expect(auto.mode).toBe('balanced');
    expect(auto.why).toContain('420 ms');
  });

  it('steps down at once on two stalls in 30 s when the target cannot rise', () => {
    const auto = new AutoMode();
    run(auto, 0, 0, { lateStalls: 1, targetExhausted: true });
    expect(auto.mode).toBe('ultra-low');
    run(auto, 5000, 5000, { lateStalls: 1, targetExhausted: true });
    expect(auto.mode).toBe('balanced');
    expect(auto.why).toContain('2 stalls');
  });

  it('leaves stalls to the target while that can rise', () => {
    const auto = new AutoMode();
    run(auto, 0, 20_000, { lateStalls: 1 });
    expect(auto.mode).toBe('ultra-low');
  });

  it('steps down at once when media arrives later than the mode can wait', () => {
    const auto = new AutoMode();
    run(auto, 0, 0, { arrivalDelayMs: 1400 });
    expect(auto.mode).toBe('balanced');
    expect(auto.why).toContain('1.4 s late');
    run(auto, 1000, 1000, { arrivalDelayMs: 3500 });
    expect(auto.mode).toBe('stable');
    run(auto, 2000, 2000, { arrivalDelayMs: 30_000 });
    expect(auto.mode).toBe('stable');
  });

  it('steps up after 60 clean seconds', () => {
    const auto = new AutoMode();
    run(auto, 0, 0, { arrivalDelayMs: 1400 });
    run(auto, 1000, 59_000);
    expect(auto.mode).toBe('balanced');
    run(auto, 60_000, 61_000);
    expect(auto.mode).toBe('ultra-low');
  });

  it('does not step up to a mode that the arrival delay rules out, nor without media', () => {
    const auto = new AutoMode();
    run(auto, 0, 0, { arrivalDelayMs: 1400 });
    run(auto, 1000, 100_000, { arrivalDelayMs: 900 });
    expect(auto.mode).toBe('balanced');
    auto.step({ ...good, nowMs: 101_000, arrivalDelayMs: undefined });
    expect(auto.mode).toBe('balanced');
  });

  it('doubles the hold on each relapse, up to ten minutes', () => {
    const auto = new AutoMode();
    const holds: number[] = [];
    let nowMs = 0;
    for (let i = 0; i < 6; i += 1) {
      auto.step({ ...good, nowMs, arrivalDelayMs: 1400 });
      const leftMs = nowMs;
      while (auto.mode === 'balanced') {
        nowMs += 1000;
        auto.step({ ...good, nowMs });
      }
      holds.push(nowMs - leftMs);
      nowMs += 10_000;
    }
    expect(holds).toEqual([60_000, 120_000, 240_000, 480_000, 600_000, 600_000]);
  });
});
