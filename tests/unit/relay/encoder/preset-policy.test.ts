import { describe, expect, it } from 'vitest';
import { PresetPolicy, type PresetVerdict, SLOW_MS } from '../../../../relay/encoder/preset-policy.ts';
import type { Preset } from '../../../../relay/encoder/sizes.ts';

/** A policy past its warm-up. */
function policy(
  preset: Preset,
  mayStep = true,
): { policy: PresetPolicy; run: (speed: number, ms: number) => PresetVerdict[] } {
  const subject = new PresetPolicy({ preset, mayStep });
  let nowMs = 0;
  subject.started(nowMs);
  nowMs += 10_000;
  return {
    policy: subject,
    run(speed, ms) {
      const verdicts: PresetVerdict[] = [];
      for (const endMs = nowMs + ms; nowMs < endMs; ) {
        nowMs += 500;
        verdicts.push(subject.sample(speed, nowMs));
      }
      return verdicts;
    },
  };
}

describe('PresetPolicy', () => {
  it('is content with an encoder that keeps up', () => {
    expect(
      policy('veryfast')
        .run(0.98, 60_000)
        .every(({ kind }) => kind === 'fine'),
    ).toBe(true);
  });

  it('steps down after ten slow seconds, not before', () => {
    const { policy: subject, run } = policy('veryfast');
    expect(run(0.9, SLOW_MS).map(({ kind }) => kind)).not.toContain('step');
    expect(run(0.9, 500)).toEqual([{ kind: 'step', from: 'veryfast', to: 'superfast' }]);
    expect(subject.preset).toBe('superfast');
  });

  it('forgives a busy moment', () => {
    const { run } = policy('veryfast');
    run(0.5, SLOW_MS - 1000);
    run(1, 500);
    expect(run(0.5, SLOW_MS - 1000).map(({ kind }) => kind)).not.toContain('step');
  });

  it('goes down to ultrafast and then says that it is too slow, as long as it is', () => {
    const { policy: subject, run } = policy('superfast');
    run(0.8, SLOW_MS + 500);
    expect(subject.preset).toBe('ultrafast');
    expect(run(0.8, SLOW_MS + 1000).at(-1)).toEqual({ kind: 'too-slow' });
    expect(run(0.8, 1000).at(-1)).toEqual({ kind: 'too-slow' });
    expect(run(1, 500).at(-1)).toEqual({ kind: 'fine' });
  });

  it('keeps a preset that the configuration chose', () => {
    const { policy: subject, run } = policy('medium', false);
    expect(run(0.5, SLOW_MS + 500).at(-1)).toEqual({ kind: 'too-slow' });
    expect(subject.preset).toBe('medium');
  });

  it('does not count the first seconds of a process', () => {
    const subject = new PresetPolicy({ preset: 'veryfast', mayStep: true });
    subject.started(0);
    for (let ms = 0; ms < 5_000; ms += 500) expect(subject.sample(0.1, ms)).toEqual({ kind: 'fine' });
    expect(subject.sample(0.1, 5_000)).toEqual({ kind: 'watching' });
  });
});
