/** By which addresses browsers reach a relay that listens somewhere. Pure: the host's interfaces are given. */
import { isIPv4, isIPv6 } from 'node:net';
import type { NetworkInterfaceInfo } from 'node:os';

type Interfaces = Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>;

/** Belongs to one link, and a browser has no way to name the link (RFC 4291 §2.5.6). */
const LINK_LOCAL_V6 = /^fe[89ab]/i;

/** Whether `host` stands for every address of the host: nothing to connect to by itself. */
const isAny = (host: string): boolean => host === '0.0.0.0' || host === '::';

/**
 * HTTP addresses of the relay, the one for this host first; those of other machines follow where it listens on all
 * interfaces, IPv4 before IPv6.
 * @param host `server.host` of the configuration
 * @param interfaces as of `os.networkInterfaces()`
 */
export function addressesOf(host: string, port: number, interfaces: Interfaces): readonly string[] {
  return [isAny(host) ? '127.0.0.1' : host, ...others(host, interfaces)].map(
    (name) => `http://${isIPv6(name) ? `[${name}]` : name}:${port}`,
  );
}

function others(host: string, interfaces: Interfaces): string[] {
  if (!isAny(host)) return [];
  const outside = Object.values(interfaces)
    .flatMap((entries) => entries ?? [])
    .filter(({ internal, address }) => !internal && !LINK_LOCAL_V6.test(address))
    .map(({ address }) => address);
  const v6 = host === '::' ? outside.filter((address) => isIPv6(address)) : [];
  return [...outside.filter((address) => isIPv4(address)), ...v6];
}
