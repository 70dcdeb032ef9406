/**
 * Cuts what a server sends on one connection into the answers to the requests that were sent, in their order
 * (RFC 9112): a length or chunks, as MediaMTX uses them. Sockets and deadlines are http.ts.
 */

/** The server does not keep to HTTP/1.1 as we need it; `message` is half a sentence. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
}

export interface HttpResponse {
  readonly status: number;
  readonly body: Uint8Array;
}

/** Longest status line, header or chunk size. */
const MAX_LINE_BYTES = 8192;
const MAX_HEADERS = 100;
const NEWLINE = 10;

/** What comes next on the connection. */
type Expected = 'status' | 'header' | 'body' | 'chunk-size' | 'chunk' | 'chunk-end' | 'trailer';

export class ResponseReader {
  readonly #maxBytes: () => number;
  readonly #onResponse: (response: HttpResponse) => void;
  #expected: Expected = 'status';
  #line = '';
  #status = 0;
  #headers = 0;
  #chunked = false;
  #length: number | undefined;
  /** Bytes of the body or chunk that are still to come. */
  #left = 0;
  #body: Buffer[] = [];
  #bodyBytes = 0;

  /** @param maxBytes asked when a body begins and whenever it grows: the limit of the answer that comes next */
  constructor(maxBytes: () => number, onResponse: (response: HttpResponse) => void) {
    this.#maxBytes = maxBytes;
    this.#onResponse = onResponse;
  }

  /**
   * Takes the next bytes; they are kept, so do not reuse `data`.
   * @throws ProtocolError when nothing after it can be understood any more
   */
  push(data: Buffer): void {
    let at = 0;
    while (at < data.length) {
      at =
        this.#expected === 'body' || this.#expected === 'chunk' ? this.#take(data, at) : this.#read(data, at);
    }
  }

  /** Adds to the line that is being read, and acts on it when it is complete. */
  #read(data: Buffer, at: number): number {
    const newline = data.indexOf(NEWLINE, at);
    const end = newline < 0 ? data.length : newline;
    if (this.#line.length + end - at > MAX_LINE_BYTES) throw new ProtocolError('a line without an end');
    this.#line += data.toString('latin1', at, end);
    if (newline < 0) return end;
    const line = this.#line.trimEnd();
    this.#line = '';
    this.#onLine(line);
    return newline + 1;
  }

  #take(data: Buffer, at: number): number {
    const piece = data.subarray(at, at + this.#left);
    this.#body.push(piece);
    this.#left -= piece.length;
    if (this.#left === 0) {
      if (this.#expected === 'chunk') this.#expected = 'chunk-end';
      else this.#finish();
    }
    return at + piece.length;
  }

  #onLine(line: string): void {
    switch (this.#expected) {
      case 'status':
        this.#begin(line);
        break;
      case 'header':
        if (line === '') this.#beginBody();
        else this.#header(line);
        break;
      case 'chunk-size':
        this.#beginChunk(line);
        break;
      case 'chunk-end':
        if (line !== '') throw new ProtocolError('a chunk longer than it says');
        this.#expected = 'chunk-size';
        break;
      case 'trailer':
        if (line === '') this.#finish();
        break;
    }
  }

  #begin(line: string): void {
    const status = /^HTTP\/1\.1 ([1-5]\d\d)(?: |$)/.exec(line)?.[1];
    if (status === undefined) throw new ProtocolError('an answer that is not HTTP/1.1');
    this.#status = Number(status);
    this.#headers = 0;
    this.#chunked = false;
    this.#length = undefined;
    this.#expected = 'header';
  }

  #header(line: string): void {
    this.#headers += 1;
    if (this.#headers > MAX_HEADERS) throw new ProtocolError('too many headers');
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(0, colon)).toLowerCase();
    const value = line.slice(colon + 1).trim();
    if (name === 'content-length') {
      if (!/^\d{1,15}$/.test(value)) throw new ProtocolError('a length that is no number');
      this.#length = Number(value);
    } else if (name === 'transfer-encoding') {
      if (value.toLowerCase() !== 'chunked') throw new ProtocolError('an encoding that we do not know');
      this.#chunked = true;
    }
  }

  #beginBody(): void {
    if (this.#status < 200) {
      // 100 Continue and the like come before the answer itself.
      this.#expected = 'status';
    } else if (this.#status === 204 || this.#status === 304) {
      this.#finish();
    } else if (this.#chunked) {
      this.#expected = 'chunk-size';
    } else {
      if (this.#length === undefined) throw new ProtocolError('an answer without a length');
      this.#grow(this.#length);
      this.#expected = 'body';
      if (this.#left === 0) this.#finish();
    }
  }

  #beginChunk(line: string): void {
    const size = /^([0-9a-f]{1,8})(?:\s*;|$)/i.exec(line)?.[1];
    if (size === undefined) throw new ProtocolError('a chunk without its size');
    this.#grow(Number.parseInt(size, 16));
    this.#expected = this.#left === 0 ? 'trailer' : 'chunk';
  }

  #grow(bytes: number): void {
    this.#bodyBytes += bytes;
    const limit = this.#maxBytes();
    if (this.#bodyBytes > limit) throw new ProtocolError(`an answer of more than ${limit} bytes`);
    this.#left = bytes;
  }

  #finish(): void {
    const [first] = this.#body;
    const body = first !== undefined && this.#body.length === 1 ? first : Buffer.concat(this.#body);
    this.#expected = 'status';
    this.#body = [];
    this.#bodyBytes = 0;
    this.#onResponse({ status: this.#status, body });
  }
}
