/**
 * Writes a part: one `moof` and one `mdat` with all its frames (ISO/IEC 14496-12 §8.8), whatever fragments they came in.
 * A fragment for each frame would cost 24 kbit/s at 30 frames a second, and browsers a turn of their parser each. Pure.
 */
import { NON_SYNC } from './fragment-header.ts';
import type { StreamInit } from './frame-reader.ts';
import type { FrameGroup } from './part-grouper.ts';

/** Data offset, flags of the first sample, duration and size of each (§8.8.8); and with composition offsets. */
const RUN_FLAGS = 0x305;
const COMPOSITION = 0x800;
/** Offsets count from the `moof`, samples are of the default flags (§8.8.7). */
const TFHD_FLAGS = 0x20020;
/** sample_depends_on: 2 for no other, 1 for others (§8.8.3.1). */
const KEYFRAME_FLAGS = 0x2000000;
const OTHER_FLAGS = 0x1000000 | NON_SYNC;

const MFHD_BYTES = 16;
const TFHD_BYTES = 20;
const TFDT_BYTES = 20;
const RUN_BYTES = 24;
const HEADER_BYTES = 8;

/**
 * @param track time scale and number of the header that the part is decoded with
 * @param sequence one more for each part of a stream (§8.8.5)
 */
export function writePart(
  { frames, startMs, durationMs, independent }: FrameGroup,
  { timescale, trackId }: Pick<StreamInit, 'timescale' | 'trackId'>,
  sequence: number,
): Uint8Array {
  const reordered = frames.some(({ compositionMs }) => compositionMs !== 0);
  const runBytes = RUN_BYTES + frames.length * (reordered ? 12 : 8);
  const trafBytes = HEADER_BYTES + TFHD_BYTES + TFDT_BYTES + runBytes;
  const moofBytes = HEADER_BYTES + MFHD_BYTES + trafBytes;
  const mediaBytes = frames.reduce((sum, { data }) => sum + data.length, HEADER_BYTES);
  const bytes = new Uint8Array(moofBytes + mediaBytes);
  const put = new Writer(bytes);
  const ticks = (ms: number): number => Math.round((ms * timescale) / 1000);

  put.box('moof', moofBytes);
  put.box('mfhd', MFHD_BYTES).u32(0).u32(sequence);
  put.box('traf', trafBytes);
  put.box('tfhd', TFHD_BYTES).u32(TFHD_FLAGS).u32(trackId).u32(OTHER_FLAGS);
  put.box('tfdt', TFDT_BYTES).u32(0x1000000).u64(ticks(startMs));
  put.box('trun', runBytes).u32(0x1000000 | RUN_FLAGS | (reordered ? COMPOSITION : 0));
  put
    .u32(frames.length)
    .u32(moofBytes + HEADER_BYTES)
    .u32(independent ? KEYFRAME_FLAGS : OTHER_FLAGS);
  // From the rounded times, so that the part ends where the next one begins.
  let atTicks = ticks(startMs);
  frames.forEach(({ data, compositionMs }, n) => {
    const endTicks = ticks(frames[n + 1]?.startMs ?? startMs + durationMs);
    put.u32(endTicks - atTicks).u32(data.length);
    if (reordered) put.u32(ticks(compositionMs));
    atTicks = endTicks;
  });
  put.box('mdat', mediaBytes);
  for (const { data } of frames) put.bytes(data);
  return bytes;
}

class Writer {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer);
  }

  box(type: string, sizeBytes: number): this {
    this.u32(sizeBytes);
    for (let n = 0; n < 4; n += 1) this.#bytes[this.#at + n] = type.charCodeAt(n);
    this.#at += 4;
    return this;
  }

  /** Negative numbers become their two's complement. */
  u32(value: number): this {
    this.#view.setUint32(this.#at, value);
    this.#at += 4;
    return this;
  }

  u64(value: number): this {
    return this.u32(Math.floor(value / 2 ** 32)).u32(value % 2 ** 32);
  }

  bytes(data: Uint8Array): this {
    this.#bytes.set(data, this.#at);
    this.#at += data.length;
    return this;
  }
}
