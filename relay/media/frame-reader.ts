/**
 * The bytes of a process (fragmented MP4 with one H.264 or HEVC track) become its header and its frames, however they were
 * cut into chunks, fragments and runs. First of three: {@link FrameReader} reads frames, `PartGrouper` (part-grouper.ts)
 * makes parts of them, `writePart` (part-writer.ts) their bytes.
 */
import { type Box, BoxError, BoxSplitter } from './box-splitter.ts';
import { BOX_HEADER_BYTES } from './boxes.ts';
import { readFragmentHeader } from './fragment-header.ts';
import { readTrackHeader, type TrackHeader } from './track-header.ts';

export interface StreamInit {
  readonly kind: 'init';
  /** `ftyp` + `moov`. */
  readonly bytes: Uint8Array;
  /** RFC 6381, as in `avc1.42c01e`. */
  readonly codecs: string;
  readonly width: number;
  readonly height: number;
  readonly trackId: number;
  /** Ticks of a second, in which parts of this stream are written. */
  readonly timescale: number;
}

export interface Frame {
  readonly kind: 'frame';
  /** Decode time in the track's own time. */
  readonly startMs: number;
  /** Until the next frame is decoded; 0 where the stream does not say. */
  readonly durationMs: number;
  /** Shown this much after it is decoded; may be negative. */
  readonly compositionMs: number;
  /** Decoding may start here. */
  readonly keyframe: boolean;
  /** A keyframe that brings a sequence parameter set which is not the header's: the picture changed under way. */
  readonly newParameters: boolean;
  /** The sample alone. A view of the chunk that it came in. */
  readonly data: Uint8Array;
}

/** Boxes between fragments that carry nothing we need. */
const SKIPPED = new Set(['styp', 'sidx', 'prft', 'emsg', 'free', 'skip', 'mfra']);

export class FrameReader {
  readonly #splitter = new BoxSplitter();
  #ftyp: Uint8Array | undefined;
  #moof: Uint8Array | undefined;
  #track: TrackHeader | undefined;

  /**
   * Takes the next bytes and returns what they completed. The bytes are kept: do not reuse `chunk`.
   * @throws BoxError or RangeError when the stream cannot be read any further
   */
  push(chunk: Uint8Array): (StreamInit | Frame)[] {
    const done: (StreamInit | Frame)[] = [];
    for (const box of this.#splitter.push(chunk)) this.#take(box, done);
    return done;
  }

  #take({ type, bytes }: Box, into: (StreamInit | Frame)[]): void {
    switch (type) {
      case 'ftyp':
        this.#ftyp = bytes;
        return;
      case 'moov':
        into.push(this.#readInit(bytes));
        return;
      case 'moof':
        if (this.#track === undefined) throw new BoxError('fragment before the header');
        this.#moof = bytes;
        return;
      case 'mdat':
        this.#readFrames(bytes, into);
        return;
      default:
        if (!SKIPPED.has(type)) throw new BoxError(`unexpected box "${type}"`);
    }
  }

  #readInit(moov: Uint8Array): StreamInit {
    if (this.#ftyp === undefined) throw new BoxError('header without file type');
    this.#track = readTrackHeader(moov);
    const { codecs, width, height, trackId, timescale } = this.#track;
    const bytes = new Uint8Array(this.#ftyp.length + moov.length);
    bytes.set(this.#ftyp);
    bytes.set(moov, this.#ftyp.length);
    return { kind: 'init', bytes, codecs, width, height, trackId, timescale };
  }

  #readFrames(mdat: Uint8Array, into: (StreamInit | Frame)[]): void {
    const moof = this.#moof;
    const track = this.#track;
    if (moof === undefined || track === undefined) throw new BoxError('media without its fragment header');
    this.#moof = undefined;
    const { startTicks, samples } = readFragmentHeader(moof, track.defaults);
    const ms = (ticks: number): number => (ticks * 1000) / track.timescale;
    let decodeTicks = startTicks;
    let at = BOX_HEADER_BYTES;
    for (const { durationTicks, compositionTicks, sync, offset, sizeBytes } of samples) {
      if (offset !== undefined) at = offset - moof.length;
      if (at < BOX_HEADER_BYTES || at + sizeBytes > mdat.length)
        throw new BoxError('frame outside its media');
      const data = mdat.subarray(at, at + sizeBytes);
      const startMs = ms(decodeTicks);
      at += sizeBytes;
      decodeTicks += durationTicks;
      into.push({
        kind: 'frame',
        startMs,
        durationMs: ms(durationTicks),
        compositionMs: ms(compositionTicks),
        keyframe: sync,
        newParameters: sync && track.changedBy(data),
        data,
      });
    }
  }
}
