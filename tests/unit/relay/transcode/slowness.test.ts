import { describe, expect, it } from 'vitest';
import { SLOW_MS, Slowness, type SlownessVerdict } from '../../../../relay/transcode/slowness.ts';

/** Past its warm-up. */
function warm(): { slowness: Slowness; run: (speed: number, ms: number) => SlownessVerdict[] } {
  const slowness = new Slowness();
  let nowMs = 0;
  slowness.started(nowMs);
  nowMs += 10_000;
  return {
    slowness,
    run(speed, ms) {
      const verdicts: SlownessVerdict[] = [];
      for (const endMs = nowMs + ms; nowMs < endMs; ) {
        nowMs += 500;
        verdicts.push(slowness.sample(speed, nowMs));
      }
      return verdicts;
    },
  };
}

describe('Slowness', () => {
  it('is content with an encoder that keeps up', () => {
    expect(new Set(warm().run(0.98, 60_000))).toEqual(new Set(['fine']));
  });

  it('speaks up after ten slow seconds, not before, and for as long as it lasts', () => {
    const { run } = warm();
    expect(run(0.9, SLOW_MS)).not.toContain('slow');
    expect(run(0.9, 1_000)).toEqual(['slow', 'slow']);
    expect(run(1, 500)).toEqual(['fine']);
  });

  it('forgives a busy moment', () => {
    const { run } = warm();
    run(0.5, SLOW_MS - 1000);
    run(1, 500);
    expect(run(0.5, SLOW_MS - 1000)).not.toContain('slow');
  });

  it('gives it its time again when something was done', () => {
    const { run, slowness } = warm();
    run(0.5, SLOW_MS + 500);
    slowness.excuse();
    expect(run(0.5, SLOW_MS)).not.toContain('slow');
  });

  it('does not count the first seconds of a process', () => {
    const slowness = new Slowness();
    slowness.started(0);
    for (let ms = 0; ms < 5_000; ms += 500) expect(slowness.sample(0.1, ms)).toBe('fine');
    expect(slowness.sample(0.1, 5_000)).toBe('watching');
  });
});
