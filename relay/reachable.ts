/** Where browsers reach a relay with this configuration: asked of the host, at start and by commands beside it. */
import type { Timers } from '../src/wire/ports.ts';
import { addressesOf, hostNetwork } from './config/addresses.ts';
import { type Certificate, loadCertificate } from './config/certificate.ts';
import type { Config } from './config/schema.ts';
import { createMdnsPort, mdnsName } from './discovery/mdns-name.ts';

export interface Reachable {
  /** The one for this host first. */
  readonly addresses: readonly string[];
  readonly certificate: Certificate | undefined;
}

/**
 * @param port that it listens on
 * @throws CertificateError when its files changed since the configuration was read
 */
export async function whereReached(
  { host, tls }: Pick<Config['server'], 'host' | 'tls'>,
  port: number,
  timers: Timers,
): Promise<Reachable> {
  const certificate = tls === undefined ? undefined : loadCertificate(tls);
  const mdns = await mdnsName(createMdnsPort(timers));
  return { addresses: addressesOf(host, port, hostNetwork(), { certificate, mdns }), certificate };
}
