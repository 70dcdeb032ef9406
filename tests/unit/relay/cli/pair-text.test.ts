import { encode } from 'uqr';
import { describe, expect, it } from 'vitest';
import { codeText, linkOf } from '../../../../relay/cli/pair-text.ts';

const HERE = 'http://127.0.0.1:8780';
const LAN = ['http://192.168.1.5:8780', 'http://10.0.0.5:8780'];

/** The modules that a terminal shows, row by row; true is dark. */
function modules(text: string): boolean[][] {
  const lines = text.split('\n').filter((line) => line.startsWith('\u001b[38;5;231;48;5;16m'));
  return lines.flatMap((line) => {
    const blocks = [...line.replace('\u001b[38;5;231;48;5;16m', '').replace('\u001b[0m', '')];
    return [blocks.map((block) => !'█▀'.includes(block)), blocks.map((block) => !'█▄'.includes(block))];
  });
}

describe('linkOf', () => {
  it.each([
    ['this host only', [HERE], `${HERE}/pair#01234567`],
    ['others too', [HERE, ...LAN], 'http://192.168.1.5:8780/pair#01234567'],
    ['an address of a network', ['http://192.168.1.5:8780'], 'http://192.168.1.5:8780/pair#01234567'],
  ])('leads to a relay for %s', (_whom, addresses, link) => {
    expect(linkOf({ code: '01234567', addresses })).toBe(link);
  });
});

describe('codeText', () => {
  it('tells code, addresses and link', () => {
    expect(codeText({ code: '01234567', addresses: [HERE, ...LAN] }, undefined)).toBe(
      `Pairing code  0123 4567
Address       http://127.0.0.1:8780 (on another machine http://192.168.1.5:8780 or http://10.0.0.5:8780)
Link          http://192.168.1.5:8780/pair#01234567
In the settings of the extension, paste the link as the relay address, or type address and code.
They work once and for 5 minutes.
`,
    );
  });

  it('tells the fingerprint of the relay’s own certificate to those who come by it', () => {
    const offer = { code: '01234567', addresses: [HERE, 'https://192.168.1.5:8780'], fingerprint: 'AB:CD' };
    expect(codeText(offer, undefined)).toContain(
      'Certificate   SHA-256 AB:CD\nOn another machine open the link first',
    );
    expect(codeText({ ...offer, addresses: [HERE] }, undefined)).not.toContain('AB:CD');
  });

  it('draws the link as a QR code on a terminal', () => {
    const offer = { code: '01234567', addresses: [HERE, ...LAN] };
    const { data, size } = encode(linkOf(offer), { border: 2 });
    expect(modules(codeText(offer, 80)).slice(0, size)).toEqual(data);
    expect(size).toBeGreaterThan(21);
  });

  it.each([
    ['on a terminal that is too narrow', [HERE, ...LAN], 20],
    ['where it is no terminal', [HERE, ...LAN], undefined],
    ['of an address that means the device itself', [HERE], 80],
    ['of an IPv6 address that means the device itself', ['http://[::1]:8780'], 80],
  ])('draws none %s', (_where, addresses, columns) => {
    const text = codeText({ code: '01234567', addresses }, columns);
    expect(text).toMatch(/5 minutes\.\n$/);
  });
});
