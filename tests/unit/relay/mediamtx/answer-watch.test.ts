import { describe, expect, it } from 'vitest';
import { AnswerWatch } from '../../../../relay/mediamtx/answer-watch.ts';

describe('the watch on answers', () => {
  it('takes a server for hung with the third miss in a row', () => {
    const watch = new AnswerWatch(0);
    expect([1_900, 2_900, 3_900].map((ms) => watch.missed(ms))).toEqual([false, false, true]);
  });

  it('starts anew with each answer', () => {
    const watch = new AnswerWatch(0);
    watch.missed(1_900);
    watch.missed(2_900);
    watch.answered(3_100);
    expect([4_900, 5_900, 6_900].map((ms) => watch.missed(ms))).toEqual([false, false, true]);
  });

  it('does not blame the server for a miss while this process was held up', () => {
    const watch = new AnswerWatch(0);
    watch.missed(1_900);
    watch.missed(2_900);
    expect(watch.missed(30_000)).toBe(false);
    expect(watch.missed(31_000)).toBe(true);
  });
});
