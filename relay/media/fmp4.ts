/**
 * Reads one H.264 track out of fragmented MP4 boxes: what the decoder needs (init) and what a part is about
 * (fragment). Cutting bytes into boxes is box-splitter.ts, when a fragment was taken is pdt-clock.ts.
 */
import {
  type ParsedIsoBox,
  readAvc1,
  readIsoBoxes,
  readMdhd,
  readStsd,
  readTfdt,
  readTfhd,
  readTrex,
  readTrun,
  traverseIsoBoxes,
} from '@svta/cml-iso-bmff';
import { type Box, BoxError } from './box-splitter.ts';

export interface Fmp4Init {
  readonly kind: 'init';
  /** `ftyp` + `moov`. */
  readonly bytes: Uint8Array;
  /** RFC 6381, as in `avc1.42c01e`. */
  readonly codecs: string;
  readonly width: number;
  readonly height: number;
}

export interface Fmp4Fragment {
  readonly kind: 'fragment';
  /** `moof` + `mdat`. */
  readonly bytes: Uint8Array;
  /** Decode time of the first sample in the track's own time. */
  readonly startMs: number;
  readonly durationMs: number;
  /** The first sample is a sync sample. */
  readonly keyframe: boolean;
  /** Samples are shown in another order than they come: there are B-frames. */
  readonly reordered: boolean;
  /** It brings a sequence parameter set that is not the header's: the picture changed under way. */
  readonly newParameters: boolean;
}

/** sample_is_non_sync_sample (ISO/IEC 14496-12 §8.8.3.1). */
const NON_SYNC = 0x10000;

const INIT_READERS = { mdhd: readMdhd, stsd: readStsd, avc1: readAvc1, trex: readTrex };
const FRAGMENT_READERS = { tfhd: readTfhd, tfdt: readTfdt, trun: readTrun };
/** What fragments say nothing of. */
interface SampleDefaults {
  readonly duration: number;
  readonly flags: number;
}

/** Boxes between fragments that carry nothing we need. */
const SKIPPED = new Set(['styp', 'sidx', 'prft', 'emsg', 'free', 'skip', 'mfra']);

export class Fmp4Reader {
  #ftyp: Uint8Array | undefined;
  #moof: Uint8Array | undefined;
  #timescale: number | undefined;
  /** Sequence parameter set of the header. */
  #parameters: Uint8Array | undefined;
  #defaults: SampleDefaults = { duration: 0, flags: NON_SYNC };

  /**
   * Takes the next box; returns what it completed.
   * @throws BoxError when the boxes are no fragmented H.264 stream
   */
  push(box: Box): Fmp4Init | Fmp4Fragment | undefined {
    switch (box.type) {
      case 'ftyp':
        this.#ftyp = box.bytes;
        return undefined;
      case 'moov':
        return this.#readInit(box.bytes);
      case 'moof':
        if (this.#timescale === undefined) throw new BoxError('fragment before the header');
        this.#moof = box.bytes;
        return undefined;
      case 'mdat':
        return this.#readFragment(box.bytes);
      default:
        if (SKIPPED.has(box.type)) return undefined;
        throw new BoxError(`unexpected box "${box.type}"`);
    }
  }

  #readInit(moov: Uint8Array): Fmp4Init {
    if (this.#ftyp === undefined) throw new BoxError('header without file type');
    const boxes = [...traverseIsoBoxes(readIsoBoxes(moov, { readers: INIT_READERS }))];
    const mdhd = boxes.find((box) => box.type === 'mdhd');
    const stsd = boxes.find((box) => box.type === 'stsd');
    const entry = stsd !== undefined && 'entries' in stsd ? stsd.entries[0] : undefined;
    if (mdhd === undefined || !('timescale' in mdhd) || !(mdhd.timescale > 0)) {
      throw new BoxError('header without a time scale');
    }
    const width = entry !== undefined && 'width' in entry ? entry.width : undefined;
    const height = entry !== undefined && 'height' in entry ? entry.height : undefined;
    if (entry?.type !== 'avc1' || typeof width !== 'number' || typeof height !== 'number') {
      throw new BoxError('header without an H.264 track');
    }
    this.#timescale = mdhd.timescale;
    const trex = boxes.find((box) => box.type === 'trex');
    if (trex !== undefined && 'defaultSampleFlags' in trex && 'defaultSampleDuration' in trex) {
      const { defaultSampleDuration = 0, defaultSampleFlags = NON_SYNC } = trex;
      this.#defaults = { duration: defaultSampleDuration, flags: defaultSampleFlags };
    }
    const codec = codecConfiguration(moov);
    this.#parameters = codec.parameters;
    return {
      kind: 'init',
      bytes: concat(this.#ftyp, moov),
      codecs: codec.name,
      width,
      height,
    };
  }

  #readFragment(mdat: Uint8Array): Fmp4Fragment {
    const moof = this.#moof;
    const timescale = this.#timescale;
    if (moof === undefined || timescale === undefined)
      throw new BoxError('media without its fragment header');
    this.#moof = undefined;
    const boxes = [...traverseIsoBoxes(readIsoBoxes(moof, { readers: FRAGMENT_READERS }))];
    const { ticks, firstFlags, reordered } = sampleTimes(boxes, this.#defaults);
    const keyframe = (firstFlags & NON_SYNC) === 0;
    const tfdt = boxes.find((box) => box.type === 'tfdt');
    if (tfdt === undefined || !('baseMediaDecodeTime' in tfdt) || !(ticks > 0)) {
      throw new BoxError('fragment without times');
    }
    return {
      kind: 'fragment',
      bytes: concat(moof, mdat),
      startMs: (tfdt.baseMediaDecodeTime * 1000) / timescale,
      durationMs: (ticks * 1000) / timescale,
      keyframe,
      reordered,
      newParameters: keyframe && !sameParameters(mdat, this.#parameters),
    };
  }
}

/** Sum of the samples' durations, and the flags of the first one (§8.8.7 and §8.8.8: trun overrides tfhd). */
function sampleTimes(
  boxes: readonly ParsedIsoBox[],
  defaults: SampleDefaults,
): {
  ticks: number;
  firstFlags: number;
  reordered: boolean;
} {
  let { duration: defaultDuration, flags: defaultFlags } = defaults;
  let ticks = 0;
  let firstFlags: number | undefined;
  const offsets = new Set<number>();
  for (const box of boxes) {
    if (box.type === 'tfhd' && 'trackId' in box) {
      if ('defaultSampleDuration' in box) defaultDuration = box.defaultSampleDuration ?? defaultDuration;
      if ('defaultSampleFlags' in box) defaultFlags = box.defaultSampleFlags ?? defaultFlags;
    }
    if (box.type !== 'trun' || !('samples' in box)) continue;
    for (const sample of box.samples) {
      ticks += ('sampleDuration' in sample ? sample.sampleDuration : undefined) ?? defaultDuration;
      offsets.add(sample.sampleCompositionTimeOffset ?? 0);
    }
    firstFlags ??= box.firstSampleFlags ?? box.samples[0]?.sampleFlags ?? defaultFlags;
  }
  // One offset for all is a delay; different ones put samples in another order.
  return { ticks, firstFlags: firstFlags ?? defaultFlags, reordered: offsets.size > 1 };
}

/** The avcC record (ISO/IEC 14496-15 §5.3.3.1): profile, constraints and level in bytes 1 to 3, then the first SPS. */
function codecConfiguration(moov: Uint8Array): { name: string; parameters: Uint8Array | undefined } {
  const at = indexOfType(moov, 'avcC');
  const record = at === undefined ? new Uint8Array() : moov.subarray(at + 4);
  const profile = record.subarray(1, 4);
  if (profile.length < 3) throw new BoxError('header without a codec configuration');
  const [sizeHigh = 0, sizeLow = 0] = record.subarray(6, 8);
  const sets = (record[5] ?? 0) & 0x1f;
  return {
    name: `avc1.${[...profile].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`,
    parameters: sets === 0 ? undefined : record.subarray(8, 8 + sizeHigh * 256 + sizeLow),
  };
}

const NAL_SLICE_TYPES = new Set([1, 5]);
const NAL_SPS = 7;
const BOX_HEADER_BYTES = 8;

/** Looks at the NAL units in front of the first picture (ITU-T H.264 §7.3.1), each behind four bytes of length. */
function sameParameters(mdat: Uint8Array, known: Uint8Array | undefined): boolean {
  const view = new DataView(mdat.buffer, mdat.byteOffset, mdat.length);
  for (let at = BOX_HEADER_BYTES; at + 5 <= mdat.length; ) {
    const end = at + 4 + view.getUint32(at);
    const type = (mdat[at + 4] ?? 0) & 0x1f;
    if (NAL_SLICE_TYPES.has(type) || end > mdat.length) return true;
    if (type === NAL_SPS && known !== undefined && !equal(mdat.subarray(at + 4, end), known)) return false;
    at = end;
  }
  return true;
}

const equal = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, n) => byte === b[n]);

function indexOfType(bytes: Uint8Array, type: string): number | undefined {
  const wanted = [...type].map((letter) => letter.charCodeAt(0));
  for (let i = 0; i + wanted.length <= bytes.length; i += 1) {
    if (wanted.every((code, k) => bytes[i + k] === code)) return i;
  }
  return undefined;
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array {
  const joined = new Uint8Array(a.length + b.length);
  joined.set(a);
  joined.set(b, a.length);
  return joined;
}
