/** The little of RTSP (RFC 2326) and its authentication (RFC 7616) that asking a camera for DESCRIBE takes. Pure. */
import { createHash } from 'node:crypto';

export interface RtspResponse {
  readonly status: number;
  /** Value of each header by its name in small letters; several of one name are kept apart. */
  readonly headers: ReadonlyMap<string, readonly string[]>;
  readonly body: string;
}

/** The first whole response in `text`; undefined while bytes are missing. @throws Error when it is not RTSP */
export function parseResponse(text: string): RtspResponse | undefined {
  if (!'RTSP/1.'.startsWith(text.slice(0, 7))) throw new Error('not RTSP');
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const [first = '', ...lines] = text.slice(0, end).split('\r\n');
  const status = /^RTSP\/1\.\d (\d{3})/.exec(first)?.[1];
  if (status === undefined) throw new Error('not RTSP');
  const headers = new Map<string, string[]>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    if (colon < 1) continue;
    const name = line.slice(0, colon).trim().toLowerCase();
    headers.set(name, [...(headers.get(name) ?? []), line.slice(colon + 1).trim()]);
  }
  const length = Number(headers.get('content-length')?.[0] ?? 0);
  const body = text.slice(end + 4);
  // Lengths count bytes and this counts characters: an SDP that is not ASCII may come out a little short.
  return body.length < length ? undefined : { status: Number(status), headers, body: body.slice(0, length) };
}

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/**
 * The Authorization header that answers the strongest challenge we know: Digest (SHA-256, MD5), then Basic.
 * Undefined when there is none.
 */
export function authorize(
  challenges: readonly string[],
  { username, password }: Credentials,
  request: { readonly method: string; readonly uri: string; readonly cnonce: string },
): string | undefined {
  const digests = challenges.filter((challenge) => /^digest\s/i.test(challenge)).map(parameters);
  for (const [algorithm, hashName] of [
    ['sha-256', 'sha256'],
    ['md5', 'md5'],
  ] as const) {
    const challenge = digests.find(
      (digest) => (digest.get('algorithm') ?? 'md5').toLowerCase() === algorithm,
    );
    if (challenge === undefined) continue;
    const hash = (text: string): string => createHash(hashName).update(text).digest('hex');
    const realm = challenge.get('realm') ?? '';
    const nonce = challenge.get('nonce') ?? '';
    const qop = challenge
      .get('qop')
      ?.split(/\s*,\s*/)
      .includes('auth')
      ? 'auth'
      : undefined;
    const count = '00000001';
    const secret = hash(`${username}:${realm}:${password}`);
    const target = hash(`${request.method}:${request.uri}`);
    const middle = qop === undefined ? nonce : `${nonce}:${count}:${request.cnonce}:${qop}`;
    const fields = [
      `username="${username.replace(/["\\]/g, '\\$&')}"`,
      `realm="${realm}"`,
      `nonce="${nonce}"`,
      `uri="${request.uri}"`,
      `response="${hash(`${secret}:${middle}:${target}`)}"`,
      ...(challenge.has('algorithm') ? [`algorithm=${challenge.get('algorithm')}`] : []),
      ...(challenge.has('opaque') ? [`opaque="${challenge.get('opaque')}"`] : []),
      ...(qop === undefined ? [] : [`qop=${qop}`, `nc=${count}`, `cnonce="${request.cnonce}"`]),
    ];
    return `Digest ${fields.join(', ')}`;
  }
  if (!challenges.some((challenge) => /^basic\b/i.test(challenge))) return undefined;
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

/** `Digest realm="a", nonce="b"` → its parameters by name in small letters. */
function parameters(challenge: string): ReadonlyMap<string, string> {
  const found = challenge.matchAll(/([A-Za-z0-9_-]+)\s*=\s*(?:"([^"]*)"|([^\s,]+))/g);
  return new Map(
    [...found].map(([, name = '', quoted, plain]) => [name.toLowerCase(), quoted ?? plain ?? '']),
  );
}

/** Names of the video codecs in a session description (RFC 8866), as in `H264`. */
export function videoCodecs(sdp: string): readonly string[] {
  const codecs: string[] = [];
  let video = false;
  for (const line of sdp.split(/\r?\n/)) {
    if (line.startsWith('m=')) video = line.startsWith('m=video');
    const codec = /^a=rtpmap:\d+ ([A-Za-z0-9_-]{1,20})\//.exec(line)?.[1];
    if (video && codec !== undefined) codecs.push(codec.toUpperCase());
  }
  return codecs;
}
