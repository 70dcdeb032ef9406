/** The narrow view of a WebSocket that the media link needs, and the browser's WebSocket behind it. */

export interface SocketHandlers {
  onOpen(): void;
  /** One whole binary message. Text messages are not part of the media protocol and are dropped. */
  onFrame(frame: ArrayBuffer): void;
  /** Exactly once, whether the socket ever opened or not; nothing is called after it. */
  onClose(code: number, reason: string): void;
}

export interface SocketPort {
  send(text: string): void;
  close(code?: number, reason?: string): void;
}

/** Opens a socket; handlers are called later, never from inside the call. */
export type OpenSocket = (url: string, handlers: SocketHandlers) => SocketPort;

/** The browser's WebSocket as a {@link SocketPort}. */
export const openWebSocket: OpenSocket = (url, handlers) => {
  const socket = new WebSocket(url);
  socket.binaryType = 'arraybuffer';
  socket.addEventListener('open', () => handlers.onOpen());
  socket.addEventListener('message', (event: MessageEvent<unknown>) => {
    if (event.data instanceof ArrayBuffer) handlers.onFrame(event.data);
  });
  // 'error' says nothing that 'close' (which always follows it) does not.
  socket.addEventListener('close', (event) => handlers.onClose(event.code, event.reason));
  return {
    send(text) {
      if (socket.readyState === WebSocket.OPEN) socket.send(text);
    },
    close: (code, reason) => socket.close(code, reason),
  };
};
