import { describe, expect, it } from 'vitest';
import {
  CertificateError,
  covers,
  dayProblem,
  readCertificate,
} from '../../../../relay/config/certificate.ts';
import { makePem } from '../../../support/certificate.ts';

const FILES = { certificate: 'a.crt', key: 'a.key' };
const DAY_MS = 86_400_000;

function problemOf(certificate: string, key: string): CertificateError {
  try {
    readCertificate(certificate, key, FILES);
  } catch (error) {
    if (error instanceof CertificateError) return error;
    throw error;
  }
  throw new Error('it was taken');
}

describe('readCertificate', () => {
  const good = makePem(['DNS:Box.local', 'IP:192.168.1.5', 'IP:fd00::5'], ['-days', '30']);

  it('tells names, fingerprint and end', () => {
    const found = readCertificate(good.certificate, good.key, FILES);
    expect(found.names).toEqual(['box.local', '192.168.1.5', 'fd00::5']);
    expect(found.fingerprint).toMatch(/^(?:[0-9A-F]{2}:){31}[0-9A-F]{2}$/);
    expect(found.selfSigned).toBe(true);
    expect(found.endsMs - found.startsMs).toBe(30 * DAY_MS);
  });

  it('refuses the key of another certificate', () => {
    const { of, message } = problemOf(good.certificate, makePem(['DNS:box']).key);
    expect([of, message]).toEqual([
      'key',
      'must be the key of the certificate, but "a.key" belongs to another one',
    ]);
  });

  it('refuses a key with a password, and says how to take it off', () => {
    const { certificate, key } = makePem(['DNS:box'], ['-passout', 'pass:secret']);
    const { of, fix } = problemOf(certificate, key);
    expect([of, fix]).toEqual(['key', 'Take the password off: `openssl pkey -in FILE -out NEW`.']);
  });

  it('refuses what is no certificate, and one that names no host', () => {
    expect(problemOf(good.key, good.key).message).toContain('must be a certificate in PEM');
    const bare = makePem([]);
    expect(problemOf(bare.certificate, bare.key).message).toContain('must name hosts (subjectAltName)');
  });
});

describe('covers', () => {
  const names = ['wall.example', '*.house.example', '192.168.1.5', 'fd00::5'];
  it.each([
    ['wall.example', true],
    ['Wall.Example', true],
    ['a.house.example', true],
    ['a.b.house.example', false],
    ['house.example', false],
    ['192.168.1.5', true],
    ['192.168.1.6', false],
    ['FD00:0::5', true],
  ])('%s: %s', (host, answer) => {
    expect(covers(names, host)).toBe(answer);
  });
});

describe('dayProblem', () => {
  const endsMs = Date.UTC(2027, 0, 31);
  const certificate = { startsMs: Date.UTC(2026, 0, 1), endsMs, selfSigned: true };
  it.each([
    [endsMs - 30 * DAY_MS, undefined],
    [endsMs - 30 * DAY_MS + 1, 'the certificate ends in 29 days, on 2027-01-31'],
    [endsMs - 1, 'the certificate ends today, on 2027-01-31'],
    [endsMs, 'the certificate ended on 2027-01-31: browsers refuse it'],
    [certificate.startsMs - 1, 'the certificate is good from 2026-01-01 on: browsers refuse it until then'],
  ])('at %d: %s', (nowMs, what) => {
    expect(dayProblem(certificate, nowMs)?.what).toBe(what);
  });

  it('says who can renew it', () => {
    expect(dayProblem(certificate, endsMs)?.fix).toContain('lockstep cert --renew');
    expect(dayProblem({ ...certificate, selfSigned: false }, endsMs)?.fix).toContain('where it came from');
  });
});
