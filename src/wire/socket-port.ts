/** The narrow view of a WebSocket that the control link needs, and the browser's WebSocket behind it. */

export interface TextSocketHandlers {
  onOpen(): void;
  /** One whole text message. Binary messages are not part of the control protocol and are dropped. */
  onText(text: string): void;
  /** Exactly once, whether the socket ever opened or not; nothing is called after it. */
  onClose(code: number): void;
}

export interface TextSocket {
  /** Does nothing unless the socket is open. */
  send(text: string): void;
  close(): void;
}

/**
 * Opens a socket; handlers are called later, never from inside the call.
 * @throws when the address is none that a WebSocket may have
 */
export type OpenTextSocket = (url: string, handlers: TextSocketHandlers) => TextSocket;

export const openTextSocket: OpenTextSocket = (url, handlers) => {
  const socket = new WebSocket(url);
  socket.addEventListener('open', () => handlers.onOpen());
  socket.addEventListener('message', (event: MessageEvent<unknown>) => {
    if (typeof event.data === 'string') handlers.onText(event.data);
  });
  // 'error' says nothing that 'close' (which always follows it) does not.
  socket.addEventListener('close', (event) => handlers.onClose(event.code));
  return {
    send(text) {
      if (socket.readyState === WebSocket.OPEN) socket.send(text);
    },
    close: () => socket.close(),
  };
};
