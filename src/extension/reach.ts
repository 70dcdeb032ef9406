/** What to look at when no relay answers at an address, by what kind of address it is. Pure. */
import type { LocalNetwork } from './local-network.ts';

type Kind = 'this computer' | 'same network' | 'vpn' | 'secure' | 'elsewhere';

const ADVICE: Readonly<Record<Kind, string>> = {
  'this computer':
    'That address means this computer: start the relay here with "lockstep run". If it runs on another computer, pair with the link or address that "lockstep pair" shows there.',
  'same network':
    'That address is reached from its own network only: check that this device is in it, not in a guest network or on mobile data. On the relay’s computer check that it runs ("lockstep status"), that "server.host" lets other computers in, and that no firewall is in between.',
  vpn: 'That address belongs to a VPN such as Tailscale: check that it is on at both ends, and that the relay runs ("lockstep status").',
  secure:
    'Open the address in a tab: if the browser warns of the certificate there, it refuses it here too. If the proxy says that nothing is behind it, start the relay ("lockstep run").',
  elsewhere:
    'Check that the address is right, that the relay runs ("lockstep status"), and that no firewall is in between.',
};

const BLOCKED =
  'The browser keeps this extension from the local network: allow it in the site settings of this page, behind the icon left of its address. In a managed browser its administrator decides.';

/**
 * @param address as relay-address.ts prints it, as in `192.168.1.5:8780` or `wss://wall.example`
 * @param localNetwork undefined where that is not known
 */
export function reachAdvice(
  address: string,
  localNetwork: Pick<LocalNetwork, 'blocked'> | undefined,
): string {
  return localNetwork?.blocked === true ? BLOCKED : ADVICE[kindOf(address)];
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
