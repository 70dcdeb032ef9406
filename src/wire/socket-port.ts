/** The narrow view of a WebSocket that the links need, and the browser's WebSocket behind it. */

export interface SocketHandlers<Message extends string | ArrayBuffer> {
  onOpen(): void;
  /** One whole message. Those of the other kind are not part of the protocol and are dropped. */
  onMessage(message: Message): void;
  /** Exactly once, whether the socket ever opened or not; nothing is called after it. */
  onClose(code: number, reason: string): void;
}

export interface SocketPort {
  /** Does nothing unless the socket is open. */
  send(text: string): void;
  close(): void;
}

/**
 * Opens a socket; handlers are called later, never from inside the call.
 * @throws when the address is none that a WebSocket may have
 */
export type OpenSocket<Message extends string | ArrayBuffer> = (
  url: string,
  handlers: SocketHandlers<Message>,
) => SocketPort;

/** For the control protocol. */
export const openTextSocket: OpenSocket<string> = (url, handlers) =>
  open(url, handlers, (data) => typeof data === 'string');

/** For the media protocol. */
export const openBinarySocket: OpenSocket<ArrayBuffer> = (url, handlers) =>
  open(url, handlers, (data) => data instanceof ArrayBuffer);

function open<Message extends string | ArrayBuffer>(
  url: string,
  handlers: SocketHandlers<Message>,
  isMessage: (data: unknown) => data is Message,
): SocketPort {
  const socket = new WebSocket(url);
  socket.binaryType = 'arraybuffer';
  socket.addEventListener('open', () => handlers.onOpen());
  socket.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
    if (isMessage(data)) handlers.onMessage(data);
  });
  // 'error' says nothing that 'close' (which always follows it) does not.
  socket.addEventListener('close', ({ code, reason }) => handlers.onClose(code, reason));
  return {
    send(text) {
      if (socket.readyState === WebSocket.OPEN) socket.send(text);
    },
    close: () => socket.close(),
  };
}
