import { describe, expect, it } from 'vitest';
import { Admission, type Place } from '../../../../relay/edge/admission.ts';

/** A pool of ten, of which strangers may take eight, and one address six. */
function setUp() {
  const pool = new Admission({ total: 10, perAddress: 6, reservedPercent: 20 });
  const evicted: string[] = [];
  let count = 0;
  const enter = (address: string): Place | string => {
    count += 1;
    const name = `${address}#${count}`;
    return pool.enter(address, () => evicted.push(name));
  };
  const prove = (address: string): Place => {
    const place = enter(address);
    if (typeof place === 'string') throw new Error(place);
    place.prove();
    return place;
  };
  return { pool, evicted, enter, prove };
}
const times = (count: number, step: () => void): void => {
  for (let n = 0; n < count; n += 1) step();
};

describe('Admission', () => {
  it('bounds one address, whether it is paired or not', () => {
    const { enter, prove } = setUp();
    times(6, () => prove('a'));
    expect(enter('a')).toBe('address');
    expect(enter('b')).not.toBeTypeOf('string');
  });

  it('bounds everybody together', () => {
    const { enter, prove, evicted } = setUp();
    times(5, () => prove('a'));
    times(5, () => prove('b'));
    expect(enter('c')).toBe('full');
    expect(evicted).toEqual([]);
  });

  it('lets a client in that one address wants to lock out: that one gives up its oldest', () => {
    const { enter, evicted } = setUp();
    times(6, () => enter('flood'));
    times(2, () => enter('b'));
    expect(enter('newcomer')).not.toBeTypeOf('string');
    expect(evicted).toEqual(['flood#1']);
  });

  it('does not let two strangers take turns in displacing each other', () => {
    const { enter, evicted } = setUp();
    times(4, () => enter('a'));
    times(4, () => enter('b'));
    times(5, () => expect(enter('a')).toBe('full'));
    expect(evicted).toEqual([]);
  });

  it('keeps a part for addresses where a paired client was', () => {
    const { enter, prove, evicted } = setUp();
    prove('home').leave();
    for (const address of ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']) enter(address);
    expect(enter('stranger')).toBe('full');
    expect([enter('home'), enter('home')].map((place) => typeof place)).toEqual(['object', 'object']);
    expect(evicted).toEqual([]);
    // Even when all is full a stranger makes room for it.
    expect(enter('home')).toBeTypeOf('object');
    expect(evicted).toHaveLength(1);
  });

  it('never takes a place from who has proved', () => {
    const { pool, enter, prove, evicted } = setUp();
    times(3, () => prove('home'));
    times(6, () => enter('a'));
    for (const address of ['b', 'c', 'd', 'e']) enter(address);
    expect(pool.size).toBeLessThanOrEqual(10);
    expect(evicted.every((name) => name.startsWith('a#'))).toBe(true);
  });

  it('gives back what was left, once', () => {
    const { pool, enter } = setUp();
    const place = enter('a');
    if (typeof place === 'string') throw new Error(place);
    enter('b');
    place.leave();
    place.leave();
    expect(pool.size).toBe(1);
    place.prove();
    expect(pool.size).toBe(1);
  });
});
