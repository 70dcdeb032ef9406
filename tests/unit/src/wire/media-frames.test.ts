import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeMediaFrame, encodeMediaFrame, type MediaHeader } from '../../../../src/wire/media-frames.ts';
import { ProtocolError } from '../../../../src/wire/protocol.ts';

const count = fc.nat(1_000_000_000);
const finite = fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => (Object.is(n, -0) ? 0 : n));
const header: fc.Arbitrary<MediaHeader> = fc.oneof(
  fc.record({
    kind: fc.constant('init' as const),
    run: fc.stringMatching(/^[A-Za-z0-9-]{1,64}$/),
    id: fc.stringMatching(/^[a-z0-9-]{1,64}$/),
    codecs: fc.string({ maxLength: 100 }),
    width: count,
    height: count,
  }),
  fc.record(
    {
      kind: fc.constant('part' as const),
      msn: count,
      part: count,
      epoch: count,
      init: fc.string({ maxLength: 64 }),
      durationMs: finite,
      independent: fc.boolean(),
      pdtMs: finite,
      mediaMs: finite,
      skipped: fc.boolean(),
    },
    { requiredKeys: ['kind', 'msn', 'part', 'epoch', 'init', 'durationMs', 'independent', 'pdtMs'] },
  ),
);

/** As a WebSocket hands it out: a buffer of exactly the frame. */
const received = (frame: Uint8Array): ArrayBuffer => {
  const copy = new ArrayBuffer(frame.byteLength);
  new Uint8Array(copy).set(frame);
  return copy;
};

const sample: MediaHeader = {
  kind: 'part',
  msn: 7,
  part: 3,
  epoch: 1,
  init: 'e1',
  durationMs: 66.67,
  independent: true,
  pdtMs: 1_700_000_000_000.5,
};

describe('media frames', () => {
  it('carry any header and any bytes unchanged', () => {
    void fc.assert(
      fc.property(header, fc.uint8Array({ maxLength: 5000 }), (head, bytes) => {
        const frame = received(encodeMediaFrame(head, bytes));
        const decoded = decodeMediaFrame(frame);
        expect(decoded.header).toEqual(head);
        expect(decoded.bytes).toEqual(bytes);
        expect(decoded.bytes.buffer).toBe(frame);
      }),
    );
  });

  it('refuse to be cut anywhere before the end of the header', () => {
    const frame = encodeMediaFrame(sample, Uint8Array.of(1, 2, 3));
    const headerEnd = frame.byteLength - 3;
    for (let length = 0; length < headerEnd; length += 1)
      expect(() => decodeMediaFrame(received(frame.subarray(0, length)))).toThrow(ProtocolError);
    expect(decodeMediaFrame(received(frame.subarray(0, headerEnd))).bytes).toHaveLength(0);
  });

  it('refuse a header longer than any we send, whatever follows', () => {
    const frame = new ArrayBuffer(10_000);
    new DataView(frame).setUint32(0, 4097);
    expect(() => decodeMediaFrame(frame)).toThrow('header is longer than the frame');
  });

  it('refuse bytes that are no header with nothing but a ProtocolError', () => {
    void fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(() => decodeMediaFrame(received(bytes))).toThrow(ProtocolError);
      }),
    );
  });

  it('name the field of a header that does not fit', () => {
    const text = new TextEncoder().encode(JSON.stringify({ ...sample, msn: -1 }));
    const frame = new ArrayBuffer(4 + text.length);
    new DataView(frame).setUint32(0, text.length);
    new Uint8Array(frame).set(text, 4);
    expect(() => decodeMediaFrame(frame)).toThrow('field "msn"');
  });
});
