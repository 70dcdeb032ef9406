/**
 * Binary frames of the media socket (relay → viewer): a 4-byte big-endian header length, a JSON header, the
 * media bytes. A frame is one whole init segment or one whole part; both sides hold nothing but frames.
 */
import * as v from 'valibot';
import { ProtocolError, parseFrame } from './protocol.ts';

const initHeaderSchema = v.object({
  kind: v.literal('init'),
  /** Changes with each start of the relay, as in `welcome`: numbers, times and ids of another run mean nothing. */
  run: v.pipe(v.string(), v.regex(/^[A-Za-z0-9-]{1,64}$/)),
  id: v.pipe(v.string(), v.regex(/^[a-z0-9-]{1,64}$/)),
  codecs: v.pipe(v.string(), v.maxLength(100)),
  width: v.number(),
  height: v.number(),
});
const partHeaderSchema = v.object({
  kind: v.literal('part'),
  /** The relay's numbers: a step other than +1 part or +1 segment is a gap in what was sent. */
  msn: v.pipe(v.number(), v.integer(), v.minValue(0)),
  part: v.pipe(v.number(), v.integer(), v.minValue(0)),
  epoch: v.pipe(v.number(), v.integer(), v.minValue(0)),
  init: v.string(),
  durationMs: v.number(),
  independent: v.boolean(),
  /** PDT of the first frame: ms since the Unix epoch by the relay's media clock. */
  pdtMs: v.number(),
  /** Decode time of the first frame in the track's own time, as in its `tfdt`, in ms; an older relay does not tell it. */
  mediaMs: v.optional(v.number()),
  /** True on the first part after parts were skipped because the viewer acknowledged too slowly. */
  skipped: v.optional(v.boolean()),
});
/** Parts first: see mediaRequestSchema. */
const headerSchema = v.variant('kind', [partHeaderSchema, initHeaderSchema]);

export type InitHeader = v.InferOutput<typeof initHeaderSchema>;
export type PartHeader = v.InferOutput<typeof partHeaderSchema>;
export type MediaHeader = v.InferOutput<typeof headerSchema>;

const LENGTH_BYTES = 4;
const MAX_HEADER_BYTES = 4096;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Puts header and bytes into one frame. */
export function encodeMediaFrame(header: MediaHeader, bytes: Uint8Array): Uint8Array {
  const text = encoder.encode(JSON.stringify(header));
  const frame = new Uint8Array(LENGTH_BYTES + text.length + bytes.length);
  new DataView(frame.buffer).setUint32(0, text.length);
  frame.set(text, LENGTH_BYTES);
  frame.set(bytes, LENGTH_BYTES + text.length);
  return frame;
}

/**
 * Splits a frame; the bytes are a view of the same memory.
 * @throws ProtocolError when the frame is cut off or its header is not valid
 */
export function decodeMediaFrame(frame: ArrayBuffer): {
  header: MediaHeader;
  bytes: Uint8Array<ArrayBuffer>;
} {
  if (frame.byteLength < LENGTH_BYTES) throw new ProtocolError('media frame shorter than its length field');
  const length = new DataView(frame).getUint32(0);
  if (length > MAX_HEADER_BYTES || LENGTH_BYTES + length > frame.byteLength) {
    throw new ProtocolError('media frame header is longer than the frame');
  }
  const header = parseFrame(headerSchema, decoder.decode(new Uint8Array(frame, LENGTH_BYTES, length)));
  return { header, bytes: new Uint8Array(frame, LENGTH_BYTES + length) };
}
