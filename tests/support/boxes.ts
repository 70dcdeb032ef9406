/** Hand-made ISO BMFF boxes and a small fragmented H.264 stream, for tests without an encoder. */

export function join(...pieces: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    joined.set(piece, at);
    at += piece.length;
  }
  return joined;
}

const u16 = (value: number): Uint8Array => Uint8Array.of(value >> 8, value & 255);

function u32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);

/** @param claimedBytes what the size field says; default the truth */
export function box(type: string, payload: Uint8Array, claimedBytes = payload.length + 8): Uint8Array {
  return join(u32(claimedBytes), ascii(type), payload);
}

/** A box with a 64-bit size field. */
export function largeBox(
  type: string,
  payload: Uint8Array,
  claimedBytes = BigInt(payload.length + 16),
): Uint8Array {
  const size = new Uint8Array(8);
  new DataView(size.buffer).setBigUint64(0, claimedBytes);
  return join(u32(1), ascii(type), size, payload);
}

const full = (type: string, flags: number, ...payload: Uint8Array[]): Uint8Array =>
  box(type, join(u32(flags), ...payload));

export interface FakeTrack {
  readonly timescale?: number;
  readonly width?: number;
  readonly height?: number;
  /** Sample entry; default H.264. */
  readonly entry?: string;
  /** What holds for samples that say nothing of themselves; default no such box. */
  readonly defaults?: { readonly duration: number; readonly flags: number };
}

/** `ftyp` and `moov` of a video track. */
export function initBoxes({
  timescale = 15_360,
  width = 640,
  height = 360,
  entry = 'avc1',
  defaults,
}: FakeTrack = {}): {
  ftyp: Uint8Array;
  moov: Uint8Array;
} {
  const avcC = box('avcC', Uint8Array.of(1, 0x42, 0xc0, 0x1e, 0xff, 0xe0, 0));
  const sample = box(
    entry,
    join(
      new Uint8Array(24),
      u16(width),
      u16(height),
      new Uint8Array(14),
      new Uint8Array(32),
      u32(0x18ffff),
      avcC,
    ),
  );
  const stsd = full('stsd', 0, u32(1), sample);
  const mdhd = full('mdhd', 0, u32(0), u32(0), u32(timescale), u32(0), u32(0));
  const mdia = box('mdia', join(mdhd, box('minf', box('stbl', stsd))));
  const mvex =
    defaults === undefined
      ? new Uint8Array()
      : box('mvex', full('trex', 0, u32(1), u32(1), u32(defaults.duration), u32(0), u32(defaults.flags)));
  return { ftyp: box('ftyp', ascii('iso5    ')), moov: box('moov', join(box('trak', mdia), mvex)) };
}

export interface FakeFragment {
  /** In units of the time scale. */
  readonly start: number;
  readonly duration?: number;
  readonly frames?: number;
  readonly keyframe?: boolean;
  readonly bytes?: number;
  /** Of every frame, in units of the time scale. */
  readonly composition?: number;
}

/** `moof` and `mdat`. */
export function fragmentBoxes(fragment: FakeFragment): { moof: Uint8Array; mdat: Uint8Array } {
  const { start, duration = 512, frames = 2, keyframe = false, bytes = 10, composition } = fragment;
  const tfhd = full('tfhd', 0x020028, u32(1), u32(duration), u32(0x1010000));
  const tfdt = full('tfdt', 0x01000000, u32(0), u32(start));
  const offsets = composition === undefined ? [] : [u32(composition)];
  const sizes = Array.from({ length: frames }, () => join(u32(bytes), ...offsets));
  const mediaAt = 24 + 8 + tfhd.length + tfdt.length + 24 + 4 * frames * (1 + offsets.length) + 8;
  const first = u32(keyframe ? 0x2000000 : 0x1010000);
  const trun = full(
    'trun',
    composition === undefined ? 0x205 : 0xa05,
    u32(frames),
    u32(mediaAt),
    first,
    ...sizes,
  );
  const moof = box('moof', join(full('mfhd', 0, u32(1)), box('traf', join(tfhd, tfdt, trun))));
  return { moof, mdat: box('mdat', new Uint8Array(bytes * frames)) };
}

/** A whole fragment of a stream with the default time scale; times in ms. It lasts two pictures of 33 ms, or as told. */
export function fragment(startMs: number, keyframe: boolean, durationMs?: number): Uint8Array {
  const duration = durationMs === undefined ? {} : { duration: Math.round((durationMs / 2) * 15.36) };
  const { moof, mdat } = fragmentBoxes({ start: Math.round(startMs * 15.36), keyframe, ...duration });
  return join(moof, mdat);
}
