/**
 * Makes a self-signed certificate with the openssl program. The libraries that can (selfsigned, @peculiar/x509) would
 * make the relay's bundle a third larger for a command that runs once in two years.
 */
import { isIP } from 'node:net';
import { runShort, type ShortRunDeps } from '../process/short-run.ts';
import { CliError } from './output.ts';

/** Apple's systems take no longer ones, whoever vouches for them (https://support.apple.com/en-us/103769). */
const LIFE_DAYS = 825;
const LIMIT_MS = 10_000;

/**
 * @param names host names and IP addresses, at least one; checked before
 * @returns PEM. The key goes through a pipe, never through a file or an argument
 * @throws CliError (as a rejection)
 */
export async function makeCertificate(
  deps: ShortRunDeps,
  names: readonly string[],
): Promise<{ readonly certificate: string; readonly key: string }> {
  let stdout = '';
  let stderr = '';
  const { ending } = await runShort(deps, {
    spec: { program: 'openssl', args: argsFor(names) },
    limitMs: LIMIT_MS,
    onStdout: (chunk) => {
      stdout += Buffer.from(chunk).toString();
    },
    onStderr: (text) => {
      stderr += text;
    },
  });
  if (ending.kind === 'not-started')
    throw new CliError(
      'a certificate is made with the program openssl, which is not here.',
      'Install it, `sudo apt install openssl`, or name a certificate of your own with --certificate and --key.',
    );
  const key = block(stdout, 'PRIVATE KEY');
  const certificate = block(stdout, 'CERTIFICATE');
  if (ending.kind !== 'exit' || ending.code !== 0 || key === undefined || certificate === undefined)
    throw new CliError(
      `openssl made no certificate: ${stderr.trim().split('\n').at(-1) ?? ''}`,
      'It must be OpenSSL 1.1.1 or newer: `openssl version`.',
    );
  return { certificate, key };
}

function argsFor(names: readonly string[]): readonly string[] {
  const list = names.map((name) => `${isIP(name) === 0 ? 'DNS' : 'IP'}:${name}`).join(',');
  return [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-sha256'],
    // The host's own file would add that it may vouch for others.
    ...['-config', '/dev/null', '-days', String(LIFE_DAYS), '-subj', '/O=Lockstep/CN=Lockstep relay'],
    ...[
      `subjectAltName=${list}`,
      // Whoever steals the key can pretend to be this relay, and nobody else.
      'basicConstraints=critical,CA:FALSE',
      'keyUsage=critical,digitalSignature',
      'extendedKeyUsage=serverAuth',
    ].flatMap((extension) => ['-addext', extension]),
  ];
}

function block(text: string, what: string): string | undefined {
  const found = new RegExp(`-----BEGIN ${what}-----[^-]+-----END ${what}-----`).exec(text)?.[0];
  return found === undefined ? undefined : `${found}\n`;
}
