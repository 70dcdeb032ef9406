import { describe, expect, it } from 'vitest';
import { addressKey, clientAddress } from '../../../../relay/edge/client-address.ts';
import { OnceEach } from '../../../../relay/edge/once-each.ts';

describe('an address', () => {
  it.each([
    ['192.168.1.7', '192.168.1.7'],
    ['::ffff:192.168.1.7', '192.168.1.7'],
    ['::1', '::1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::9', '2001:db8:1:2::/64'],
    ['2001:0db8::1', '2001:db8:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    [undefined, 'unknown'],
  ])('%s counts as %s', (address, key) => {
    expect(addressKey(address)).toBe(key);
  });
});

describe('the client of a request', () => {
  it.each([
    ['is whom a proxy on this host names last', '127.0.0.1', '1.1.1.1, 192.168.1.7', '192.168.1.7'],
    ['may have an IPv6 address', '::ffff:127.0.0.1', '2001:db8::5', '2001:db8:0:0::/64'],
    ['is the connection itself without a proxy', '127.0.0.1', '', '127.0.0.1'],
    ['is not what a stranger writes', '192.168.1.66', '10.0.0.1', '192.168.1.66'],
    ['is not something that is no address', '127.0.0.1', 'unknown', '127.0.0.1'],
  ])('%s', (_what, remote, forwarded, client) => {
    expect(clientAddress(remote, forwarded)).toBe(client);
  });
});

describe('OnceEach', () => {
  it('lets each name through once, and only so many', () => {
    const once = new OnceEach(2);
    const asked = ['a', 'a', 'b', 'c', 'c'].map((name) => once.isNew(name));
    expect(asked).toEqual([true, false, true, false, false]);
  });
});
