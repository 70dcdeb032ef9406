/** A certificate and its key, as PEM files: read, held together, and judged by the day. Browsers' trust is not told here. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isIP, isIPv6 } from 'node:net';

/** Where a certificate and its key lie. */
export interface CertificateFiles {
  readonly certificate: string;
  readonly key: string;
}

export interface Certificate {
  /** PEM, with what else of its chain stands in the file. */
  readonly certificate: string;
  /** PEM. A secret. */
  readonly key: string;
  /** SHA-256 of it, as browsers show it: `AB:CD:…`. */
  readonly fingerprint: string;
  /** Host names in small letters and IP addresses that it is for. */
  readonly names: readonly string[];
  /** Nobody else vouches for it. */
  readonly selfSigned: boolean;
  /** From when to when it is good, ms since the Unix epoch. */
  readonly startsMs: number;
  readonly endsMs: number;
}

/** What is wrong with one of the two files; the message is half a sentence, as the configuration's problems are. */
export class CertificateError extends Error {
  override readonly name = 'CertificateError';
  constructor(
    readonly of: keyof CertificateFiles,
    message: string,
    readonly fix: string,
  ) {
    super(message);
  }
}

/** @throws CertificateError */
export function loadCertificate(files: CertificateFiles): Certificate {
  return readCertificate(textOf('certificate', files.certificate), textOf('key', files.key), files);
}

/**
 * @param files for sentences
 * @throws CertificateError when one is broken, they do not belong together, or it names nobody
 */
export function readCertificate(certificate: string, key: string, files: CertificateFiles): Certificate {
  const parsed = attempt(() => new X509Certificate(certificate));
  if (parsed === undefined)
    throw new CertificateError(
      'certificate',
      `must be a certificate in PEM, but ${JSON.stringify(files.certificate)} is none`,
      'It begins with -----BEGIN CERTIFICATE-----; of a chain the own one comes first.',
    );
  const secret = attempt(() => createPrivateKey(key));
  if (secret === undefined)
    throw new CertificateError(
      'key',
      `must be a private key in PEM without a password, but ${JSON.stringify(files.key)} is none`,
      'Take the password off: `openssl pkey -in FILE -out NEW`.',
    );
  if (!parsed.checkPrivateKey(secret))
    throw new CertificateError(
      'key',
      `must be the key of the certificate, but ${JSON.stringify(files.key)} belongs to another one`,
      'Name the key that this certificate was made with.',
    );
  const names = namesOf(parsed.subjectAltName ?? '');
  if (names.length === 0)
    throw new CertificateError(
      'certificate',
      `must name hosts (subjectAltName), but ${JSON.stringify(files.certificate)} names none`,
      'Browsers read no other name: have it made anew with the names of this host.',
    );
  return {
    ...{ certificate, key, names },
    fingerprint: parsed.fingerprint256,
    selfSigned: parsed.issuer === parsed.subject && parsed.verify(parsed.publicKey),
    startsMs: Date.parse(parsed.validFrom),
    endsMs: Date.parse(parsed.validTo),
  };
}

function textOf(of: keyof CertificateFiles, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    if (code === 'ENOENT' || code === 'ENOTDIR')
      throw new CertificateError(
        of,
        `must be a file that exists, but there is no ${JSON.stringify(path)}`,
        'Check the spelling; the path counts from the folder of the configuration. Or remove "server.tls" and make one: `lockstep cert`.',
      );
    throw new CertificateError(
      of,
      `must be a readable file, but ${JSON.stringify(path)} is not (${code})`,
      'Give it to the user that the relay runs as.',
    );
  }
}

function attempt<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch {
    return undefined; // OpenSSL's own words say which byte, and help nobody.
  }
}

/** @param list as of `X509Certificate.subjectAltName`: `DNS:box.local, IP Address:192.168.1.5` */
function namesOf(list: string): readonly string[] {
  return list.split(', ').flatMap((entry) => {
    const [, kind, name = ''] = /^(DNS|IP Address):(.+)$/.exec(entry) ?? [];
    if (kind === undefined) return [];
    return [kind === 'DNS' ? name.toLowerCase() : plainAddress(name)];
  });
}

/** The short form, which browsers and we write: OpenSSL prints `FE80:0:0:0:0:0:0:1`. */
export function plainAddress(address: string): string {
  return isIPv6(address) ? new URL(`http://[${address}]`).hostname.slice(1, -1) : address;
}

/** Whether a browser that goes to `host` takes the certificate as meant (RFC 6125 §6.4): a `*` stands for one label. */
export function covers(names: readonly string[], host: string): boolean {
  const wanted = plainAddress(host.toLowerCase());
  if (isIP(wanted) !== 0) return names.includes(wanted);
  return names.includes(wanted) || names.includes(wanted.replace(/^[^.]+/, '*'));
}

const DAY_MS = 86_400_000;
/** From here on the end is told. */
const SOON_DAYS = 30;

/**
 * What is wrong with its days; undefined when nothing is for a month.
 * @param nowMs wall clock
 */
export function dayProblem(
  { startsMs, endsMs, selfSigned }: Pick<Certificate, 'startsMs' | 'endsMs' | 'selfSigned'>,
  nowMs: number,
): { readonly over: boolean; readonly what: string; readonly fix: string } | undefined {
  const fix = selfSigned
    ? 'Make it anew: `lockstep cert --renew`'
    : 'Get a new one where it came from, put it in its place, and run `lockstep reload`';
  const day = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
  if (nowMs >= endsMs)
    return { over: true, what: `the certificate ended on ${day(endsMs)}: browsers refuse it`, fix };
  if (nowMs < startsMs)
    return {
      over: true,
      what: `the certificate is good from ${day(startsMs)} on: browsers refuse it until then`,
      fix: 'Look at the clock of this host with `date`',
    };
  const days = Math.floor((endsMs - nowMs) / DAY_MS);
  if (days >= SOON_DAYS) return undefined;
  const left = days === 0 ? 'today' : days === 1 ? 'in 1 day' : `in ${days} days`;
  return { over: false, what: `the certificate ends ${left}, on ${day(endsMs)}`, fix };
}
