import { expect, it } from 'vitest';
import { judgeCertificate } from '../../../../relay/doctor/certificate.ts';

const NOW_MS = Date.UTC(2026, 10, 28);
const network = (address: string) => ({
  interfaces: {
    eth0: [{ address, family: 'IPv4' as const, internal: false, netmask: '', mac: '', cidr: null }],
  },
  gateway: undefined,
});
const certificate = {
  ...{ certificate: '', key: '', fingerprint: 'AB:CD', selfSigned: true, startsMs: 0 },
  names: ['192.168.1.5'],
  endsMs: Date.UTC(2028, 0, 1),
};
const judge = (over: Partial<typeof certificate>, address = '192.168.1.5') =>
  judgeCertificate({ ...certificate, ...over }, '0.0.0.0', network(address), NOW_MS).map(
    ({ level, what }) => `${level} ${what}`,
  );

it('is content with one that is for the addresses of today', () => {
  expect(judge({})).toEqual(['ok the certificate is good until 2028-01-01, SHA-256 AB:CD']);
});

it('warns before the end, and fails after it', () => {
  expect(judge({ endsMs: NOW_MS + 86_400_000 })).toEqual([
    'warn the certificate ends in 1 day, on 2026-11-29',
  ]);
  expect(judge({ endsMs: NOW_MS - 1 })).toEqual([
    'fail the certificate ended on 2026-11-27: browsers refuse it',
  ]);
});

it('says when the host has another address by now, of its own certificates', () => {
  expect(judge({}, '192.168.1.9')[1]).toBe(
    'warn the certificate is not for 192.168.1.9, where other machines reach this host',
  );
  expect(judge({ selfSigned: false }, '192.168.1.9')).toHaveLength(1);
});
