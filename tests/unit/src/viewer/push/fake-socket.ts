/** A media socket in the hands of a test. */

import type { SocketHandlers } from '../../../../../src/viewer/push/socket-port.ts';
import { encodeMediaFrame, type MediaHeader } from '../../../../../src/wire/media-frames.ts';
import { bytes } from './media.ts';

export class FakeSocket {
  readonly url: string;
  readonly handlers: SocketHandlers;
  readonly sent: unknown[] = [];
  closed = false;

  constructor(url: string, handlers: SocketHandlers) {
    this.url = url;
    this.handlers = handlers;
  }

  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }

  close(): void {
    this.closed = true;
  }

  frame(header: MediaHeader): void {
    const frame = encodeMediaFrame(header, bytes(1));
    this.handlers.onFrame(
      frame.buffer.slice(frame.byteOffset, frame.byteOffset + frame.byteLength) as ArrayBuffer,
    );
  }
}
