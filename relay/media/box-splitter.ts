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
  /** Type and size of the current box, once its header has arrived. */
  #header: { readonly type: string; readonly sizeBytes: number } | undefined;

  constructor(options: { readonly maxBoxBytes?: number } = {}) {
    this.#maxBoxBytes = options.maxBoxBytes ?? MAX_BOX_BYTES;
  }

  /**
   * Takes the next bytes and returns the boxes that they completed. The bytes are kept: do not reuse `chunk`.
   * @throws BoxError when the stream cannot be read any further
   */
  push(chunk: Uint8Array): Box[] {
    if (chunk.length > 0) {
      this.#chunks.push(chunk);
      this.#heldBytes += chunk.length;
    }
    const boxes: Box[] = [];
    for (let box = this.#next(); box !== undefined; box = this.#next()) boxes.push(box);
    return boxes;
  }

  #next(): Box | undefined {
    this.#header ??= this.#readHeader();
    if (this.#header === undefined || this.#heldBytes < this.#header.sizeBytes) return undefined;
    const { type, sizeBytes } = this.#header;
    const held = this.#join();
    const rest = held.subarray(sizeBytes);
    this.#chunks = rest.length > 0 ? [rest] : [];
    this.#heldBytes = rest.length;
    this.#header = undefined;
    return { type, bytes: held.subarray(0, sizeBytes) };
  }

  #readHeader(): { type: string; sizeBytes: number } | undefined {
    if (this.#heldBytes < HEADER_BYTES) return undefined;
    const bytes = this.#join();
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    if (!bytes.subarray(4, HEADER_BYTES).every(isPrintable)) throw new BoxError('no media container');
    const type = typeAt(view, 4);
    const small = view.getUint32(0);
    if (small === 1 && bytes.length < LARGE_HEADER_BYTES) return undefined;
    // Size 1: the real size is a 64-bit field. Size 0 (to the end of the file) has no place in a live stream.
    const sizeBytes = small === 1 ? Number(view.getBigUint64(HEADER_BYTES)) : small;
    const minimum = small === 1 ? LARGE_HEADER_BYTES : HEADER_BYTES;
    if (sizeBytes < minimum) throw new BoxError(`box "${type}" with impossible size ${sizeBytes}`);
    if (sizeBytes > this.#maxBoxBytes) {
      throw new BoxError(`box "${type}" of ${sizeBytes} bytes, more than ${this.#maxBoxBytes}`);
    }
    return { type, sizeBytes };
  }

  #join(): Uint8Array {
    const [first] = this.#chunks;
    if (first !== undefined && this.#chunks.length === 1) return first;
    const joined = new Uint8Array(this.#heldBytes);
    let offset = 0;
    for (const chunk of this.#chunks) {
      joined.set(chunk, offset);
      offset += chunk.length;
    }
    this.#chunks = [joined];
    return joined;
  }
}
