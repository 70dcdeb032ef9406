/** The streams of a camera on the network: the main one, and the smaller ones that it sends beside it. Pure. */
import { isIP } from 'node:net';
import type { RtspSource } from './schema.ts';

/** Where one stream is read, and as whom. */
export type RtspStream = Omit<RtspSource, 'substreams'>;

/**
 * Gives each substream without a user of its own the main stream's, if both are on one host: a camera has one set of
 * users. Another host is told nobody's password but its own.
 */
export function withLogins(source: RtspSource): RtspSource {
  const { substreams } = source;
  if (substreams === undefined) return source;
  const main = parse(source.url);
  const login = loginOf(source, main);
  return {
    ...source,
    substreams: substreams.map((stream) => {
      const url = parse(stream.url);
      const own = stream.username !== undefined || url === undefined || url.username !== '';
      return own || hostOf(url) !== hostOf(main) ? stream : { ...stream, ...login };
    }),
  };
}

/** All of them, the main one first. */
export function streamsOf({ substreams = [], ...main }: RtspSource): readonly [RtspStream, ...RtspStream[]] {
  return [main, ...substreams.map((stream) => ({ type: main.type, ...stream }))];
}

/** What two ways to write one address have in common; undefined when it is none. */
export function addressKey(text: string): string | undefined {
  const url = parse(text);
  if (url === undefined) return undefined;
  const port = url.port === '' ? (DEFAULT_RTSP_PORTS[url.protocol] ?? '') : url.port;
  return `${url.protocol}//${hostOf(url)}:${port}${url.pathname}${url.search}${url.hash}`;
}

/** Whether an address names its host by an IP address. */
export const isAddress = (text: string): boolean =>
  isIP(hostOf(parse(text))?.replace(/^\[|\]$/g, '') ?? '') !== 0;

/**
 * The same streams of a camera at another place, found there by path and query.
 * @param host that the camera answers at
 * @param told addresses of its streams, as it tells them; of those only the port counts
 * @returns undefined when it does not tell of the main stream
 */
export function movedTo(source: RtspSource, host: string, told: readonly string[]): RtspSource | undefined {
  const before = hostOf(parse(source.url));
  const moved = (text: string): string | undefined => {
    const url = parse(text);
    const there = told
      .map(parse)
      .find((each) => each !== undefined && url !== undefined && pathOf(each) === pathOf(url));
    if (url === undefined || there === undefined) return undefined;
    url.hostname = host;
    url.port = there.port;
    return url.href;
  };
  const main = moved(source.url);
  if (main === undefined) return undefined;
  const { substreams } = source;
  if (substreams === undefined) return { ...source, url: main };
  const ofCamera = (text: string): boolean => hostOf(parse(text)) === before;
  return {
    ...source,
    url: main,
    substreams: substreams.map((stream) => ({
      ...stream,
      url: (ofCamera(stream.url) ? moved(stream.url) : undefined) ?? stream.url,
    })),
  };
}

const pathOf = ({ pathname, search }: URL): string => `${pathname}${search}`;

export const DEFAULT_RTSP_PORTS: Readonly<Record<string, string>> = { 'rtsp:': '554', 'rtsps:': '322' };

/** As whom a stream is read, whether that stands in its address or beside it. */
export function loginOf(
  { username, password, url: text }: RtspStream,
  url: URL | undefined = parse(text),
): Pick<RtspStream, 'username' | 'password'> {
  const user = username ?? decode(url?.username ?? '');
  const secret = password ?? decode(url?.password ?? '');
  if (user === '') return {};
  return { username: user, ...(secret === '' ? {} : { password: secret }) };
}

/** `URL` leaves the letters of an rtsp:// host as they are. */
const hostOf = (url: URL | undefined): string | undefined => url?.hostname.toLowerCase();

function parse(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // A lone % is meant as it stands.
  }
}
