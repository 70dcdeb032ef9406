import { describe, expect, it } from 'vitest';
import { nearest } from '../../../../relay/config/nearest.ts';

const KEYS = ['server', 'media', 'offsetMs', 'logLevel', 'fps'];

describe('nearest', () => {
  it.each([
    ['sever', 'server'],
    ['OffsetMS', 'offsetMs'],
    ['offset_ms', 'offsetMs'],
    ['log-level', 'logLevel'],
    ['fsp', 'fps'],
    ['medai', 'media'],
  ])('takes %s for %s', (word, meant) => {
    expect(nearest(word, KEYS)).toBe(meant);
  });

  it.each(['camera', 'x', 'loop', ''])('guesses nothing for %j', (word) => {
    expect(nearest(word, KEYS)).toBeUndefined();
  });

  it('prefers the closest of several', () => {
    expect(nearest('partMs', ['pastMss', 'partMs', 'portMs'])).toBe('partMs');
  });
});
