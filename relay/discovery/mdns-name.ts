/**
 * The name by which other machines find this host without any DNS, `box.local` (mDNS, RFC 6762), where an avahi-daemon
 * answers for it. It is asked over its own socket, as nss-mdns does (avahi, avahi-daemon/simple-protocol.c).
 */
import { connect } from 'node:net';
import { hostname, networkInterfaces } from 'node:os';
import type { Timers } from '../../src/wire/ports.ts';

const AVAHI_SOCKET = '/run/avahi-daemon/socket';
/** Of its own name it knows the address; the network is not asked. */
const ANSWER_WITHIN_MS = 400;

export interface MdnsPort {
  readonly timers: Timers;
  /** Sends one line and resolves with all that came back; ends with `signal`. Rejects where nobody listens. */
  ask(line: string, signal: AbortSignal): Promise<string>;
  readonly hostname: string;
  /** Of this host's interfaces. */
  readonly addresses: readonly string[];
}

export interface MdnsName {
  readonly name: string;
  /** IPv4. */
  readonly address: string;
}

/**
 * @returns undefined where no avahi answers in time, or where the name is another host's: of two hosts with one name
 * the second is answered for as `box-2.local`, which only it knows. Never rejects.
 */
export async function mdnsName({
  timers,
  ask,
  hostname: host,
  addresses,
}: MdnsPort): Promise<MdnsName | undefined> {
  const name = `${(host.split('.')[0] ?? host).toLowerCase()}.local`;
  const over = new AbortController();
  const late = new Promise<string>((resolve) => {
    const cancel = timers.after(ANSWER_WITHIN_MS, () => over.abort());
    over.signal.addEventListener('abort', () => {
      cancel();
      resolve('');
    });
  });
  const answer = await Promise.race([
    ask(`RESOLVE-HOSTNAME-IPV4 ${name}\n`, over.signal).catch(() => ''),
    late,
  ]);
  over.abort();
  // As in `+ 2 0 box.local 192.168.1.5`: interface, protocol, name, address.
  const [, found, address = ''] = /^\+ \S+ \S+ (\S+) (\S+)\s*$/m.exec(answer) ?? [];
  if (found?.toLowerCase() !== name || !addresses.includes(address)) return undefined;
  return { name, address };
}

/** This host. */
export function createMdnsPort(timers: Timers): MdnsPort {
  return {
    timers,
    ask: askAvahi,
    hostname: hostname(),
    addresses: Object.values(networkInterfaces()).flatMap((entries) =>
      (entries ?? []).filter(({ internal }) => !internal).map(({ address }) => address),
    ),
  };
}

function askAvahi(line: string, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ path: AVAHI_SOCKET, signal });
    let text = '';
    socket.setEncoding('utf8');
    socket.once('connect', () => socket.write(line));
    socket.on('data', (chunk: string) => {
      text += chunk;
      // One line is the whole answer; whoever sends more is not avahi.
      if (text.includes('\n') || text.length > 1024) socket.destroy();
    });
    socket.once('error', reject);
    socket.once('close', () => resolve(text));
  });
}
