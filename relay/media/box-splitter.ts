/**
 * Cuts a byte stream into whole ISO BMFF boxes (ISO/IEC 14496-12 §4.2), however the chunks fall. It looks at
 * size and type only; what a box means is fragment-header.ts and track-header.ts.
 */

export interface Box {
  /** Four printable ASCII characters. */
  readonly type: string;
  /** The whole box with its header. */
  readonly bytes: Uint8Array;
}

/** The stream is not made of boxes, or a box is too large to be one of ours; `message` is half a sentence. */
export class BoxError extends Error {
  override readonly name = 'BoxError';
}

/** A keyframe of 8K at a high rate stays below this; anything larger is a broken length. */
export const MAX_BOX_BYTES = 16 * 1024 * 1024;

const HEADER_BYTES = 8;
const LARGE_HEADER_BYTES = 16;

const isPrintable = (byte: number): boolean => byte >= 0x20 && byte <= 0x7e;

/** The four characters of a box's type. */
export const typeAt = (view: DataView, at: number): string =>
  String.fromCharCode(view.getUint8(at), view.getUint8(at + 1), view.getUint8(at + 2), view.getUint8(at + 3));

export class BoxSplitter {
  readonly #maxBoxBytes: number;
  /** What has arrived of the current box. */
  #chunks: Uint8Array[] = [];
  #heldBytes = 0;
  /** What the current box needs, as far as is known: its header first, then the whole of it. */
  #wantedBytes = HEADER_BYTES;

  constructor(options: { readonly maxBoxBytes?: number } = {}) {
    this.#maxBoxBytes = options.maxBoxBytes ?? MAX_BOX_BYTES;
  }

  /**
   * Takes the next bytes and returns the boxes that they completed. The bytes are kept: do not reuse `chunk`.
   * @throws BoxError when the stream cannot be read any further
   */
  push(chunk: Uint8Array): Box[] {
    const boxes: Box[] = [];
    this.#chunks.push(chunk);
    this.#heldBytes += chunk.length;
    // Not joined earlier: a keyframe comes in many chunks.
    if (this.#heldBytes < this.#wantedBytes) return boxes;
    const held = this.#joined();
    const view = new DataView(held.buffer, held.byteOffset, held.length);
    let at = 0;
    this.#wantedBytes = this.#wanted(view, at);
    while (held.length - at >= this.#wantedBytes) {
      const end = at + this.#wantedBytes;
      boxes.push({ type: typeAt(view, at + 4), bytes: held.subarray(at, end) });
      at = end;
      this.#wantedBytes = this.#wanted(view, at);
    }
    this.#heldBytes = held.length - at;
    this.#chunks = this.#heldBytes > 0 ? [held.subarray(at)] : [];
    return boxes;
  }

  /** Bytes of the box at `at`; while its header is not whole, those of the header. */
  #wanted(view: DataView, at: number): number {
    const leftBytes = view.byteLength - at;
    if (leftBytes < HEADER_BYTES) return HEADER_BYTES;
    for (let n = at + 4; n < at + HEADER_BYTES; n += 1)
      if (!isPrintable(view.getUint8(n))) throw new BoxError('no media container');
    const small = view.getUint32(at);
    if (small === 1 && leftBytes < LARGE_HEADER_BYTES) return LARGE_HEADER_BYTES;
    // Size 1: the real size is a 64-bit field. Size 0 (to the end of the file) has no place in a live stream.
    const sizeBytes = small === 1 ? Number(view.getBigUint64(at + HEADER_BYTES)) : small;
    const minimum = small === 1 ? LARGE_HEADER_BYTES : HEADER_BYTES;
    if (sizeBytes >= minimum && sizeBytes <= this.#maxBoxBytes) return sizeBytes;
    const type = typeAt(view, at + 4);
    if (sizeBytes < minimum) throw new BoxError(`box "${type}" with impossible size ${sizeBytes}`);
    throw new BoxError(`box "${type}" of ${sizeBytes} bytes, more than ${this.#maxBoxBytes}`);
  }

  #joined(): Uint8Array {
    const [first] = this.#chunks;
    if (first !== undefined && this.#chunks.length === 1) return first;
    const joined = new Uint8Array(this.#heldBytes);
    let offset = 0;
    for (const chunk of this.#chunks) {
      joined.set(chunk, offset);
      offset += chunk.length;
    }
    return joined;
  }
}
