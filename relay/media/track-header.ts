/** Reads the header of a fragmented MP4 stream (`moov`, ISO/IEC 14496-12 §8.2) with one H.264 or HEVC track. */
import { BoxError } from './box-splitter.ts';
import { BOX_HEADER_BYTES, type BoxRange, boxesIn } from './boxes.ts';
import { type CodecRecord, readAvcC, readHvcC } from './codec-record.ts';
import { NON_SYNC, type SampleDefaults } from './fragment-header.ts';

export interface TrackHeader extends CodecRecord {
  readonly trackId: number;
  /** Ticks of a second. */
  readonly timescale: number;
  readonly width: number;
  readonly height: number;
  readonly defaults: SampleDefaults;
}

/** Fields of a VisualSampleEntry (§12.1.3) in front of the boxes inside it, from behind its size and type. */
const ENTRY_WIDTH = 24;
const ENTRY_BYTES = 78;

const RECORDS: Readonly<Record<string, { readonly box: string; readonly read: typeof readAvcC }>> = {
  avc1: { box: 'avcC', read: readAvcC },
  avc3: { box: 'avcC', read: readAvcC },
  hvc1: { box: 'hvcC', read: readHvcC },
  hev1: { box: 'hvcC', read: readHvcC },
};

/**
 * @throws BoxError when there is no such track in it
 * @throws RangeError when it is cut off
 */
export function readTrackHeader(moov: Uint8Array): TrackHeader {
  const view = new DataView(moov.buffer, moov.byteOffset, moov.length);
  const inside = (type: string, range: BoxRange | undefined, skip = 0): BoxRange | undefined =>
    range && boxesIn(view, range.at + skip, range.end).find((box) => box.type === type);
  const root: BoxRange = { type: 'moov', at: BOX_HEADER_BYTES, end: moov.length };
  const trak = inside('trak', root);
  const mdia = inside('mdia', trak);
  const timescale = longField(view, inside('mdhd', mdia));
  if (timescale === undefined || timescale === 0) throw new BoxError('header without a time scale');
  const stsd = inside('stsd', inside('stbl', inside('minf', mdia)));
  const [entry] = stsd === undefined ? [] : boxesIn(view, stsd.at + 8, stsd.end);
  const kind = RECORDS[entry?.type ?? ''];
  const record = kind && inside(kind.box, entry, ENTRY_BYTES);
  if (entry === undefined || kind === undefined) throw new BoxError('header without an H.264 or HEVC track');
  if (record === undefined) throw new BoxError('header without a codec configuration');
  return {
    ...kind.read(entry.type, moov.subarray(record.at, record.end)),
    trackId: longField(view, inside('tkhd', trak)) ?? 1,
    timescale,
    width: view.getUint16(entry.at + ENTRY_WIDTH),
    height: view.getUint16(entry.at + ENTRY_WIDTH + 2),
    defaults: readTrex(view, inside('trex', inside('mvex', root))),
  };
}

/** The field behind the two dates of `mdhd` (time scale) and `tkhd` (track). */
const longField = (view: DataView, box: BoxRange | undefined): number | undefined =>
  box && view.getUint32(box.at + (view.getUint8(box.at) === 1 ? 20 : 12));

function readTrex(view: DataView, trex: BoxRange | undefined): SampleDefaults {
  if (trex === undefined) return { durationTicks: 0, sizeBytes: 0, flags: NON_SYNC };
  return {
    durationTicks: view.getUint32(trex.at + 12),
    sizeBytes: view.getUint32(trex.at + 16),
    flags: view.getUint32(trex.at + 20),
  };
}
