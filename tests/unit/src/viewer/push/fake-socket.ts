/** A media socket in the hands of a test. */

import { encodeMediaFrame, type MediaHeader } from '../../../../../src/wire/media-frames.ts';
import type { SocketHandlers } from '../../../../../src/wire/socket-port.ts';
import { bytes } from './media.ts';

export class FakeSocket {
  readonly url: string;
  readonly handlers: SocketHandlers<ArrayBuffer>;
  readonly sent: unknown[] = [];
  closed = false;

  constructor(url: string, handlers: SocketHandlers<ArrayBuffer>) {
    this.url = url;
    this.handlers = handlers;
  }

  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }

  close(): void {
    this.closed = true;
  }

  frame(header: MediaHeader, media = bytes(1)): void {
    const frame = encodeMediaFrame(header, media);
    this.handlers.onMessage(
      frame.buffer.slice(frame.byteOffset, frame.byteOffset + frame.byteLength) as ArrayBuffer,
    );
  }
}
