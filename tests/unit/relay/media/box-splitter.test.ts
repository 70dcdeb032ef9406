import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Box, BoxError, BoxSplitter } from '../../../../relay/media/box-splitter.ts';
import { box, join, largeBox } from '../../../support/boxes.ts';

const boxes = fc.array(
  fc.record({
    type: fc.stringMatching(/^[a-z0-9 ]{4}$/),
    payload: fc.uint8Array({ maxLength: 60 }),
    large: fc.boolean(),
  }),
  { maxLength: 12 },
);

/** Cuts bytes at the given places. */
function chunks(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const places = [...new Set([0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length])].sort(
    (a, b) => a - b,
  );
  return places.slice(1).map((place, i) => bytes.slice(places[i], place));
}

const plain = (found: readonly Box[]): [string, number[]][] =>
  found.map(({ type, bytes }) => [type, [...bytes]]);

describe('BoxSplitter', () => {
  it('finds the same boxes however the stream is cut', () => {
    fc.assert(
      fc.property(boxes, fc.array(fc.nat(2000), { maxLength: 40 }), (items, cuts) => {
        const made = items.map(({ type, payload, large }) => (large ? largeBox : box)(type, payload));
        const splitter = new BoxSplitter();
        const found = chunks(join(...made), cuts).flatMap((chunk) => splitter.push(chunk));
        expect(plain(found)).toEqual(items.map(({ type }, i) => [type, [...(made[i] ?? [])]]));
      }),
    );
  });

  it('waits for the rest of a box', () => {
    const bytes = box('moov', new Uint8Array(20));
    const splitter = new BoxSplitter();
    expect(splitter.push(bytes.subarray(0, 27))).toEqual([]);
    expect(splitter.push(bytes.subarray(27))).toHaveLength(1);
  });

  it.each([
    [
      'text where a box should be',
      new TextEncoder().encode('\x00\x00\x00\x20\x01\x02ab'),
      'no media container',
    ],
    ['a size below its own header', box('mdat', new Uint8Array(), 7), 'box "mdat" with impossible size 7'],
    ['a box that reaches to the end of the file', box('mdat', new Uint8Array(), 0), 'impossible size 0'],
    [
      'a box above the limit',
      box('mdat', new Uint8Array(), 1001),
      'box "mdat" of 1001 bytes, more than 1000',
    ],
  ])('refuses %s', (_what, bytes, message) => {
    const splitter = new BoxSplitter({ maxBoxBytes: 1000 });
    expect(() => splitter.push(bytes)).toThrow(BoxError);
    expect(() => new BoxSplitter({ maxBoxBytes: 1000 }).push(bytes)).toThrow(message);
  });

  it('refuses a 64-bit size above the limit before the bytes arrive', () => {
    const bytes = largeBox('mdat', new Uint8Array(8), 2n ** 40n);
    expect(() => new BoxSplitter().push(bytes)).toThrow(/1099511627776 bytes/);
  });
});
