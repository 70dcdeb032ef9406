import { expect, test } from 'vitest';
import { parseRelayAddress } from '../../../../src/extension/relay-address.ts';

test.each([
  ['127.0.0.1:8780', '127.0.0.1:8780', 'ws://127.0.0.1:8780/control'],
  ['  camera-host  ', 'camera-host:8780', 'ws://camera-host:8780/control'],
  ['http://127.0.0.1:9000', '127.0.0.1:9000', 'ws://127.0.0.1:9000/control'],
  ['ws://camera-host:80/', 'camera-host:80', 'ws://camera-host:80/control'],
  ['[::1]:8780', '[::1]:8780', 'ws://[::1]:8780/control'],
  ['[::1]', '[::1]:8780', 'ws://[::1]:8780/control'],
  ['https://cameras.example', 'wss://cameras.example', 'wss://cameras.example/control'],
  [
    'wss://cameras.example:8443/wall/',
    'wss://cameras.example:8443/wall',
    'wss://cameras.example:8443/wall/control',
  ],
])('reads %s', (typed, text, controlUrl) => {
  const address = parseRelayAddress(typed);
  expect(address?.text).toBe(text);
  expect(address?.controlUrl).toBe(controlUrl);
  expect(address?.mediaUrl).toBe(controlUrl.replace(/control$/, 'media'));
  expect(address?.whepUrl).toBe(controlUrl.replace(/^ws/, 'http').replace(/control$/, 'whep'));
});

test.each([
  '',
  '   ',
  'ftp://host',
  'http://',
  'host:port',
  'host name',
  'http://user:secret@host',
  'host:8780?token=1',
])('refuses "%s"', (typed) => {
  expect(parseRelayAddress(typed)).toBeUndefined();
});

test('reads its own text again', () => {
  for (const typed of ['host', 'http://host:80', 'wss://host/wall']) {
    const once = parseRelayAddress(typed);
    expect(parseRelayAddress(once?.text ?? '')).toEqual(once);
  }
});
