/** What to look at when no relay answers at an address, by what kind of address it is. Pure. */
import type { LocalNetwork } from './local-network.ts';

type Kind = 'this computer' | 'same network' | 'vpn' | 'secure' | 'elsewhere';

const ADVICE: Readonly<Record<Kind, string>> = {
  'this computer':
    'That address means this computer: start the relay here ("lockstep run"). If it runs on another one, pair with the link that "lockstep pair" shows there.',
  'same network':
    'That address is reached from its own network only, not from a guest network or by mobile data. The relay must run there ("lockstep status"), with a "server.host" and a firewall that let others in.',
  vpn: 'That address belongs to a VPN such as Tailscale: it must be on at both ends, and the relay must run ("lockstep status").',
  secure:
    'Open the address in a tab: where the browser warns of the certificate, it refuses it here too. Where a proxy says that nothing is behind it, start the relay ("lockstep run").',
  elsewhere:
    'Check that the address is right, that the relay runs ("lockstep status"), and that no firewall is in between.',
};

/** May be, not is: Chromium 156 notes the denial and lets pages of extensions connect all the same. */
const DENIED =
  'The browser’s site settings deny this extension the local network, which may be why: allow it there. ';

/**
 * @param address as relay-address.ts prints it, as in `192.168.1.5:8780` or `wss://wall.example`
 * @param localNetwork undefined where that is not known
 */
export function reachAdvice(address: string, localNetwork: Pick<LocalNetwork, 'denied'> | undefined): string {
  return `${localNetwork?.denied === true ? DENIED : ''}${ADVICE[kindOf(address)]}`;
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
