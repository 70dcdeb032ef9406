import { describe, expect, it } from 'vitest';
import { type Frame, FrameReader, type StreamInit } from '../../../../relay/media/frame-reader.ts';
import { box, fragmentBoxes, initBoxes, join } from '../../../support/boxes.ts';

const u32 = (value: number): Uint8Array => {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setInt32(0, value);
  return bytes;
};
const full = (type: string, flags: number, ...payload: Uint8Array[]): Uint8Array =>
  box(type, join(u32(flags), ...payload));

function opened(track = {}): FrameReader {
  const reader = new FrameReader();
  const { ftyp, moov } = initBoxes(track);
  reader.push(join(ftyp, moov));
  return reader;
}

const read = (reader: FrameReader, ...pieces: Uint8Array[]): (StreamInit | Frame)[] =>
  reader.push(join(...pieces));

describe('FrameReader', () => {
  it('reads size, codec and time scale from the header and keeps its bytes', () => {
    const { ftyp, moov } = initBoxes({ width: 1920, height: 1080 });
    expect(read(new FrameReader(), ftyp, moov)).toEqual([
      {
        kind: 'init',
        bytes: join(ftyp, moov),
        codecs: 'avc1.42c01e',
        width: 1920,
        height: 1080,
        trackId: 1,
        timescale: 15_360,
      },
    ]);
  });

  it.each([true, false])('reads a fragment of several frames (keyframe %s)', (keyframe) => {
    const { moof, mdat } = fragmentBoxes({ start: 15_360, duration: 512, frames: 2, keyframe, bytes: 3 });
    const both = { kind: 'frame', durationMs: 512_000 / 15_360, compositionMs: 0, newParameters: false };
    expect(read(opened(), moof, mdat)).toMatchObject([
      { ...both, startMs: 1000, keyframe },
      { ...both, startMs: expect.closeTo(1000 + 512_000 / 15_360), keyframe: false },
    ]);
  });

  // Headers of fragments with one frame, as ffmpeg 5.1 writes them with frag_every_frame.
  it.each([
    [
      'a keyframe that is shown later',
      '0000006c6d6f6f66000000106d666864000000000000000100000054747261660000001c74666864000200380000000100000200000020000101000000000014746664740100000000000000000000000000001c7472756e0000080500000001000000740200000000000400',
      8192,
      { startMs: 0, compositionMs: 1024_000 / 15_360, keyframe: true },
    ],
    [
      'another frame',
      '000000646d6f6f66000000106d66686400000000000000020000004c747261660000001c74666864000200380000000100000200000018f2010100000000001474666474010000000000000000000200000000147472756e00000001000000010000006c',
      0x18f2,
      { startMs: 512_000 / 15_360, compositionMs: 0, keyframe: false },
    ],
  ])('reads %s of ffmpeg', (_what, moof, bytes, expected) => {
    const frames = read(opened(), Buffer.from(moof, 'hex'), box('mdat', new Uint8Array(bytes)));
    expect(frames).toMatchObject([{ ...expected, durationMs: 512_000 / 15_360 }]);
    expect(frames[0]).toHaveProperty('data.length', bytes);
  });

  // As MediaMTX 1.20.1 writes them: of a keyframe they say nothing.
  it.each([
    [
      'a keyframe',
      '000000606d6f6f66000000106d666864000000000000000000000048747261660000001074666864000200000000000100000014746664740100000000000000000dbba00000001c7472756e0100030100000001000000680000177000000e14',
      0xe14,
      { keyframe: true, startMs: 10_000 },
    ],
    [
      'another frame',
      '000000646d6f6f66000000106d66686400000000000000010000004c747261660000001074666864000200000000000100000014746664740100000000000000000dd310000000207472756e01000701000000010000006c000017700000014b00010000',
      0x14b,
      { keyframe: false, startMs: expect.closeTo(10_066 + 2 / 3) },
    ],
  ])('takes what fragments leave out from the header: %s of MediaMTX', (_what, moof, bytes, expected) => {
    const reader = opened({ timescale: 90_000, defaults: { duration: 0, flags: 0 } });
    const frames = read(reader, Buffer.from(moof, 'hex'), box('mdat', new Uint8Array(bytes)));
    expect(frames).toMatchObject([{ ...expected, durationMs: expect.closeTo(66.67, 1) }]);
  });

  it('follows runs: signed offsets of composition, places of their own or behind the run before', () => {
    const run = (flags: number, ...fields: number[]): Uint8Array =>
      full('trun', 0x1000000 | flags, u32(1), ...fields.map(u32));
    const tfhd = full('tfhd', 0x020008, u32(1), u32(512));
    const tfdt = full('tfdt', 0, u32(100));
    const traf = (at: number): Uint8Array =>
      box('traf', join(tfhd, tfdt, run(0xa01, at, 2, -512), run(0x200, 3)));
    const moof = (at: number): Uint8Array => box('moof', join(full('mfhd', 0, u32(1)), traf(at)));
    // One byte of something else stands in front.
    const frames = read(opened(), moof(moof(0).length + 8 + 1), box('mdat', Uint8Array.of(9, 1, 2, 3, 4, 5)));
    expect(frames).toMatchObject([
      { data: Uint8Array.of(1, 2), compositionMs: -512_000 / 15_360, startMs: 100_000 / 15_360 },
      { data: Uint8Array.of(3, 4, 5), compositionMs: 0, startMs: 612_000 / 15_360 },
    ]);
  });

  it('takes a frame without duration as it is', () => {
    const { moof, mdat } = fragmentBoxes({ start: 0, duration: 0, frames: 1 });
    expect(read(opened(), moof, mdat)).toMatchObject([{ startMs: 0, durationMs: 0 }]);
  });

  it('skips boxes that carry no media', () => {
    for (const type of ['styp', 'sidx', 'prft', 'free', 'mfra'])
      expect(read(opened(), box(type, new Uint8Array(4)))).toEqual([]);
  });

  it.each<[string, () => Uint8Array, string]>([
    ['an unknown box', () => box('oops', new Uint8Array()), 'unexpected box "oops"'],
    ['a fragment first', () => fragmentBoxes({ start: 0 }).moof, 'before the header'],
    ['media alone', () => fragmentBoxes({ start: 0 }).mdat, 'without its fragment'],
    ['a header alone', () => initBoxes().moov, 'without file type'],
    ['no container', () => new Uint8Array(16), 'no media container'],
  ])('refuses %s', (_what, bytes, message) => {
    expect(() => new FrameReader().push(bytes())).toThrow(message);
  });

  it('refuses a track that is neither H.264 nor HEVC', () => {
    expect(() => opened({ entry: 'av01' })).toThrow('without an H.264 or HEVC track');
  });

  it('refuses frames that are not in their media, and runs without end', () => {
    const { moof } = fragmentBoxes({ start: 0, bytes: 10 });
    expect(() => read(opened(), moof, box('mdat', new Uint8Array(19)))).toThrow('outside its media');
    const endless = Uint8Array.from(moof);
    new DataView(endless.buffer).setUint32(moof.length - 20, 0xffffff);
    expect(() => read(opened(), endless, box('mdat', new Uint8Array(20)))).toThrow('16777215 samples');
  });

  it('refuses a header whose boxes do not fit', () => {
    const { ftyp, moov } = initBoxes();
    const broken = Uint8Array.from(moov);
    new DataView(broken.buffer).setUint32(8, moov.length);
    expect(() => read(new FrameReader(), ftyp, broken)).toThrow('impossible sizes');
  });
});
