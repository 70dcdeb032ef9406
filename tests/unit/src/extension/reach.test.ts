import { expect, test } from 'vitest';
import { reachAdvice } from '../../../../src/extension/reach.ts';

test.each([
  ['127.0.0.1:8780', /this computer/],
  ['localhost:8780', /this computer/],
  ['[::1]:8780', /this computer/],
  ['192.168.1.5:8780', /guest network/],
  ['10.1.2.3:8780/wall', /guest network/],
  ['172.31.0.1:8780', /guest network/],
  ['169.254.7.7:8780', /guest network/],
  ['[fd12::5]:8780', /guest network/],
  ['[fe80::5]:8780', /guest network/],
  ['cameras.local:8780', /guest network/],
  ['100.101.102.103:8780', /VPN/],
  ['cameras.tail1234.ts.net:8780', /VPN/],
  ['wss://wall.example', /certificate/],
  ['172.32.0.1:8780', /the address is right/],
  ['100.128.0.1:8780', /the address is right/],
  ['10.example:8780', /the address is right/],
  ['camera-host:8780', /the address is right/],
])('%s: %s', (address, words) => {
  expect(reachAdvice(address, undefined)).toMatch(words);
  expect(reachAdvice(address, { denied: false })).toMatch(words);
});

test('what the browser denies comes first', () => {
  expect(reachAdvice('192.168.1.5:8780', { denied: true })).toMatch(/site settings.*guest network/);
});
