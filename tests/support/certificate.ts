/** Certificates for tests, made as `lockstep cert` makes them, or in ways that it never would. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** @param names as OpenSSL writes them, as in `DNS:box.local`; empty: none. @param extra further arguments of `openssl req -x509` */
export function makePem(
  names: readonly string[],
  extra: readonly string[] = [],
): { certificate: string; key: string } {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-cert-'));
  try {
    const [crt, key] = [join(folder, 'crt'), join(folder, 'key')];
    execFileSync(
      'openssl',
      [
        ...[
          'req',
          '-x509',
          '-newkey',
          'ec',
          '-pkeyopt',
          'ec_paramgen_curve:prime256v1',
          '-config',
          '/dev/null',
        ],
        ...['-subj', '/CN=test', '-keyout', key, '-out', crt],
        ...(names.length === 0 ? [] : ['-addext', `subjectAltName=${names.join(',')}`]),
        ...(extra.includes('-passout') ? [] : ['-nodes']),
        ...extra,
      ],
      { stdio: 'ignore' },
    );
    return { certificate: readFileSync(crt, 'utf8'), key: readFileSync(key, 'utf8') };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
