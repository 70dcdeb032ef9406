import { describe, expect, it } from 'vitest';
import { AttemptPace, type AttemptSigns } from '../../../../../src/viewer/webrtc/attempt-pace.ts';

/** A choice whose clock the test moves; frames are shown at 30 a second while `moving`. */
function setUp() {
  const choice = new AttemptPace();
  let nowMs = 5_000;
  let frames = 0;
  const step = (changes: Partial<AttemptSigns> = {}) =>
    choice.step({ nowMs, wanted: true, hidden: false, frames, failure: undefined, ...changes });
  /** Steps four times a second; what was done, with the time since the call in ms. */
  const run = (ms: number, moving: boolean, changes: Partial<AttemptSigns> = {}): string[] => {
    const startMs = nowMs;
    const done: string[] = [];
    while (nowMs < startMs + ms) {
      nowMs += 250;
      if (moving) frames += 7;
      const action = step(changes);
      if (action !== undefined) done.push(`${nowMs - startMs} ${action.do}`);
    }
    return done;
  };
  const play = (): void => choice.playing(nowMs);
  return { choice, step, run, play };
}

describe('AttemptPace', () => {
  it('does nothing until it is wanted', () => {
    const { choice, run } = setUp();
    expect(run(5_000, false, { wanted: false })).toEqual([]);
    expect(choice.phase).toBe('off');
  });

  it('tries at once when it is wanted, and plays on while pictures come', () => {
    const { choice, step, run, play } = setUp();
    expect(step()).toEqual({ do: 'start' });
    play();
    expect(run(120_000, true)).toEqual([]);
    expect(choice.phase).toBe('playing');
  });

  it('goes back to push when there is no picture within 3 s', () => {
    const { choice, step, run } = setUp();
    step();
    expect(run(2_750, false)).toEqual([]);
    expect(run(250, false)).toEqual(['250 stop']);
    expect(choice.phase).toBe('waiting');
  });

  it('goes back at once when the attempt fails, and says why', () => {
    const { step } = setUp();
    step();
    expect(step({ failure: 'the relay said no' })).toEqual({ do: 'stop', reason: 'the relay said no' });
  });

  it('goes back when pictures stop for a second', () => {
    const { step, run, play } = setUp();
    step();
    play();
    expect(run(5_000, true)).toEqual([]);
    expect(run(2_000, false)).toEqual(['1000 stop']);
  });

  it.each([
    [30, '500 stop'],
    [10, '1000 stop'],
    [2, '1000 stop'],
  ])('of %i frames a second knows a stall sooner or later: %s', (fps, stop) => {
    const { step, run, play } = setUp();
    step();
    play();
    run(5_000, true, { fps });
    expect(run(2_000, false, { fps })).toEqual([stop]);
  });

  it('takes a hidden page for no stall, and gives it a second when it is shown again', () => {
    const { step, run, play } = setUp();
    step();
    play();
    expect(run(600_000, false, { hidden: true })).toEqual([]);
    expect(run(750, false)).toEqual([]);
    expect(run(10_000, true)).toEqual([]);
  });

  it('tries again after 10 s, then more and more seldom, at most every 5 minutes', () => {
    const { step, run } = setUp();
    step();
    const attempts = run(1_800_000, false)
      .filter((text) => text.endsWith('start'))
      .map((text) => Number.parseInt(text, 10));
    const waits = attempts.map((atMs, n) => atMs - (attempts[n - 1] ?? 0) - 3_000);
    expect(waits.slice(0, 7)).toEqual([10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000]);
  });

  it('begins with short waits again after a good minute', () => {
    const { step, run, play } = setUp();
    step();
    for (let n = 0; n < 4; n += 1) run(3_000 + 300_000, false);
    run(3_000 + 300_000, false);
    play();
    run(61_000, true);
    expect(run(1_000, false)).toEqual(['1000 stop']);
    expect(run(10_000, false)).toEqual(['10000 start']);
  });

  it('stops when it is not wanted any more, and forgets its failures', () => {
    const { step, run, play } = setUp();
    step();
    run(20_000, false);
    play();
    expect(step({ wanted: false })).toEqual({ do: 'stop', reason: '' });
    expect(step({ wanted: false })).toBeUndefined();
    expect(step()).toEqual({ do: 'start' });
    run(3_000, false);
    expect(run(10_000, false)).toEqual(['10000 start']);
  });
});
