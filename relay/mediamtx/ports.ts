/**
 * The ports of a private MediaMTX: free ones of our choice, or the configured ones with a sentence that names
 * who holds them. Looked at before each start, because MediaMTX itself only says that an address is in use.
 */
import { createSocket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { type PortHolder, portHolder, portOwner } from '../process/port-owner.ts';

export interface Ports {
  readonly rtsp: number;
  readonly hls: number;
  readonly api: number;
  /** Signalling; only with WebRTC. */
  readonly webrtc?: number;
  /** UDP, on all interfaces; only with WebRTC. */
  readonly webrtcMedia?: number;
}

type PortName = keyof Ports;

/** Configured ports; the others are chosen. */
export type PortWish = Partial<Ports>;

export interface PortProbe {
  /** Whether a server could listen there now. */
  isFree(port: number, protocol: 'tcp' | 'udp'): Promise<boolean>;
  /** Who listens there, as far as it can be told. */
  owner(port: number, protocol: 'tcp' | 'udp'): { readonly pid: number; readonly name: string } | undefined;
  /** Whether the processes of `group` listen at a TCP port, and nobody else. */
  holder(port: number, group: number): PortHolder;
  /** First port that the system gives to outgoing connections. */
  readonly firstEphemeral: number;
}

/** The message is a sentence without its full stop. */
export class PortTakenError extends Error {
  override readonly name = 'PortTakenError';
}

const LOWEST = 20_000;
const ATTEMPTS = 50;
const LABEL: Readonly<Record<PortName, string>> = {
  rtsp: 'RTSP',
  hls: 'HLS',
  api: 'API',
  webrtc: 'WebRTC signalling',
  webrtcMedia: 'WebRTC media',
};

const PORT_NAMES = ['rtsp', 'hls', 'api', 'webrtc', 'webrtcMedia'] as const satisfies readonly PortName[];

const protocolOf = (name: PortName): 'tcp' | 'udp' => (name === 'webrtcMedia' ? 'udp' : 'tcp');

export interface PortRequest {
  readonly wish: PortWish;
  readonly webrtc: boolean;
  /** What the last run had: kept where still free, so that addresses stay the same. */
  readonly previous: Ports | undefined;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly probe: PortProbe;
}

/** @throws PortTakenError when a configured port is not free, or no free one is found */
export async function settlePorts(request: PortRequest): Promise<Ports> {
  const taken = new Set(Object.values(request.wish));
  const rtsp = await settle('rtsp', request, taken);
  const hls = await settle('hls', request, taken);
  const api = await settle('api', request, taken);
  if (!request.webrtc) return { rtsp, hls, api };
  const webrtc = await settle('webrtc', request, taken);
  const webrtcMedia = await settle('webrtcMedia', request, taken);
  return { rtsp, hls, api, webrtc, webrtcMedia };
}

export interface TakenPort {
  readonly name: PortName;
  /** Half sentences: what is wrong, and what to do. */
  readonly what: string;
  readonly fix: string;
}

/** The configured ports that cannot be had now. */
export async function takenPorts(wish: PortWish, probe: PortProbe): Promise<TakenPort[]> {
  const taken: TakenPort[] = [];
  for (const name of PORT_NAMES) {
    const port = wish[name];
    if (port === undefined || (await probe.isFree(port, protocolOf(name)))) continue;
    taken.push(describeTaken(name, port, probe));
  }
  return taken;
}

async function settle(name: PortName, request: PortRequest, taken: Set<number>): Promise<number> {
  const { wish, previous, probe } = request;
  const protocol = protocolOf(name);
  const wished = wish[name];
  if (wished !== undefined) {
    if (await probe.isFree(wished, protocol)) return wished;
    const { what, fix } = describeTaken(name, wished, probe);
    throw new PortTakenError(`${what}: ${fix}`);
  }
  const kept = previous?.[name];
  if (kept !== undefined && !taken.has(kept) && (await probe.isFree(kept, protocol))) {
    taken.add(kept);
    return kept;
  }
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const port = randomPort(request);
    if (taken.has(port) || !(await probe.isFree(port, protocol))) continue;
    taken.add(port);
    return port;
  }
  throw new PortTakenError(`no free port was found for MediaMTX (${LABEL[name]})`);
}

/**
 * Below the range of outgoing connections: while MediaMTX is down, an encoder that keeps trying to reach its port
 * from that range may be given the same port as its own, connect to itself, and hold the port.
 */
function randomPort({ random, probe }: PortRequest): number {
  const end = probe.firstEphemeral > LOWEST + 1_000 ? probe.firstEphemeral : 65_536;
  return LOWEST + Math.floor(random() * (end - LOWEST));
}

function describeTaken(name: PortName, port: number, probe: PortProbe): TakenPort {
  const protocol = protocolOf(name);
  const owner = probe.owner(port, protocol);
  const who = owner === undefined ? 'another program' : `${owner.name} (process ${owner.pid})`;
  return {
    name,
    what: `${protocol.toUpperCase()} port ${port} for ${LABEL[name]} of MediaMTX is taken by ${who}`,
    fix: 'end it, or configure another port or none',
  };
}

const DEFAULT_FIRST_EPHEMERAL = 32_768;

export function createPortProbe(): PortProbe {
  return {
    isFree: (port, protocol) => (protocol === 'tcp' ? isTcpFree(port) : isUdpFree(port)),
    owner: (port, protocol) => portOwner(port, '/proc', protocol),
    holder: (port, group) => portHolder(port, group),
    firstEphemeral: firstEphemeralPort(),
  };
}

function isTcpFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

function isUdpFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    socket.once('error', () => {
      socket.close();
      resolve(false);
    });
    socket.bind({ port, exclusive: true }, () => socket.close(() => resolve(true)));
  });
}

function firstEphemeralPort(): number {
  try {
    const text = readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8');
    const first = Number.parseInt(text, 10);
    return Number.isInteger(first) ? first : DEFAULT_FIRST_EPHEMERAL;
  } catch {
    return DEFAULT_FIRST_EPHEMERAL; // Not Linux: macOS starts above this.
  }
}
