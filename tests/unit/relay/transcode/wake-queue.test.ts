import { describe, expect, it } from 'vitest';
import { WakeQueue } from '../../../../relay/transcode/wake-queue.ts';
import { FakeTime } from '../../../support/fake-time.ts';

function wakeUp(count: number, atOnce = 2) {
  const time = new FakeTime();
  const queue = new WakeQueue({ timers: time, atOnce });
  const began: number[] = [];
  const done = Array.from({ length: count }, (_, n) => queue.enter(() => began.push(n)));
  return { time, queue, began, done: (n: number) => done[n]?.() };
}

describe('WakeQueue', () => {
  it('starts at once while there is room, then in turn', () => {
    const { began, done } = wakeUp(4);
    expect(began).toEqual([0, 1]);
    done(1);
    expect(began).toEqual([0, 1, 2]);
    done(0);
    done(0);
    done(1);
    expect(began).toEqual([0, 1, 2, 3]);
  });

  it('does not let slow ones hold up the others: four at once, 16 have all begun after 1.5 s', () => {
    const { time, began } = wakeUp(16, 4);
    time.advance(1_499);
    expect(began).toHaveLength(12);
    time.advance(1);
    expect(began).toHaveLength(16);
  });

  it('forgets who does not want to any more', () => {
    const { time, began, done } = wakeUp(4);
    done(2);
    done(0);
    expect(began).toEqual([0, 1, 3]);
    done(1);
    done(3);
    expect(time.pending).toBe(0);
  });

  it('counts one that is done before its turn has returned', () => {
    const time = new FakeTime();
    const queue = new WakeQueue({ timers: time, atOnce: 1 });
    const began: number[] = [];
    const stop = queue.enter(() => began.push(1));
    queue.enter(() => began.push(2));
    stop();
    expect(began).toEqual([1, 2]);
  });
});
