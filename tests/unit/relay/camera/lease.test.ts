import { describe, expect, it } from 'vitest';
import { Lease, LINGER_MS } from '../../../../relay/camera/lease.ts';
import { FakeTime } from '../../../support/fake-time.ts';

function setUp() {
  const time = new FakeTime();
  const told: boolean[] = [];
  return { time, told, lease: new Lease(time, (wanted) => told.push(wanted)) };
}

describe('Lease', () => {
  it('begins with the first that uses it and ends a while after the last', () => {
    const { time, told, lease } = setUp();
    const first = lease.use();
    const second = lease.use();
    first();
    time.advance(LINGER_MS * 2);
    second();
    time.advance(LINGER_MS - 1);
    expect(told).toEqual([true]);
    time.advance(1);
    expect(told).toEqual([true, false]);
  });

  it('goes on for one that comes back in time', () => {
    const { time, told, lease } = setUp();
    lease.use()();
    time.advance(LINGER_MS - 1);
    const again = lease.use();
    time.advance(LINGER_MS * 2);
    expect(told).toEqual([true]);
    again();
    time.advance(LINGER_MS);
    expect(told).toEqual([true, false]);
  });

  it('counts each holder once, however often it lets go', () => {
    const { time, told, lease } = setUp();
    const first = lease.use();
    lease.use();
    first();
    first();
    time.advance(LINGER_MS * 2);
    expect(lease.wanted).toBe(true);
    expect(told).toEqual([true]);
  });

  it('ends at once when its owner goes', () => {
    const { time, told, lease } = setUp();
    lease.use()();
    lease.end();
    time.advance(LINGER_MS * 2);
    expect(told).toEqual([true, false]);
  });
});
