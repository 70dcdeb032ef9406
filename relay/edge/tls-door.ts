/**
 * TLS on the relay's one port, beside plain HTTP: the first byte of a connection tells which of both its client speaks.
 * Who may still speak plainly is the server's to say.
 */
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { createSecureContext, type SecureContext, TLSSocket } from 'node:tls';

/** Content type of a handshake record (RFC 8446 §5.1); no method of HTTP begins so. */
const TLS_HANDSHAKE = 0x16;

export interface KeyPair {
  /** PEM. */
  readonly certificate: string;
  readonly key: string;
}

export class TlsDoor {
  #context: SecureContext;
  readonly #silent = new Set<Socket>();
  readonly #wires = new WeakMap<Socket, Socket>();
  readonly #patienceMs: number;

  /** @param options.patienceMs a connection that says nothing for so long is ended */
  constructor(pair: KeyPair, options: { readonly patienceMs: number }) {
    this.#context = contextOf(pair);
    this.#patienceMs = options.patienceMs;
  }

  /** For connections from now on; those that are open keep what they began with. */
  replace(pair: KeyPair): void {
    this.#context = contextOf(pair);
  }

  /** Stands before all that listens for connections of `server` by now. */
  guard(server: Server): void {
    const listeners = server.listeners('connection');
    server.removeAllListeners('connection');
    const serve = (socket: Socket): void => {
      for (const listener of listeners) listener.call(server, socket);
    };
    server.on('connection', (wire: Socket) => this.#open(wire, serve));
  }

  /** The connection that the encryption of `socket` goes over; `socket` itself where it is plain. */
  wireOf(socket: Socket): Socket {
    return this.#wires.get(socket) ?? socket;
  }

  isSecure(socket: Socket): boolean {
    return this.#wires.has(socket);
  }

  /** Ends what has said nothing yet, of which the server does not know. */
  close(): void {
    for (const wire of this.#silent) wire.destroy();
  }

  #open(wire: Socket, serve: (socket: Socket) => void): void {
    const end = (): void => void wire.destroy();
    const forget = (): void => void this.#silent.delete(wire);
    this.#silent.add(wire);
    wire.setTimeout(this.#patienceMs, end);
    wire.on('error', end);
    wire.once('close', forget);
    wire.once('data', (first: Buffer) => {
      forget();
      wire.off('close', forget);
      wire.setTimeout(0);
      wire.removeListener('timeout', end);
      wire.pause();
      wire.unshift(first);
      if (first[0] !== TLS_HANDSHAKE) {
        wire.off('error', end);
        serve(wire);
        wire.resume();
        return;
      }
      const secure = new TLSSocket(wire, {
        isServer: true,
        secureContext: this.#context,
        ALPNProtocols: ['http/1.1'],
      });
      this.#wires.set(secure, wire);
      serve(secure);
    });
  }
}

const contextOf = ({ certificate, key }: KeyPair): SecureContext =>
  createSecureContext({ cert: certificate, key, minVersion: 'TLSv1.2' });
