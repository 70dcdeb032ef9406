import type { NetworkInterfaceInfo } from 'node:os';
import { expect, it } from 'vitest';
import { addressesOf } from '../../../../relay/config/addresses.ts';

const entry = (address: string, internal = false): NetworkInterfaceInfo => ({
  address,
  internal,
  netmask: '',
  mac: '',
  cidr: null,
  ...(address.includes(':') ? { family: 'IPv6', scopeid: 0 } : { family: 'IPv4' }),
});

const INTERFACES = {
  lo: [entry('127.0.0.1', true), entry('::1', true)],
  eth0: [entry('fe80::1'), entry('2001:db8::7'), entry('192.168.1.7')],
  wlan0: [entry('10.0.0.3')],
};

it.each([
  ['127.0.0.1', ['http://127.0.0.1:8780']],
  ['192.168.1.7', ['http://192.168.1.7:8780']],
  ['::1', ['http://[::1]:8780']],
  ['garage.local', ['http://garage.local:8780']],
  ['0.0.0.0', ['http://127.0.0.1:8780', 'http://192.168.1.7:8780', 'http://10.0.0.3:8780']],
  [
    '::',
    ['http://127.0.0.1:8780', 'http://192.168.1.7:8780', 'http://10.0.0.3:8780', 'http://[2001:db8::7]:8780'],
  ],
])('a relay that listens on %s is reached by %j', (host, addresses) => {
  expect(addressesOf(host, 8780, INTERFACES)).toEqual(addresses);
});
