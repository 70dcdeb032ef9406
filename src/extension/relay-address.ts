/** Reads the address of a relay as people type it, and derives the addresses of its sockets and routes. */
import { PAIR_PATH } from '../wire/pair-link.ts';
import { CONTROL_PATH, DEFAULT_PORT, MEDIA_PATH, WHEP_PATH } from '../wire/protocol.ts';

export const DEFAULT_ADDRESS = `127.0.0.1:${DEFAULT_PORT}`;

export interface RelayAddress {
  /** What the user sees and the settings keep, as in `127.0.0.1:8780` or `wss://cameras.example`. */
  readonly text: string;
  readonly controlUrl: string;
  readonly mediaUrl: string;
  /** Followed by `/<camera>`; http or https. */
  readonly whepUrl: string;
}

const SCHEMES: Readonly<Record<string, 'ws:' | 'wss:'>> = {
  'http:': 'ws:',
  'ws:': 'ws:',
  'https:': 'wss:',
  'wss:': 'wss:',
};

/**
 * Accepts `host`, `host:port`, `http://…` and `ws://…` (and their TLS forms, whose port defaults to 443). A path
 * is kept, for a relay behind a reverse proxy.
 * @returns undefined when the text is no such address
 */
export function parseRelayAddress(text: string): RelayAddress | undefined {
  const trimmed = text.trim();
  const typed = /^[a-z][a-z0-9+.-]*:\/\//i.test(trimmed) ? trimmed : `ws://${trimmed}`;
  if (!URL.canParse(typed)) return undefined;
  const url = new URL(typed);
  const scheme = SCHEMES[url.protocol];
  if (scheme === undefined || url.hostname === '') return undefined;
  // A token or password does not belong into an address, and browsers refuse such socket URLs.
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') return undefined;
  const secure = scheme === 'wss:';
  // Read from the text, because URL hides a port that is the scheme's own.
  const port = /^[^/]*\/\/[^/]*:(\d+)(?:\/|$)/.exec(typed)?.[1] ?? DEFAULT_PORT;
  const host = secure ? url.host : `${url.hostname}:${port}`;
  const path = url.pathname.replace(/\/+$/, '');
  const base = `${scheme}//${host}${path}`;
  return {
    text: secure ? base : `${host}${path}`,
    controlUrl: `${base}${CONTROL_PATH}`,
    mediaUrl: `${base}${MEDIA_PATH}`,
    whepUrl: `${base.replace(/^ws/, 'http')}${WHEP_PATH}`,
  };
}

/**
 * The page of a relay that is reached over TLS, where the browser shows what it thinks of the certificate; undefined where
 * there is nothing to show.
 */
export function certificatePage(address: string): string | undefined {
  const text = parseRelayAddress(address)?.text;
  return text?.startsWith('wss:') === true ? `${text.replace(/^wss/, 'https')}${PAIR_PATH}` : undefined;
}

/** Where a relay is reached that takes TLS only, as a tab and the settings take it; `address` as printed here. */
export function secureAddress(address: string): string {
  return `https://${address.replace(/^wss:\/\//, '')}`;
}

export interface LinkTarget {
  readonly controlUrl: string;
  /** For sentences. */
  readonly address: string;
  readonly token: string;
  /** Where an earlier link of this client stopped listening. */
  readonly resume?: { readonly runId: string; readonly seq: number } | undefined;
}

/**
 * Where a paired relay is reached.
 * @returns undefined when the stored address cannot be read: the user has to pair again
 */
export function linkTarget(
  relay: { readonly address: string; readonly token: string },
  resume?: LinkTarget['resume'],
): LinkTarget | undefined {
  const address = parseRelayAddress(relay.address);
  if (address === undefined) return undefined;
  return { controlUrl: address.controlUrl, address: address.text, token: relay.token, resume };
}
