import { describe, expect, it } from 'vitest';
import { parseTicks, shares } from '../../../rig/host-load.ts';

const STAT = 'cpu  100 0 50 800 20 0 10 20 5 0\ncpu0 50 0 25 400 10 0 5 10 0 0\n';

describe('parseTicks', () => {
  it('adds up all kinds of time, guests once', () => {
    expect(parseTicks(STAT)).toEqual({ total: 1000, idle: 820, steal: 20 });
  });

  it('refuses what is not /proc/stat', () => {
    expect(() => parseTicks('intr 5 6 7')).toThrow('/proc/stat');
  });
});

describe('shares', () => {
  it('says how busy the host was between two looks, and what was taken from it', () => {
    const before = { total: 1000, idle: 820, steal: 20 };
    expect(shares(before, { total: 1200, idle: 850, steal: 50 })).toEqual({ busy: 0.85, steal: 0.15 });
    expect(shares(before, before)).toBeUndefined();
  });
});
