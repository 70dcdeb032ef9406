/**
 * Reads a fragment's header (`moof`, ISO/IEC 14496-12 §8.8): when its samples are decoded, how long they last, and where
 * their bytes are. Of one track, as our ingests and transcoders write it. Written for 30 headers a second and stream:
 * a few numbers at known places, nothing is copied.
 */
import { BoxError } from './box-splitter.ts';
import { BOX_HEADER_BYTES, boxesIn } from './boxes.ts';

/** What samples are like where the fragment does not say (`trex`, §8.8.3). */
export interface SampleDefaults {
  readonly durationTicks: number;
  readonly sizeBytes: number;
  readonly flags: number;
}

export interface Sample {
  readonly durationTicks: number;
  /** Shown this much after it is decoded. */
  readonly compositionTicks: number;
  /** Decoding may start here. */
  readonly sync: boolean;
  /** From the start of the `moof`; undefined: behind the sample before it, the first one at the start of the media. */
  readonly offset: number | undefined;
  readonly sizeBytes: number;
}

export interface FragmentHeader {
  /** Decode time of the first sample. */
  readonly startTicks: number;
  readonly samples: readonly Sample[];
}

/** sample_is_non_sync_sample (§8.8.3.1). */
export const NON_SYNC = 0x10000;

/** No picture rate and no burst fills a fragment with more. */
const MAX_SAMPLES = 10_000;

/** Flags of `tfhd` (§8.8.7) and `trun` (§8.8.8). */
const TFHD = { base: 0x1, description: 0x2, duration: 0x8, size: 0x10, flags: 0x20 } as const;
const TRUN = {
  offset: 0x1,
  first: 0x4,
  duration: 0x100,
  size: 0x200,
  flags: 0x400,
  composition: 0x800,
} as const;

/** Fields of a full box, one after the other. */
class Fields {
  readonly #view: DataView;
  #at: number;
  readonly version: number;
  readonly flags: number;

  /** @param at of the version, behind size and type */
  constructor(view: DataView, at: number) {
    this.#view = view;
    this.#at = at + 4;
    this.version = view.getUint8(at);
    this.flags = view.getUint32(at) & 0xffffff;
  }

  u32(): number {
    this.#at += 4;
    return this.#view.getUint32(this.#at - 4);
  }

  i32(): number {
    this.#at += 4;
    return this.#view.getInt32(this.#at - 4);
  }

  u64(): number {
    return this.u32() * 2 ** 32 + this.u32();
  }

  u32If(flag: number, otherwise: number): number {
    return (this.flags & flag) === 0 ? otherwise : this.u32();
  }
}

/**
 * @throws BoxError when it says no time
 * @throws RangeError when it is cut off
 */
export function readFragmentHeader(moof: Uint8Array, track: SampleDefaults): FragmentHeader {
  const view = new DataView(moof.buffer, moof.byteOffset, moof.length);
  let defaults = track;
  let absolute = false;
  let startTicks: number | undefined;
  const samples: Sample[] = [];
  const traf = boxesIn(view, BOX_HEADER_BYTES, moof.length).find(({ type }) => type === 'traf');
  for (const { type, at } of traf === undefined ? [] : boxesIn(view, traf.at, traf.end)) {
    const fields = new Fields(view, at);
    if (type === 'tfhd') {
      defaults = readDefaults(fields, track);
      absolute = (fields.flags & TFHD.base) !== 0;
    } else if (type === 'tfdt') startTicks = fields.version === 1 ? fields.u64() : fields.u32();
    else if (type === 'trun') readRun(fields, { defaults, absolute, into: samples });
  }
  if (startTicks === undefined || samples.length === 0) throw new BoxError('fragment without times');
  return { startTicks, samples };
}

function readDefaults(tfhd: Fields, track: SampleDefaults): SampleDefaults {
  tfhd.u32(); // The track.
  if ((tfhd.flags & TFHD.base) !== 0) tfhd.u64();
  tfhd.u32If(TFHD.description, 0);
  return {
    durationTicks: tfhd.u32If(TFHD.duration, track.durationTicks),
    sizeBytes: tfhd.u32If(TFHD.size, track.sizeBytes),
    flags: tfhd.u32If(TFHD.flags, track.flags),
  };
}

interface Run {
  readonly defaults: SampleDefaults;
  /** Offsets count from the start of the file, which we have not seen. */
  readonly absolute: boolean;
  readonly into: Sample[];
}

function readRun(trun: Fields, { defaults, absolute, into }: Run): void {
  const count = trun.u32();
  if (into.length + count > MAX_SAMPLES) throw new BoxError(`fragment of ${count} samples`);
  const toldOffset = (trun.flags & TRUN.offset) === 0 ? undefined : trun.i32();
  const before = into.at(-1);
  let offset = absolute ? undefined : toldOffset;
  // Without its own place a run begins where the one before it ends.
  if (offset === undefined && before?.offset !== undefined) offset = before.offset + before.sizeBytes;
  const firstFlags = trun.u32If(TRUN.first, Number.NaN);
  for (let n = 0; n < count; n += 1) {
    const durationTicks = trun.u32If(TRUN.duration, defaults.durationTicks);
    const sizeBytes = trun.u32If(TRUN.size, defaults.sizeBytes);
    const own = trun.u32If(TRUN.flags, defaults.flags);
    const flags = n === 0 && !Number.isNaN(firstFlags) ? firstFlags : own;
    // Signed in version 1; version 0 writes negative ones as such as well, seen of real muxers.
    const compositionTicks = (trun.flags & TRUN.composition) === 0 ? 0 : trun.i32();
    into.push({ durationTicks, compositionTicks, sync: (flags & NON_SYNC) === 0, offset, sizeBytes });
    if (offset !== undefined) offset += sizeBytes;
  }
}
