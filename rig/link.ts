/** A link between a browser and a server on this host, in user space: link-queue.ts between the sockets. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { Scope } from './cli.ts';
import { type LinkDirection, LinkQueue } from './link-queue.ts';

export interface LinkSpec {
  /** To the browser. */
  readonly down: LinkDirection;
  readonly up: LinkDirection;
}

export interface Link {
  /** Like the server's own address, by the link. */
  readonly url: string;
  /** What the browser was sent so far. */
  downBytes(): number;
  /** What it can carry to the browser now; undefined without a bound. */
  carriesKbps(): number | undefined;
}

/** As much of one connection as a router would keep; beyond it the sender has to wait. */
const HELD_BYTES = 64 * 1024;

/**
 * Ended with `scope`.
 * @param url of a server on loopback, as in http://127.0.0.1:8899
 */
export async function startLink(url: string, spec: LinkSpec, scope: Scope): Promise<Link> {
  const { hostname, port } = new URL(url);
  const sockets = new Set<Socket>();
  const down = new Lane(spec.down);
  const up = new Lane(spec.up);
  const server = createServer({ noDelay: true, allowHalfOpen: true }, (near) => {
    const far = connect({ host: hostname, port: Number(port), noDelay: true, allowHalfOpen: true });
    const end = (): void => {
      for (const socket of [near, far]) {
        sockets.delete(socket);
        down.forget(socket);
        up.forget(socket);
        socket.destroy();
      }
    };
    for (const [from, to, lane] of [
      [near, far, up],
      [far, near, down],
    ] as const) {
      sockets.add(from);
      from.on('error', end);
      from.on('close', () => {
        // What it said last is still underway.
        if (from.errored !== null || to.destroyed) end();
      });
      lane.carry(from, to);
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  scope.defer(async () => {
    server.close();
    for (const socket of sockets) socket.destroy();
    down.stop();
    up.stop();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    downBytes: () => down.bytes,
    carriesKbps: () => down.carriesKbps,
  };
}

/** One direction, all connections. */
class Lane {
  readonly #queue: LinkQueue<Socket>;
  readonly #held = new Map<Socket, Socket>();
  #timer: NodeJS.Timeout | undefined;
  bytes = 0;

  constructor(direction: LinkDirection) {
    this.#queue = new LinkQueue(direction, performance.now(), Math.random);
  }

  get carriesKbps(): number | undefined {
    return this.#queue.rateKbps(performance.now());
  }

  carry(from: Socket, to: Socket): void {
    from.on('data', (chunk) => {
      this.#queue.push(to, chunk, performance.now());
      if (this.#queue.backlogBytes(to) > HELD_BYTES) {
        from.pause();
        this.#held.set(to, from);
      }
      this.#deliver();
    });
    from.on('end', () => {
      this.#queue.push(to, 'end', performance.now());
      this.#deliver();
    });
  }

  forget(to: Socket): void {
    this.#queue.forget(to);
    this.#held.delete(to);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #deliver(): void {
    clearTimeout(this.#timer);
    for (const { to, chunk } of this.#queue.due(performance.now())) {
      if (chunk === 'end') to.end();
      else if (to.writable) {
        to.write(chunk);
        this.bytes += chunk.length;
      }
    }
    for (const [to, from] of this.#held) {
      if (this.#queue.backlogBytes(to) > HELD_BYTES / 2) continue;
      this.#held.delete(to);
      from.resume();
    }
    const nextMs = this.#queue.nextMs();
    if (nextMs === undefined) return;
    this.#timer = setTimeout(() => this.#deliver(), Math.max(1, nextMs - performance.now()));
  }
}
