/**
 * The narrow view that control and push have of a WebSocket, and the `ws` socket behind it with the limits that
 * hold for both: message rate, text only, and an end that does not depend on the peer.
 */
import { WebSocket } from 'ws';
import type { Clock, Timers } from '../../src/wire/ports.ts';
import { CLOSE, MAX_CONTROL_BYTES } from '../../src/wire/protocol.ts';
import { RateBucket, type RateLimit } from './rate-bucket.ts';

export interface FrameSocket {
  send(frame: string | Uint8Array): void;
  /** Bytes that the kernel has not taken yet. */
  bufferedBytes(): number;
  /** Starts the closing handshake and destroys the connection when the peer does not take part in it. */
  close(code: number, reason: string): void;
  /** Its client has proved by a token that it is paired: it is no stranger any more. */
  authenticated(): void;
}

export interface FrameHandlers {
  onText(text: string): void;
  /** Exactly once; nothing is called after it. */
  onClose(): void;
}

/** Takes over a new socket. `origin` is the Origin header; native tools send none. */
export type AcceptSocket = (socket: FrameSocket, origin: string | undefined) => FrameHandlers;

const CLOSE_GRACE_MS = 2000;
/** A close frame holds 125 bytes, two of them the code (RFC 6455 §5.5). */
const MAX_REASON_BYTES = 123;
const MESSAGE_TOO_BIG = 1009;
/** The relay failed (RFC 6455 §7.4.1): trying again later may help. */
export const INTERNAL_ERROR = 1011;

/** Shortens `reason` to what a close frame can hold. */
export function fitReason(reason: string): string {
  if (Buffer.byteLength(reason) <= MAX_REASON_BYTES) return reason;
  const characters = [...reason];
  const ellipsis = '…';
  while (Buffer.byteLength(characters.join('') + ellipsis) > MAX_REASON_BYTES) characters.pop();
  return characters.join('') + ellipsis;
}

/** Gives an oversized frame our own close code: `ws` closes with 1009 and no reason. */
export class EdgeWebSocket extends WebSocket {
  override close(code?: number, data?: string | Buffer): void {
    if (code === MESSAGE_TOO_BIG)
      super.close(CLOSE.malformed, `a message must not exceed ${MAX_CONTROL_BYTES / 1024} KiB`);
    else super.close(code, data);
  }
}

export interface AttachOptions {
  readonly socket: WebSocket;
  readonly origin: string | undefined;
  readonly accept: AcceptSocket;
  readonly messages: RateLimit;
  readonly timers: Timers;
  /** Monotonic. */
  readonly clock: Clock;
  /** Told about errors of the connection; it is closed by then. */
  readonly onError: (error: Error) => void;
}

/** Connects an open `ws` socket with its session. */
export function attachSocket({
  socket,
  origin,
  accept,
  messages,
  timers,
  clock,
  onError,
}: AttachOptions): void {
  const bucket = new RateBucket({ limit: messages, clock });
  const close = (code: number, reason: string): void => {
    if (socket.readyState !== WebSocket.OPEN) return;
    socket.close(code, fitReason(reason));
    const cancel = timers.after(CLOSE_GRACE_MS, () => socket.terminate());
    socket.once('close', cancel);
  };
  const handlers = accept(
    {
      send: (frame) => {
        if (socket.readyState === WebSocket.OPEN) socket.send(frame);
      },
      bufferedBytes: () => socket.bufferedAmount,
      close,
      authenticated: () => undefined,
    },
    origin,
  );
  const deliver = (text: string): void => {
    try {
      handlers.onText(text);
    } catch (error) {
      onError(error instanceof Error ? error : new Error(String(error)));
      close(INTERNAL_ERROR, 'the relay failed on this message: see its log');
    }
  };
  socket.on('message', (data, isBinary) => {
    if (socket.readyState !== WebSocket.OPEN) return;
    if (!bucket.take()) close(CLOSE.busy, `more than ${messages.perSecond} messages a second`);
    else if (isBinary || !Buffer.isBuffer(data)) close(CLOSE.malformed, 'expected a text frame');
    else deliver(data.toString('utf8'));
  });
  socket.on('error', (error) => {
    onError(error);
    const cancel = timers.after(CLOSE_GRACE_MS, () => socket.terminate());
    socket.once('close', cancel);
  });
  socket.on('close', () => handlers.onClose());
}
