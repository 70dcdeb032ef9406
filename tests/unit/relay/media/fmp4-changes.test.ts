/** What a fragment shows of a stream that is passed on: order of its samples, and a new picture under way. */
import { describe, expect, it } from 'vitest';
import { Fmp4Reader } from '../../../../relay/media/fmp4.ts';
import { box, initBoxes, join } from '../../../support/boxes.ts';

const u32 = (value: number): Uint8Array => {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
};
const full = (type: string, flags: number, ...payload: Uint8Array[]): Uint8Array =>
  box(type, join(u32(flags), ...payload));

const SPS = Uint8Array.of(0x67, 0x42, 0xc0, 0x1e, 0xaa);
const OTHER_SPS = Uint8Array.of(0x67, 0x42, 0xc0, 0x1f, 0xbb);
const nal = (bytes: Uint8Array): Uint8Array => join(u32(bytes.length), bytes);
const SLICE = Uint8Array.of(0x65, 1, 2, 3);

/** A reader that has seen a header with this parameter set. */
function opened(): Fmp4Reader {
  const reader = new Fmp4Reader();
  const { ftyp, moov } = initBoxes();
  const avcC = moov.findIndex((_, at) => new TextDecoder().decode(moov.subarray(at, at + 4)) === 'avcC') + 4;
  const record = join(Uint8Array.of(1, 0x42, 0xc0, 0x1e, 0xff, 0xe1, 0, SPS.length), SPS, Uint8Array.of(0));
  // Only the record matters here: it is put in place of the shorter one, to the end of the header.
  const changed = join(moov.subarray(0, avcC), record);
  new DataView(changed.buffer).setUint32(0, changed.length);
  reader.push({ type: 'ftyp', bytes: ftyp });
  expect(reader.push({ type: 'moov', bytes: repaired(moov, changed) })).toMatchObject({
    codecs: 'avc1.42c01e',
  });
  return reader;
}

/** The sizes of the boxes around the longer record. */
function repaired(before: Uint8Array, after: Uint8Array): Uint8Array {
  const grown = after.length - before.length;
  const view = new DataView(after.buffer);
  for (const type of ['trak', 'mdia', 'minf', 'stbl', 'stsd', 'avc1', 'avcC']) {
    const at = [...after.keys()].find((i) => new TextDecoder().decode(after.subarray(i, i + 4)) === type);
    if (at !== undefined) view.setUint32(at - 4, view.getUint32(at - 4) + grown);
  }
  return after;
}

function read(offsets: readonly number[], keyframe: boolean, ...nals: Uint8Array[]) {
  const reader = opened();
  const tfhd = full('tfhd', 0x020028, u32(1), u32(512), u32(0x1010000));
  const tfdt = full('tfdt', 0x01000000, u32(0), u32(0));
  const samples = offsets.map((offset) => join(u32(10), u32(offset)));
  const trun = full(
    'trun',
    0xa05,
    u32(offsets.length),
    u32(0),
    u32(keyframe ? 0x2000000 : 0x1010000),
    ...samples,
  );
  reader.push({
    type: 'moof',
    bytes: box('moof', join(full('mfhd', 0, u32(1)), box('traf', join(tfhd, tfdt, trun)))),
  });
  return reader.push({ type: 'mdat', bytes: box('mdat', join(...nals)) });
}

describe('a fragment', () => {
  it('tells that its samples are shown in another order', () => {
    expect(read([0, 0], true, nal(SLICE))).toMatchObject({ reordered: false });
    expect(read([1024, 1024], true, nal(SLICE))).toMatchObject({ reordered: false });
    expect(read([1024, 2048], true, nal(SLICE))).toMatchObject({ reordered: true });
  });

  it.each([
    ['none', [SLICE], false],
    ['the same', [SPS, SLICE], false],
    ['another one', [Uint8Array.of(9, 16), OTHER_SPS, SLICE], true],
    ['one behind the picture, which belongs to nothing', [SLICE, OTHER_SPS], false],
  ])('of a keyframe that brings %s as parameter set', (_what, nals, newParameters) => {
    expect(read([0], true, ...nals.map(nal))).toMatchObject({ newParameters });
  });

  it('is not thrown off by lengths that point beyond it', () => {
    expect(read([0], true, u32(1_000_000), OTHER_SPS)).toMatchObject({ newParameters: false });
  });
});
