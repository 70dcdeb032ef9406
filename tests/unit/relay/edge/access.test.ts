import { describe, expect, it } from 'vitest';
import { bearerToken, corsOrigin, hostAllowed, socketOriginAllowed } from '../../../../relay/edge/access.ts';

const CHROME = `chrome-extension://${'abcdefghijklmnop'.repeat(2)}`;
const FIREFOX = 'moz-extension://0f8fad5b-d9cb-469f-a165-70867728950e';

describe('hostAllowed', () => {
  it.each([
    'localhost',
    'localhost:8780',
    'LOCALHOST:8780',
    'wall.localhost',
    '127.0.0.1:8780',
    '192.168.1.7',
    '[::1]:8780',
    '[fe80::1]',
    'garage.local:8780',
    'workshop:8780',
    'Workshop',
  ])('accepts %s', (host) => {
    expect(hostAllowed(host, ['workshop'])).toBe(true);
  });

  it.each([
    undefined,
    '',
    'evil.example',
    'evil.example:8780',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    'local',
    'workshop.evil.example',
    '[::1',
    '127.0.0.1:8780:1',
  ])('refuses %s', (host) => {
    expect(hostAllowed(host, ['workshop'])).toBe(false);
  });
});

describe('socketOriginAllowed', () => {
  it('accepts extensions, native tools and what the configuration lists', () => {
    for (const origin of [CHROME, FIREFOX, undefined, 'https://wall.example'])
      expect(socketOriginAllowed(origin, ['https://wall.example'])).toBe(true);
  });

  it.each([
    'https://evil.example',
    'http://localhost:8780',
    'null',
    '',
    'chrome-extension://short',
    `${CHROME}.evil.example`,
    'moz-extension://evil.example',
    'file://',
  ])('refuses %s', (origin) => {
    expect(socketOriginAllowed(origin, [])).toBe(false);
  });
});

describe('corsOrigin', () => {
  const ask = (origin: string | undefined, preflight = false) =>
    corsOrigin({
      origin,
      preflight,
      pairedOrigins: () => [CHROME],
      allowOrigins: ['https://wall.example'],
    });

  it('names paired and listed origins only', () => {
    expect([ask(CHROME), ask('https://wall.example')]).toEqual([CHROME, 'https://wall.example']);
    expect([ask(FIREFOX), ask('https://evil.example'), ask(undefined)]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('lets any extension ask first, but no web page', () => {
    expect(ask(FIREFOX, true)).toBe(FIREFOX);
    expect(ask('https://evil.example', true)).toBeUndefined();
  });
});

describe('bearerToken', () => {
  it.each([
    ['Bearer abc', 'abc'],
    ['bearer   abc', 'abc'],
    ['Bearer', undefined],
    ['Bearer a b', undefined],
    ['Basic abc', undefined],
    [undefined, undefined],
  ])('reads %j as %j', (header, token) => {
    expect(bearerToken(header)).toBe(token);
  });
});
