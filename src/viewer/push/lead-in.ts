/**
 * Lets a rung begin between two keyframes: the pictures from its keyframe up to where it is to begin become a lead-in of a
 * few ms, which is decoded and not seen. The parts are rewritten into one, of a `moof` and a `mdat` as the relay makes them
 * (relay/media/part-writer.ts; ISO/IEC 14496-12 §8.8). Pure.
 */
import type { PartHeader } from '../../wire/media-frames.ts';

export interface PartFrame {
  readonly header: PartHeader;
  readonly bytes: Uint8Array;
}

/** A picture of the lead-in lasts so long: browsers count in µs. */
const LEAD_MS = 0.1;

/** Where the relay writes the boxes, and in them the time of the first sample and the run's fields and entries. */
const BOXES = { moof: 0, mfhd: 8, traf: 24, tfhd: 32, tfdt: 52, trun: 72 } as const;
const TIME_AT = 64;
const RUN_FLAGS_AT = 80;
const COUNT_AT = 84;
const DATA_OFFSET_AT = 88;
const ENTRIES_AT = 96;
const HEADER_BYTES = 8;
/** Data offset, flags of the first sample, duration and size of each (§8.8.8); and with composition offsets. */
const RUN_FLAGS = 0x305;
const COMPOSITION = 0x800;

interface Sample {
  readonly ticks: number;
  readonly composition: number;
  readonly data: Uint8Array;
}

interface Run {
  readonly startTicks: number;
  readonly samples: readonly Sample[];
}

/**
 * @param parts of one rung on end, from a keyframe on
 * @param fromMs PDT
 * @returns from the picture at `fromMs` on, a part that begins with a keyframe; undefined where the parts do not reach so
 * far, or cannot be read
 */
export function leadIn(parts: readonly PartFrame[], fromMs: number): PartFrame | undefined {
  const runs = parts.flatMap(({ bytes }) => readRun(bytes) ?? []);
  const [first] = parts;
  const last = parts.at(-1);
  if (first === undefined || last === undefined || runs.length < parts.length) return undefined;
  const ticksPerMs =
    sum(runs.flatMap(({ samples }) => samples.map(({ ticks }) => ticks))) /
    sum(parts.map(({ header }) => header.durationMs));
  const lead: Sample[] = [];
  const shown: Sample[] = [];
  let begin: { readonly ticks: number; readonly pdtMs: number } | undefined;
  for (const [n, { startTicks, samples }] of runs.entries()) {
    let ticks = startTicks;
    for (const sample of samples) {
      const pdtMs = (parts[n]?.header.pdtMs ?? 0) + (ticks - startTicks) / ticksPerMs;
      // With the picture that begins nearest to it.
      if (pdtMs + sample.ticks / ticksPerMs / 2 > fromMs) begin ??= { ticks, pdtMs };
      (begin === undefined ? lead : shown).push(sample);
      ticks += sample.ticks;
    }
  }
  if (begin === undefined) return undefined;
  const leadTicks = Math.max(1, Math.round(LEAD_MS * ticksPerMs));
  const startTicks = begin.ticks - lead.length * leadTicks;
  if (startTicks < 0) return undefined;
  const leadMs = (lead.length * leadTicks) / ticksPerMs;
  const { mediaMs, ...header } = last.header;
  return {
    header: {
      ...header,
      independent: true,
      pdtMs: begin.pdtMs - leadMs,
      durationMs: leadMs + sum(shown.map(({ ticks }) => ticks)) / ticksPerMs,
      ...(mediaMs === undefined ? {} : { mediaMs: startTicks / ticksPerMs }),
    },
    bytes: writeRun(first.bytes, startTicks, [
      ...lead.map((sample) => ({ ...sample, ticks: leadTicks, composition: 0 })),
      ...shown,
    ]),
  };
}

function readRun(bytes: Uint8Array): Run | undefined {
  if (bytes.length < ENTRIES_AT) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const named = Object.entries(BOXES).every(([type, at]) =>
    [...type].every((letter, n) => bytes[at + 4 + n] === letter.charCodeAt(0)),
  );
  const flags = view.getUint32(RUN_FLAGS_AT) & 0xffffff;
  if (!named || (flags & ~COMPOSITION) !== RUN_FLAGS) return undefined;
  const entryBytes = (flags & COMPOSITION) === 0 ? 8 : 12;
  const count = view.getUint32(COUNT_AT);
  let dataAt = view.getUint32(DATA_OFFSET_AT);
  if (ENTRIES_AT + count * entryBytes > bytes.length) return undefined;
  const samples: Sample[] = [];
  for (let n = 0; n < count; n += 1) {
    const at = ENTRIES_AT + n * entryBytes;
    const size = view.getUint32(at + 4);
    samples.push({
      ticks: view.getUint32(at),
      composition: entryBytes === 8 ? 0 : view.getInt32(at + 8),
      data: bytes.subarray(dataAt, dataAt + size),
    });
    dataAt += size;
  }
  return dataAt > bytes.length ? undefined : { startTicks: Number(view.getBigUint64(TIME_AT)), samples };
}

/** @param like a part of the same stream that begins with a keyframe */
function writeRun(like: Uint8Array, startTicks: number, samples: readonly Sample[]): Uint8Array {
  const reordered = samples.some(({ composition }) => composition !== 0);
  const entryBytes = reordered ? 12 : 8;
  const moofBytes = ENTRIES_AT + samples.length * entryBytes;
  const mdatBytes = HEADER_BYTES + sum(samples.map(({ data }) => data.length));
  const bytes = new Uint8Array(moofBytes + mdatBytes);
  const view = new DataView(bytes.buffer);
  bytes.set(like.subarray(0, ENTRIES_AT));
  view.setUint32(BOXES.moof, moofBytes);
  view.setUint32(BOXES.traf, moofBytes - BOXES.traf);
  view.setUint32(BOXES.trun, moofBytes - BOXES.trun);
  view.setBigUint64(TIME_AT, BigInt(startTicks));
  view.setUint32(RUN_FLAGS_AT, 0x1000000 | RUN_FLAGS | (reordered ? COMPOSITION : 0));
  view.setUint32(COUNT_AT, samples.length);
  view.setUint32(DATA_OFFSET_AT, moofBytes + HEADER_BYTES);
  view.setUint32(moofBytes, mdatBytes);
  bytes.set(new TextEncoder().encode('mdat'), moofBytes + 4);
  let dataAt = moofBytes + HEADER_BYTES;
  samples.forEach(({ ticks, composition, data }, n) => {
    const at = ENTRIES_AT + n * entryBytes;
    view.setUint32(at, ticks);
    view.setUint32(at + 4, data.length);
    if (reordered) view.setInt32(at + 8, composition);
    bytes.set(data, dataAt);
    dataAt += data.length;
  });
  return bytes;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
