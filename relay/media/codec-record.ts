/**
 * The decoder's record in a track's header: `avcC` (ISO/IEC 14496-15 §5.3.3.1) and `hvcC` (§8.3.3.1). It gives the RFC 6381
 * name by which a browser is asked whether it plays the stream, and the sequence parameter sets by which a picture that
 * changes under way is known. What NAL units are: ITU-T H.264 §7.3.1 and H.265 §7.3.1.
 */
import { BoxError } from './box-splitter.ts';

export interface CodecRecord {
  /** RFC 6381, as in `avc1.42c01e` or `hvc1.1.6.L93.90`. */
  readonly codecs: string;
  /** Whether a keyframe's sample brings a sequence parameter set that is not the header's. */
  readonly changedBy: (sample: Uint8Array) => boolean;
}

interface NalRules {
  readonly lengthBytes: number;
  readonly typeOf: (firstByte: number) => number;
  readonly isSlice: (type: number) => boolean;
  readonly sps: number;
  /** Sets of the header; none: they come with the pictures, and nothing is known of them. */
  readonly known: readonly Uint8Array[];
}

/** Level 1b, as High profile writes it (ITU-T H.264 table A-1). Chromium 156 knows no such level. */
const LEVEL_1B = 9;
const LEVEL_1_1 = 11;

export function readAvcC(entry: string, record: Uint8Array): CodecRecord {
  const [, profile, constraints, level] = record;
  if (profile === undefined || constraints === undefined || level === undefined)
    throw new BoxError('header without a codec configuration');
  // Whoever plays the next level plays this one.
  const named = [profile, constraints, level === LEVEL_1B ? LEVEL_1_1 : level];
  return {
    codecs: `${entry}.${named.map(hexByte).join('')}`,
    changedBy: changeIn({
      lengthBytes: ((record[4] ?? 3) & 3) + 1,
      typeOf: (first) => first & 0x1f,
      isSlice: (type) => type === 1 || type === 5,
      sps: 7,
      known: nalUnits(record, 6, (record[5] ?? 0) & 0x1f).units,
    }),
  };
}

const HEVC_SPS = 33;
/** Below are pictures (VCL), from 32 on parameter sets and the rest. */
const HEVC_FIRST_NON_VCL = 32;

export function readHvcC(entry: string, record: Uint8Array): CodecRecord {
  if (record.length < 23) throw new BoxError('header without a codec configuration');
  return {
    codecs: hevcName(entry, record),
    changedBy: changeIn({
      lengthBytes: ((record[21] ?? 3) & 3) + 1,
      typeOf: (first) => (first >> 1) & 0x3f,
      isSlice: (type) => type < HEVC_FIRST_NON_VCL,
      sps: HEVC_SPS,
      known: hevcSets(record),
    }),
  };
}

/** ISO/IEC 14496-15 Annex E.3: profile, compatibility with its bits reversed, tier and level, then the constraints. */
function hevcName(entry: string, record: Uint8Array): string {
  const view = new DataView(record.buffer, record.byteOffset, record.length);
  const general = view.getUint8(1);
  const space = ['', 'A', 'B', 'C'][general >> 6] ?? '';
  const tier = (general & 0x20) === 0 ? 'L' : 'H';
  const constraints = [...record.subarray(6, 12)];
  // Bytes of zero at the end are left out.
  while (constraints.at(-1) === 0) constraints.pop();
  return [
    entry,
    `${space}${general & 0x1f}`,
    reversedBits(view.getUint32(2)).toString(16).toUpperCase(),
    `${tier}${view.getUint8(12)}`,
    ...constraints.map((byte) => byte.toString(16).toUpperCase()),
  ].join('.');
}

function reversedBits(value: number): number {
  let reversed = 0;
  for (let bit = 0; bit < 32; bit += 1) if ((value & (1 << bit)) !== 0) reversed += 2 ** (31 - bit);
  return reversed;
}

function hevcSets(record: Uint8Array): readonly Uint8Array[] {
  const sets: Uint8Array[] = [];
  let at = 23;
  for (let array = 0; array < (record[22] ?? 0) && at + 3 <= record.length; array += 1) {
    const type = (record[at] ?? 0) & 0x3f;
    const { units, end } = nalUnits(record, at + 3, u16(record, at + 1));
    if (type === HEVC_SPS) sets.push(...units);
    at = end;
  }
  return sets;
}

/** NAL units, each behind two bytes of length. */
function nalUnits(record: Uint8Array, from: number, count: number): { units: Uint8Array[]; end: number } {
  const units: Uint8Array[] = [];
  let at = from;
  for (let n = 0; n < count && at + 2 <= record.length; n += 1) {
    const end = at + 2 + u16(record, at);
    units.push(record.subarray(at + 2, end));
    at = end;
  }
  return { units, end: at };
}

/** Looks at the NAL units in front of the first slice. */
const changeIn =
  ({ lengthBytes, typeOf, isSlice, sps, known }: NalRules) =>
  (sample: Uint8Array): boolean => {
    if (known.length === 0) return false;
    for (let at = 0; at + lengthBytes < sample.length; ) {
      let length = 0;
      for (let n = 0; n < lengthBytes; n += 1) length = length * 256 + (sample[at + n] ?? 0);
      const first = at + lengthBytes;
      const end = first + length;
      const type = typeOf(sample[first] ?? 0);
      if (isSlice(type) || end > sample.length) return false;
      if (type === sps && !known.some((set) => equal(set, sample.subarray(first, end)))) return true;
      at = end;
    }
    return false;
  };

const u16 = (bytes: Uint8Array, at: number): number => (bytes[at] ?? 0) * 256 + (bytes[at + 1] ?? 0);
const hexByte = (byte: number): string => byte.toString(16).padStart(2, '0');
const equal = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, n) => byte === b[n]);
