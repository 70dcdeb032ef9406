import { describe, expect, it } from 'vitest';
import { Fmp4Reader } from '../../../../relay/media/fmp4.ts';
import { box, fragmentBoxes, initBoxes, join } from '../../../support/boxes.ts';

function opened(track = {}): Fmp4Reader {
  const reader = new Fmp4Reader();
  const { ftyp, moov } = initBoxes(track);
  reader.push({ type: 'ftyp', bytes: ftyp });
  reader.push({ type: 'moov', bytes: moov });
  return reader;
}

describe('Fmp4Reader', () => {
  it('reads size and codec from the header and keeps its bytes', () => {
    const reader = new Fmp4Reader();
    const { ftyp, moov } = initBoxes({ width: 1920, height: 1080 });
    expect(reader.push({ type: 'ftyp', bytes: ftyp })).toBeUndefined();
    expect(reader.push({ type: 'moov', bytes: moov })).toEqual({
      kind: 'init',
      bytes: join(ftyp, moov),
      codecs: 'avc1.42c01e',
      width: 1920,
      height: 1080,
    });
  });

  it.each([true, false])('reads times and whether decoding may start there (keyframe %s)', (keyframe) => {
    const reader = opened({ timescale: 15_360 });
    const { moof, mdat } = fragmentBoxes({ start: 15_360, duration: 512, frames: 2, keyframe });
    expect(reader.push({ type: 'moof', bytes: moof })).toBeUndefined();
    expect(reader.push({ type: 'mdat', bytes: mdat })).toEqual({
      kind: 'fragment',
      bytes: join(moof, mdat),
      startMs: 1000,
      durationMs: (1024 * 1000) / 15_360,
      keyframe,
      reordered: false,
      newParameters: false,
    });
  });

  // Headers of parts with one frame, as MediaMTX 1.20.1 writes them: of a keyframe they say nothing.
  it.each([
    [
      'a keyframe',
      '000000606d6f6f66000000106d666864000000000000000000000048747261660000001074666864000200000000000100000014746664740100000000000000000dbba00000001c7472756e0100030100000001000000680000177000000e14',
      { keyframe: true, startMs: 10_000 },
    ],
    [
      'another frame',
      '000000646d6f6f66000000106d66686400000000000000010000004c747261660000001074666864000200000000000100000014746664740100000000000000000dd310000000207472756e01000701000000010000006c000017700000014b00010000',
      { keyframe: false, startMs: 10_066 + 2 / 3 },
    ],
  ])('takes what fragments leave out from the header: %s alone in its part', (_what, moof, expected) => {
    const reader = opened({ timescale: 90_000, defaults: { duration: 0, flags: 0 } });
    reader.push({ type: 'moof', bytes: Buffer.from(moof, 'hex') });
    const { keyframe, startMs } = expected;
    const fragment = reader.push({ type: 'mdat', bytes: fragmentBoxes({ start: 0 }).mdat });
    expect(fragment).toMatchObject({
      keyframe,
      startMs: expect.closeTo(startMs),
      durationMs: expect.closeTo(66.67, 1),
    });
  });

  it('skips boxes that carry no media', () => {
    const reader = opened();
    for (const type of ['styp', 'sidx', 'prft', 'free', 'mfra']) {
      expect(reader.push({ type, bytes: box(type, new Uint8Array(4)) })).toBeUndefined();
    }
  });

  it.each<[string, (reader: Fmp4Reader) => unknown, string]>([
    [
      'an unknown box',
      (r) => r.push({ type: 'oops', bytes: box('oops', new Uint8Array()) }),
      'unexpected box "oops"',
    ],
    [
      'a fragment first',
      (r) => r.push({ type: 'moof', bytes: fragmentBoxes({ start: 0 }).moof }),
      'before the header',
    ],
    [
      'media alone',
      (r) => r.push({ type: 'mdat', bytes: fragmentBoxes({ start: 0 }).mdat }),
      'without its fragment',
    ],
    ['a header alone', (r) => r.push({ type: 'moov', bytes: initBoxes().moov }), 'without file type'],
  ])('refuses %s', (_what, act, message) => {
    expect(() => act(new Fmp4Reader())).toThrow(message);
  });

  it('refuses a track that is not H.264', () => {
    expect(() => opened({ entry: 'hvc1' })).toThrow('without an H.264 track');
  });

  it('refuses a fragment without duration', () => {
    const reader = opened();
    const { moof, mdat } = fragmentBoxes({ start: 0, duration: 0 });
    reader.push({ type: 'moof', bytes: moof });
    expect(() => reader.push({ type: 'mdat', bytes: mdat })).toThrow('without times');
  });
});
