/** By which addresses browsers reach a relay that listens somewhere. Pure but for {@link hostNetwork}. */
import { readFileSync } from 'node:fs';
import { isIP, isIPv4, isIPv6 } from 'node:net';
import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os';
import { type Certificate, covers, plainAddress } from './certificate.ts';
import { isLoopback } from './rules.ts';

/** How this host is connected. */
export interface HostNetwork {
  /** As of `os.networkInterfaces()`. */
  readonly interfaces: Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>;
  /** Name of the interface that leads to everywhere else; undefined: none does, or the system does not tell. */
  readonly gateway: string | undefined;
}

export function hostNetwork(): HostNetwork {
  let routes = '';
  try {
    routes = readFileSync('/proc/net/route', 'utf8');
  } catch {
    // Another system than Linux, or a /proc that hides it.
  }
  return { interfaces: networkInterfaces(), gateway: gatewayOf(routes) };
}

/** The interface of the default route with the least metric. @param routes /proc/net/route, as in proc(5) */
export function gatewayOf(routes: string): string | undefined {
  return routes
    .split('\n')
    .slice(1)
    .map((line) => line.split(/\s+/))
    .filter(([, destination, , flags, , , , mask]) => {
      const up = (Number.parseInt(flags ?? '', 16) & 1) === 1;
      return up && destination === '00000000' && mask === '00000000';
    })
    .toSorted((one, other) => Number(one[6]) - Number(other[6]))[0]?.[0];
}

/** Bridges and pairs that containers and virtual machines are on: nobody else's network. */
const VIRTUAL = /^(?:docker|br-|veth|virbr|cni|flannel|cali|vnet|lxcbr|lxdbr|podman)/;

/** Belongs to one link, and a browser has no way to name the link (RFC 4291 §2.5.6). */
const LINK_LOCAL_V6 = /^fe[89ab]/i;

/** Whether `host` stands for every address of the host: nothing to connect to by itself. */
const isAny = (host: string): boolean => host === '0.0.0.0' || host === '::';

/** What is known of the relay's names besides those of its network. */
export interface KnownNames {
  /** Of the relay's TLS; undefined: it has none. */
  readonly certificate?: Pick<Certificate, 'names' | 'selfSigned'> | undefined;
  /** Name and address that mDNS answers with for this host, as `box.local`; undefined: it answers nothing. */
  readonly mdns?: { readonly name: string; readonly address: string } | undefined;
}

/**
 * Addresses of the relay, the one for this host first; those of other machines follow where it listens on all
 * interfaces: IPv4 before IPv6, first those of the interface that has the default route, then the names. Of a relay with
 * TLS they are those that its certificate is for, or all where it is for none; names first where somebody vouches for them.
 * @param host `server.host` of the configuration
 */
export function addressesOf(
  host: string,
  port: number,
  network: HostNetwork,
  { certificate, mdns }: KnownNames = {},
): readonly string[] {
  const numbers = others(host, network);
  const mdnsName =
    mdns !== undefined && (numbers.includes(mdns.address) || host === mdns.address) ? [mdns.name] : [];
  const named = isLoopback(host) ? [] : (certificate?.names ?? []).filter(isPublic);
  const all =
    certificate?.selfSigned === false ? [...named, ...numbers] : [...numbers, ...mdnsName, ...named];
  const covered = all.filter((name) => certificate === undefined || covers(certificate.names, name));
  const secure = certificate === undefined ? 'http' : 'https';
  const here = isAny(host) ? '127.0.0.1' : host;
  return [
    // Without the network nothing has to be encrypted, nor a certificate accepted.
    urlOf(isLoopback(here) ? 'http' : secure, here, port),
    ...(covered.length === 0 ? all : covered).map((name) => urlOf(secure, name, port)),
  ];
}

/** A name that says the same everywhere: not the bare one of a host, no pattern, and no `.local`, which mDNS must answer. */
const isPublic = (name: string): boolean =>
  isIP(name) === 0 && name.includes('.') && !name.startsWith('*') && !/\.(?:local|localhost)$/.test(name);

const urlOf = (scheme: string, name: string, port: number): string =>
  `${scheme}://${isIPv6(name) ? `[${name}]` : name}:${port}`;

/** Names and addresses by which other machines may come to this host: what a certificate should be for. */
export function namesOfHost(
  host: string,
  hostname: string,
  hostNames: readonly string[],
  network: HostNetwork,
): readonly string[] {
  const bare = (hostname.split('.')[0] ?? hostname).toLowerCase();
  const own = isIP(host) === 0 ? [host] : [];
  const one = isIP(host) !== 0 && !isAny(host) && !isLoopback(host);
  const numbers = one ? [host] : others(isAny(host) ? host : '0.0.0.0', network);
  return [
    ...new Set(
      [
        ...hostNames,
        ...own,
        hostname,
        bare,
        `${bare}.local`,
        'localhost',
        ...numbers,
        '127.0.0.1',
        '::1',
      ].map((name) => plainAddress(name.toLowerCase())),
    ),
  ];
}

function others(host: string, { interfaces, gateway }: HostNetwork): string[] {
  if (!isAny(host)) return [];
  const outside = Object.entries(interfaces)
    .filter(([name]) => name === gateway || !VIRTUAL.test(name))
    .toSorted(([one], [other]) => Number(other === gateway) - Number(one === gateway))
    .flatMap(([, entries]) => entries ?? [])
    .filter(({ internal, address }) => !internal && !LINK_LOCAL_V6.test(address))
    .map(({ address }) => address);
  const v6 = host === '::' ? outside.filter((address) => isIPv6(address)) : [];
  return [...outside.filter((address) => isIPv4(address)), ...v6];
}
