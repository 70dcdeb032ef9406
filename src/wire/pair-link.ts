/**
 * The link that carries the address of a relay and a pairing code. The code stands behind the `#`, which browsers
 * send to no server, so that it reaches no log on the way. Pure.
 */

/** Where the relay tells a person who opens the link what to do with it. */
export const PAIR_PATH = '/pair';

const CODE = /^#(\d{8})$/;

export interface PairLink {
  /** Of the relay, as in `http://192.168.1.5:8780`. */
  readonly address: string;
  /** Eight digits. */
  readonly code: string;
}

/** As in `http://192.168.1.5:8780/pair#12345678`. @param address of the relay, without a slash at its end */
export function pairLink({ address, code }: PairLink): string {
  return `${address}${PAIR_PATH}#${code}`;
}

/** Whether `text` was to be such a link, whole or not. */
export const isMeantAsLink = (text: string): boolean =>
  /^https?:\/\/[^\s?#]+\/pair\/?(?:[?#]\S*)?$/i.test(text.trim());

/** What {@link pairLink} made, also as a browser's address bar shows it; undefined when `text` is no such link. */
export function readPairLink(text: string): PairLink | undefined {
  const trimmed = text.trim();
  if (!/^https?:\/\//i.test(trimmed) || !URL.canParse(trimmed)) return undefined;
  const { protocol, host, port, pathname, search, hash, username, password } = new URL(trimmed);
  const path = pathname.replace(/\/$/, '');
  const code = CODE.exec(hash)?.[1];
  if (code === undefined || !path.endsWith(PAIR_PATH)) return undefined;
  if (search !== '' || username !== '' || password !== '') return undefined;
  // A link means the port of its scheme where none is named; an address that is typed means the relay's own.
  const named = port === '' && protocol === 'http:' ? `${host}:80` : host;
  return { address: `${protocol}//${named}${path.slice(0, -PAIR_PATH.length)}`, code };
}
