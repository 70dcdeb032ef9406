/**
 * The ports of a private MediaMTX, chosen once: configured ones, or free ones of our choice. Looked at before each
 * start, with a sentence that names who holds them, because MediaMTX itself only says that an address is in use.
 */
import { createSocket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { type PortHolder, portHolder, portOwner } from '../process/port-owner.ts';

export interface Ports {
  readonly rtsp: number;
  readonly api: number;
  /** Only with readers. */
  readonly hls?: number;
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
  readonly hls: boolean;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly probe: PortProbe;
}

/**
 * Configured ports as they are, free or not, and free ones for the rest.
 * @throws PortTakenError when no free one is found
 */
export async function choosePorts(request: PortRequest): Promise<Ports> {
  const taken = new Set(Object.values(request.wish));
  return {
    rtsp: await choose('rtsp', request, taken),
    api: await choose('api', request, taken),
    ...(request.hls ? { hls: await choose('hls', request, taken) } : {}),
    ...(request.webrtc
      ? {
          webrtc: await choose('webrtc', request, taken),
          webrtcMedia: await choose('webrtcMedia', request, taken),
        }
      : {}),
  };
}

export interface TakenPort {
  /** Of the configuration, as in `mediamtx.ports.rtsp`. */
  readonly key: string;
  /** Half a sentence: what is wrong. */
  readonly what: string;
}

/** Those that cannot be had now. */
export async function takenPorts(ports: PortWish, probe: PortProbe): Promise<TakenPort[]> {
  const taken: TakenPort[] = [];
  for (const name of PORT_NAMES) {
    const port = ports[name];
    if (port === undefined || (await probe.isFree(port, protocolOf(name)))) continue;
    taken.push(describeTaken(name, port, probe));
  }
  return taken;
}

async function choose(name: PortName, request: PortRequest, taken: Set<number>): Promise<number> {
  const wished = request.wish[name];
  if (wished !== undefined) return wished;
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const port = randomPort(request);
    if (taken.has(port) || !(await request.probe.isFree(port, protocolOf(name)))) continue;
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
    key: name === 'webrtcMedia' ? 'mediamtx.webrtc.udpPort' : `mediamtx.ports.${name}`,
    what: `${protocol.toUpperCase()} port ${port} for ${LABEL[name]} of MediaMTX is taken by ${who}`,
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
