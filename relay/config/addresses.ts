/** By which addresses browsers reach a relay that listens somewhere. Pure but for {@link hostNetwork}. */
import { readFileSync } from 'node:fs';
import { isIPv4, isIPv6 } from 'node:net';
import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os';

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

/**
 * HTTP addresses of the relay, the one for this host first; those of other machines follow where it listens on all
 * interfaces, IPv4 before IPv6, first those of the interface that has the default route.
 * @param host `server.host` of the configuration
 */
export function addressesOf(host: string, port: number, network: HostNetwork): readonly string[] {
  return [isAny(host) ? '127.0.0.1' : host, ...others(host, network)].map(
    (name) => `http://${isIPv6(name) ? `[${name}]` : name}:${port}`,
  );
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
