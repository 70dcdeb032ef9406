import type { NetworkInterfaceInfo } from 'node:os';
import { describe, expect, it } from 'vitest';
import { addressesOf, gatewayOf, namesOfHost } from '../../../../relay/config/addresses.ts';

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
  expect(addressesOf(host, 8780, { interfaces: INTERFACES, gateway: undefined })).toEqual(addresses);
});

it('names that of the default route first, for links and QR codes, and none that only containers reach', () => {
  const interfaces = {
    docker0: [entry('172.17.0.1')],
    'br-4f2c1c1e7a35': [entry('172.18.0.1')],
    veth12: [entry('169.254.3.4')],
    virbr0: [entry('192.168.122.1')],
    ...INTERFACES,
  };
  expect(addressesOf('0.0.0.0', 8780, { interfaces, gateway: 'wlan0' })).toEqual([
    'http://127.0.0.1:8780',
    'http://10.0.0.3:8780',
    'http://192.168.1.7:8780',
  ]);
  // A bridge that the host itself is connected by.
  const [, first] = addressesOf('0.0.0.0', 8780, { interfaces, gateway: 'br-4f2c1c1e7a35' });
  expect(first).toBe('http://172.18.0.1:8780');
});

const NETWORK = { interfaces: INTERFACES, gateway: undefined };

describe('with TLS', () => {
  const own = { names: ['wall.lan', 'box', 'box.local', '192.168.1.7', '127.0.0.1'], selfSigned: true };

  it('other machines come by what the certificate is for, this host goes on without', () => {
    expect(addressesOf('0.0.0.0', 8780, NETWORK, { certificate: own })).toEqual([
      'http://127.0.0.1:8780',
      'https://192.168.1.7:8780',
      'https://wall.lan:8780',
    ]);
  });

  it('one that somebody vouches for is reached by its name first', () => {
    const certificate = { names: ['wall.example', '*.wall.example'], selfSigned: false };
    expect(addressesOf('0.0.0.0', 8780, NETWORK, { certificate })).toEqual([
      'http://127.0.0.1:8780',
      'https://wall.example:8780',
    ]);
  });

  it('of one that is for none of the addresses all are told', () => {
    const certificate = { names: ['box'], selfSigned: true };
    expect(addressesOf('0.0.0.0', 8780, NETWORK, { certificate })[1]).toBe('https://192.168.1.7:8780');
  });

  it('is needed on the only address of a network, and not on loopback', () => {
    expect(addressesOf('192.168.1.7', 8780, NETWORK, { certificate: own })[0]).toBe(
      'https://192.168.1.7:8780',
    );
    expect(addressesOf('127.0.0.1', 8780, NETWORK, { certificate: own })).toEqual(['http://127.0.0.1:8780']);
  });
});

describe('with a name by mDNS', () => {
  const mdns = { name: 'box.local', address: '192.168.1.7' };

  it('the name stands behind the addresses, where it leads to the relay', () => {
    expect(addressesOf('0.0.0.0', 8780, NETWORK, { mdns }).at(-1)).toBe('http://box.local:8780');
    expect(addressesOf('192.168.1.7', 8780, NETWORK, { mdns }).at(-1)).toBe('http://box.local:8780');
    expect(addressesOf('10.0.0.3', 8780, NETWORK, { mdns })).toEqual(['http://10.0.0.3:8780']);
    expect(addressesOf('127.0.0.1', 8780, NETWORK, { mdns })).toEqual(['http://127.0.0.1:8780']);
  });
});

it('a certificate is for all names and addresses by which others come, and for this host', () => {
  expect(namesOfHost('0.0.0.0', 'Box.lan', ['wall.lan', 'box'], NETWORK)).toEqual([
    ...[
      'wall.lan',
      'box',
      'box.lan',
      'box.local',
      'localhost',
      '192.168.1.7',
      '10.0.0.3',
      '127.0.0.1',
      '::1',
    ],
  ]);
  expect(namesOfHost('10.0.0.3', 'box', [], NETWORK)).toEqual([
    ...['box', 'box.local', 'localhost', '10.0.0.3', '127.0.0.1', '::1'],
  ]);
});

describe('gatewayOf', () => {
  const HEAD = 'Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n';
  const route = (name: string, destination: string, flags: string, metric: number, mask: string): string =>
    `${name}\t${destination}\t0101A8C0\t${flags}\t0\t0\t${metric}\t${mask}\t0\t0\t0\n`;

  it('takes the default route with the least metric that is up', () => {
    const routes = [
      route('docker0', '000011AC', '0001', 0, '0000FFFF'),
      route('wlan0', '00000000', '0003', 600, '00000000'),
      route('eth1', '00000000', '0002', 50, '00000000'),
      route('eth0', '00000000', '0003', 100, '00000000'),
    ];
    expect(gatewayOf(HEAD + routes.join(''))).toBe('eth0');
  });

  it('knows none where there is none', () => {
    expect(gatewayOf(HEAD)).toBeUndefined();
    expect(gatewayOf('')).toBeUndefined();
  });
});
