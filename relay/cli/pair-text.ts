/** How a pairing code is shown: with the relay's addresses, as a link, and as a QR code of it. Pure. */
import { isIP } from 'node:net';
import { renderUnicodeCompact } from 'uqr';
import { pairLink } from '../../src/wire/pair-link.ts';
import { CODE_LIFETIME_MS, showCode } from '../access/pairing.ts';

/** What a code can be used with. */
export interface CodeOffer {
  /** Eight digits. */
  readonly code: string;
  /** Of the relay: for this host first, then for others. */
  readonly addresses: readonly string[];
  /** Of a certificate of the relay's own making; undefined: it has none, or one that browsers trust. */
  readonly fingerprint?: string | undefined;
}

/** The link for other machines where they reach the relay, which this one takes too; else the one for this host. */
export function linkOf({ code, addresses: [here = '', ...others] }: CodeOffer): string {
  return pairLink({ address: others[0] ?? here, code });
}

/**
 * How a code is shown to the person who takes it to the extension.
 * @param columns of the terminal; undefined where there is none, and then there is no QR code
 */
export function codeText(offer: CodeOffer, columns: number | undefined): string {
  const { code, addresses, fingerprint } = offer;
  const [here = '', ...others] = addresses;
  const elsewhere = others.length === 0 ? '' : ` (on another machine ${others.join(' or ')})`;
  const link = linkOf(offer);
  const lines = [
    `Pairing code  ${showCode(code)}`,
    `Address       ${here}${elsewhere}`,
    `Link          ${link}`,
    ...(fingerprint === undefined || !addresses.some((address) => address.startsWith('https:'))
      ? []
      : [
          `Certificate   SHA-256 ${fingerprint}`,
          'On another machine open the link first: the browser warns of this certificate, which only the relay vouches for.',
          'Compare the fingerprint there, and accept it where it is this one.',
        ]),
    'In the settings of the extension, paste the link as the relay address, or type address and code.',
    `They work once and for ${CODE_LIFETIME_MS / 60_000} minutes.`,
  ];
  // Another device has no use for an address that means itself.
  const qr = columns === undefined || isLoopback(new URL(link).hostname) ? [] : qrLines(link);
  const fits = qr.every((line) => line.length <= (columns ?? 0));
  return [...lines, ...(fits ? qr.map(coloured) : []), ''].join('\n');
}

/** Of half blocks: two modules on top of each other in each character. */
function qrLines(text: string): readonly string[] {
  return renderUnicodeCompact(text, { border: 2 }).split('\n');
}

/** Bright blocks on black whatever the terminal's colours are: some cameras read no inverted code. */
const coloured = (line: string): string => `\u001b[38;5;231;48;5;16m${line}\u001b[0m`;

function isLoopback(hostname: string): boolean {
  return (
    hostname === 'localhost' || hostname === '[::1]' || (isIP(hostname) === 4 && hostname.startsWith('127.'))
  );
}
