/** Which client a connection belongs to, as far as its address tells. Pure. */
import { isIP, isIPv6 } from 'node:net';

const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;
/** RFC 4291 §2.5.4: one subnet has one prefix of 64 bits, and a single host may take any address in it. */
const PREFIX_GROUPS = 4;
const GROUPS = 8;

/** What limits count by: an IPv4 address as it is, an IPv6 address by its /64. */
export function addressKey(address: string | undefined): string {
  if (address === undefined) return 'unknown';
  const plain = MAPPED.exec(address)?.[1] ?? address;
  if (!isIPv6(plain) || plain === '::1') return plain;
  const [head = '', tail] = (plain.split('%')[0] ?? plain).split('::');
  const groups = (text: string): string[] => text.split(':').filter((group) => group !== '');
  const left = groups(head);
  const right = groups(tail ?? '');
  const zeros = Array.from({ length: Math.max(0, GROUPS - left.length - right.length) }, () => '0');
  const prefix = [...left, ...zeros, ...right].slice(0, PREFIX_GROUPS);
  return `${prefix.map((group) => Number.parseInt(group, 16).toString(16)).join(':')}::/64`;
}

export function isLoopback(key: string): boolean {
  return key === '::1' || key.startsWith('127.');
}

/**
 * The client of a request. A proxy on this host (docs/remote.md) names it as the last of X-Forwarded-For, to which
 * the client itself can only prepend; anybody else's header is not believed.
 */
export function clientAddress(remote: string | undefined, forwardedFor: string | undefined): string {
  const key = addressKey(remote);
  const last = forwardedFor?.split(',').at(-1)?.trim();
  return isLoopback(key) && last !== undefined && isIP(last) !== 0 ? addressKey(last) : key;
}
