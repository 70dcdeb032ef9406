/** The edge on real sockets with cameras that the test feeds, and small clients for it. */
import { request } from 'node:http';
import { pino } from 'pino';
import { type ClientOptions, WebSocket } from 'ws';
import type { Config } from '../../relay/config/schema.ts';
import { createCommands } from '../../relay/edge/commands.ts';
import { ControlHub } from '../../relay/edge/control.ts';
import { HlsRoutes } from '../../relay/edge/hls.ts';
import { PushHub } from '../../relay/edge/push.ts';
import { type EdgeDeps, EdgeServer } from '../../relay/edge/server.ts';
import { WhepRoutes } from '../../relay/edge/whep.ts';
import { Journal } from '../../relay/events/journal.ts';
import type { WhepPort } from '../../relay/mediamtx/whep.ts';
import { decodeMediaFrame, type MediaHeader } from '../../src/wire/media-frames.ts';
import { mediaClock, monotonicClock, platformTimers, wallClock } from '../../src/wire/ports.ts';
import { parseFrame, type RelayMessage, relayMessageSchema } from '../../src/wire/protocol.ts';
import type { SyntheticCamera } from './synthetic-camera.ts';

export const TOKEN = 'T'.repeat(43);
export const EXTENSION = `chrome-extension://${'abcdefghijklmnop'.repeat(2)}`;

export interface EdgeRig {
  readonly port: number;
  readonly server: EdgeServer;
  readonly journal: Journal;
  stop(): Promise<void>;
}

export async function startEdge(
  cameras: readonly SyntheticCamera[],
  config: Partial<Config['server']> = {},
  whep?: WhepPort,
  tls: Pick<EdgeDeps, 'certificate' | 'isHere'> = {},
): Promise<EdgeRig> {
  const byId = new Map(cameras.map((camera) => [camera.id, camera]));
  const timers = platformTimers({ unref: true });
  const journal = new Journal({ runId: 'run1', clock: wallClock });
  for (const camera of cameras) camera.onChange((state) => journal.append(state));
  const shared = {
    cameras: byId,
    timers,
    clock: monotonicClock,
    log: pino({ level: 'silent' }),
    auth: {
      verify: (token: string) => token === TOKEN,
      isRevoked: () => false,
      rightsOf: () => undefined,
      pairedOrigins: () => [EXTENSION],
      pair: ({ code }: { code: string }) =>
        Promise.resolve(
          code === '12345678'
            ? { token: TOKEN }
            : { error: { code: 'bad-code' as const, message: 'the code is wrong' } },
        ),
    },
  };
  const server = new EdgeServer({
    ...shared,
    ...tls,
    server: {
      ...{ host: '127.0.0.1', port: 0, hostNames: [], allowOrigins: [], hlsAccess: 'token' as const },
      limits: { connections: 512, sockets: 256, perAddress: 160, reservedPercent: 25 },
      ...config,
    },
    ownNames: ['workshop', ...(config.hostNames ?? [])],
    version: '1.2.3',
    mediamtx: 'off',
    hls: new HlsRoutes({ cameras: byId, timers, runOf: () => 'run1' }),
    push: new PushHub({ ...shared, runOf: () => 'run1' }),
    whep: new WhepRoutes({
      ...shared,
      port: whep,
      withoutBecause: () => (whep === undefined ? 'the test has none' : undefined),
      unpublished: new Set(),
    }),
    control: new ControlHub({
      ...shared,
      relay: { id: 'id', name: 'workshop', version: '1.2.3' },
      mediamtx: 'off',
      features: ['push', 'hls'],
      journal,
      mediaClock,
      wallClock,
      runCommand: createCommands({ cameras: byId, clock: monotonicClock }),
    }),
  });
  const port = await server.start();
  return { port, server, journal, stop: () => server.stop() };
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly body: Buffer;
  readonly text: string;
}

/** Plain HTTP, where fetch would hide or forbid headers. The token is sent unless `headers` says otherwise. */
export function ask(
  port: number,
  path: string,
  {
    method = 'GET',
    headers = {},
    body,
  }: { method?: string; headers?: Record<string, string>; body?: string } = {},
  localAddress?: string,
): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const call = request(
      {
        host: '127.0.0.1',
        port,
        path,
        method,
        headers: { Authorization: `Bearer ${TOKEN}`, ...headers },
        agent: false,
        ...(localAddress === undefined ? {} : { localAddress }),
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          const whole = Buffer.concat(chunks);
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: whole,
            text: whole.toString('utf8'),
          });
        });
        response.on('error', reject);
      },
    );
    call.on('error', reject);
    call.end(body);
  });
}

/** A WebSocket client that collects what it is sent. */
export class Client {
  readonly frames: (string | Buffer)[] = [];
  readonly opened: Promise<void>;
  readonly closed: Promise<{ code: number; reason: string }>;
  readonly socket: WebSocket;
  #waiting: (() => void)[] = [];

  /** @param scheme `wss` for a proxy with TLS in front */
  constructor(port: number, path: string, options: ClientOptions = {}, scheme: 'ws' | 'wss' = 'ws') {
    this.socket = new WebSocket(`${scheme}://127.0.0.1:${port}${path}`, options);
    this.opened = new Promise((resolve, reject) => {
      this.socket.once('open', resolve);
      this.socket.once('error', reject);
    });
    this.opened.catch(() => undefined);
    this.closed = new Promise((resolve) => {
      this.socket.on('close', (code, reason) => resolve({ code, reason: reason.toString('utf8') }));
    });
    this.socket.on('error', () => undefined);
    this.socket.on('message', (data, isBinary) => {
      if (!Buffer.isBuffer(data)) return;
      this.frames.push(isBinary ? data : data.toString('utf8'));
      for (const wake of this.#waiting.splice(0)) wake();
    });
  }

  say(message: object): void {
    this.socket.send(JSON.stringify(message));
  }

  /** Resolves when the frames so far satisfy `enough`. */
  async until(enough: () => boolean): Promise<void> {
    while (!enough()) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  messages(): RelayMessage[] {
    return this.frames.map((frame) => parseFrame(relayMessageSchema, String(frame)));
  }

  async message<T extends RelayMessage['type']>(type: T): Promise<Extract<RelayMessage, { type: T }>> {
    const find = () =>
      this.messages().find((message): message is Extract<RelayMessage, { type: T }> => message.type === type);
    await this.until(() => find() !== undefined);
    const found = find();
    if (found === undefined) throw new Error(`no ${type}`);
    return found;
  }

  /** Header and bytes of each media frame. */
  media(): { header: MediaHeader; bytes: Uint8Array }[] {
    return this.frames.map((frame) => {
      if (typeof frame === 'string') throw new Error('text frame on the media socket');
      const copy = new ArrayBuffer(frame.byteLength);
      new Uint8Array(copy).set(frame);
      return decodeMediaFrame(copy);
    });
  }

  /** `msn.part` of every part, with an exclamation mark after a skip. */
  parts(): string[] {
    return this.media().flatMap(({ header }) =>
      header.kind === 'part' ? [`${header.msn}.${header.part}${header.skipped === true ? '!' : ''}`] : [],
    );
  }

  close(): void {
    this.socket.terminate();
  }
}
