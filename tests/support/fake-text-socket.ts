/** Control sockets that the test opens, feeds and closes by hand. */

import type { ClientMessage, RelayMessage } from '../../src/wire/protocol.ts';
import type { OpenSocket, SocketHandlers } from '../../src/wire/socket-port.ts';

export class FakeTextSocket {
  readonly sent: ClientMessage[] = [];
  closed = false;
  readonly url: string;
  readonly #handlers: SocketHandlers<string>;

  constructor(url: string, handlers: SocketHandlers<string>) {
    this.url = url;
    this.#handlers = handlers;
  }

  receive(message: RelayMessage): void {
    this.receiveText(JSON.stringify(message));
  }

  receiveText(text: string): void {
    this.#handlers.onMessage(text);
  }

  /** The other side, or the network, ends the connection. */
  drop(code = 1006): void {
    this.#handlers.onClose(code, '');
  }
}

export class FakeTextSockets {
  readonly all: FakeTextSocket[] = [];

  readonly open: OpenSocket<string> = (url, handlers) => {
    const socket = new FakeTextSocket(url, handlers);
    this.all.push(socket);
    return {
      send: (text) => socket.sent.push(JSON.parse(text)),
      close: () => {
        socket.closed = true;
      },
    };
  };

  /** The newest one. */
  get last(): FakeTextSocket {
    const socket = this.all.at(-1);
    if (socket === undefined) throw new Error('no socket was opened');
    return socket;
  }
}

export const HELLO: RelayMessage = {
  type: 'hello',
  protocol: { min: 1, max: 1 },
  relay: { id: 'r1', name: 'gate-host', version: '0.1.0' },
  features: [],
};
