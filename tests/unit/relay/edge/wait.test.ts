import { describe, expect, it } from 'vitest';
import { waitFor } from '../../../../relay/edge/wait.ts';
import { FakeTime } from '../../../support/fake-time.ts';

function setUp(readyAtOnce = false) {
  const time = new FakeTime();
  const abort = new AbortController();
  const listeners = new Set<() => void>();
  let isReady = readyAtOnce;
  const result = waitFor({
    ready: () => isReady,
    subscribe: (changed) => {
      listeners.add(changed);
      return () => listeners.delete(changed);
    },
    timers: time,
    waitMs: 1000,
    signal: abort.signal,
  });
  const announce = (ready: boolean): void => {
    isReady = ready;
    for (const listener of [...listeners]) listener();
  };
  return { time, abort, listeners, result, announce };
}

describe('waitFor', () => {
  it('does not wait for what is there', async () => {
    const { result, listeners, time } = setUp(true);
    expect([await result, listeners.size, time.pending]).toEqual([true, 0, 0]);
  });

  it('ends with the announcement that makes it true, and leaves nothing behind', async () => {
    const { result, announce, listeners, time } = setUp();
    announce(false);
    expect(listeners.size).toBe(1);
    announce(true);
    expect([await result, listeners.size, time.pending]).toEqual([true, 0, 0]);
  });

  it('gives up at its bound', async () => {
    const { result, listeners, time } = setUp();
    time.advance(999);
    expect(listeners.size).toBe(1);
    time.advance(1);
    expect([await result, listeners.size, time.pending]).toEqual([false, 0, 0]);
  });

  it('gives up when the client goes away', async () => {
    const { result, abort, listeners, time } = setUp();
    abort.abort();
    expect([await result, listeners.size, time.pending]).toEqual([false, 0, 0]);
  });

  it('does not begin for a client that is gone', async () => {
    const aborted = AbortSignal.abort();
    const wait = waitFor({
      ready: () => false,
      subscribe: () => {
        throw new Error('subscribed');
      },
      timers: new FakeTime(),
      waitMs: 1,
      signal: aborted,
    });
    expect(await wait).toBe(false);
  });
});
