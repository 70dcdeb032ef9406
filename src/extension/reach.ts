/** What to look at when no relay answers at an address, by what kind of address it is. Pure. */
import { text } from '../texts/text.ts';
import type { LocalNetwork } from './local-network.ts';

type Kind = 'this computer' | 'same network' | 'vpn' | 'secure' | 'elsewhere';

const ADVICE = {
  'this computer': 'reachThisComputer',
  'same network': 'reachSameNetwork',
  vpn: 'reachVpn',
  secure: 'reachSecure',
  elsewhere: 'reachElsewhere',
} as const satisfies Record<Kind, string>;

/**
 * @param address as relay-address.ts prints it, as in `192.168.1.5:8780` or `wss://wall.example`
 * @param localNetwork undefined where that is not known
 */
export function reachAdvice(address: string, localNetwork: Pick<LocalNetwork, 'denied'> | undefined): string {
  const advice = text(ADVICE[kindOf(address)]);
  // May be, not is: Chromium 156 notes the denial and lets pages of extensions connect all the same.
  return localNetwork?.denied === true ? `${text('reachDenied')} ${advice}` : advice;
}

function kindOf(address: string): Kind {
  if (address.startsWith('wss://')) return 'secure';
  const host = hostOf(address);
  if (host === 'localhost' || host === '[::1]' || host.startsWith('127.')) return 'this computer';
  // RFC 1918, RFC 3927, RFC 4193, RFC 6762.
  if (/^(?:10|192\.168|172\.(?:1[6-9]|2\d|3[01])|169\.254)\.[\d.]+$|^\[f[cde]|\.local$/.test(host))
    return 'same network';
  // RFC 6598, which Tailscale takes its addresses from.
  if (/^100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.[\d.]+$|\.ts\.net$/.test(host)) return 'vpn';
  return 'elsewhere';
}

function hostOf(address: string): string {
  const url = `ws://${address}`;
  return URL.canParse(url) ? new URL(url).hostname : '';
}
