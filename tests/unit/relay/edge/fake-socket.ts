/** A socket that keeps what it is given, for tests of the sessions behind it. */

import type { FrameSocket } from '../../../../relay/edge/socket.ts';
import { decodeMediaFrame, type MediaHeader } from '../../../../src/wire/media-frames.ts';
import { parseFrame, type RelayMessage, relayMessageSchema } from '../../../../src/wire/protocol.ts';

export class FakeSocket implements FrameSocket {
  readonly frames: (string | Uint8Array)[] = [];
  closed: { code: number; reason: string } | undefined;
  buffered = 0;
  proven = false;

  send(frame: string | Uint8Array): void {
    if (this.closed === undefined) this.frames.push(frame);
  }

  bufferedBytes(): number {
    return this.buffered;
  }

  authenticated(): void {
    this.proven = true;
  }

  close(code: number, reason: string): void {
    this.closed ??= { code, reason };
  }

  /** Messages of the control socket. */
  messages(): RelayMessage[] {
    return this.frames.map((frame) => {
      if (typeof frame !== 'string') throw new Error('binary frame on the control socket');
      return parseFrame(relayMessageSchema, frame);
    });
  }

  /** Headers of the media socket, oldest first. */
  headers(): MediaHeader[] {
    return this.frames.map((frame) => {
      if (typeof frame === 'string') throw new Error('text frame on the media socket');
      const copy = new ArrayBuffer(frame.byteLength);
      new Uint8Array(copy).set(frame);
      return decodeMediaFrame(copy).header;
    });
  }

  /** `msn.part` of every part frame, an exclamation mark where parts were skipped before it. */
  parts(): string[] {
    return this.headers().flatMap((header) =>
      header.kind === 'part' ? [`${header.msn}.${header.part}${header.skipped === true ? '!' : ''}`] : [],
    );
  }
}
