import { expect, it } from 'vitest';
import { turns } from '../../../bench/turns.ts';

it('goes there and back, so that what changes slowly meets every system alike', () => {
  expect(turns(['a', 'b'], 4).flat().join('')).toBe('abbaabba');
  expect(turns(['a', 'b', 'c'], 1)).toEqual([['a', 'b', 'c']]);
});
