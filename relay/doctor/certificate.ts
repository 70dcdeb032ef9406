/** Whether browsers can take the relay's certificate: its days, and the names by which they come. */
import { addressesOf, type HostNetwork, hostNetwork } from '../config/addresses.ts';
import { type Certificate, covers, dayProblem, loadCertificate } from '../config/certificate.ts';
import type { Config } from '../config/schema.ts';
import { type Finding, fail, ok, warn } from './finding.ts';

/** Of a configuration that was just read. @param nowMs wall clock */
export function checkCertificate({ server: { host, tls } }: Config, nowMs: number): readonly Finding[] {
  return tls === undefined ? [] : judgeCertificate(loadCertificate(tls), host, hostNetwork(), nowMs);
}

/**
 * Pure.
 * @param host `server.host`
 * @param nowMs wall clock
 */
export function judgeCertificate(
  certificate: Certificate,
  host: string,
  network: HostNetwork,
  nowMs: number,
): readonly Finding[] {
  const where = 'server.tls';
  const problem = dayProblem(certificate, nowMs);
  const until = new Date(certificate.endsMs).toISOString().slice(0, 10);
  const days =
    problem === undefined
      ? ok(where, `the certificate is good until ${until}, SHA-256 ${certificate.fingerprint}`)
      : (problem.over ? fail : warn)(where, problem.what, `${problem.fix}.`);
  const [, ...others] = addressesOf(host, 0, network);
  const missing = others
    .map((address) => new URL(address).hostname.replace(/^\[|\]$/g, ''))
    .filter((name) => !covers(certificate.names, name));
  // One that somebody vouches for is for a name, and names no address of a house.
  if (!certificate.selfSigned || missing.length === 0) return [days];
  return [
    days,
    warn(
      where,
      `the certificate is not for ${missing.join(' and ')}, where other machines reach this host`,
      'Make it anew with the addresses of today: `lockstep cert --renew`.',
    ),
  ];
}
