import { expect, test } from 'vitest';
import { isMeantAsLink, pairLink, readPairLink } from '../../../../src/wire/pair-link.ts';

test.each([
  ['http://127.0.0.1:8780', 'http://127.0.0.1:8780/pair#01234567'],
  ['http://[fd00::5]:8780', 'http://[fd00::5]:8780/pair#01234567'],
  ['https://wall.example', 'https://wall.example/pair#01234567'],
  ['https://wall.example/cameras', 'https://wall.example/cameras/pair#01234567'],
])('of %s is read again', (address, link) => {
  expect(pairLink({ address, code: '01234567' })).toBe(link);
  expect(readPairLink(link)).toEqual({ address, code: '01234567' });
});

test('is read as a browser shows it: with blanks around, and without the port of its scheme', () => {
  expect(readPairLink('  http://camera-host/pair/#01234567\n')).toEqual({
    address: 'http://camera-host:80',
    code: '01234567',
  });
});

test.each([
  '127.0.0.1:8780',
  'http://127.0.0.1:8780',
  'http://127.0.0.1:8780/pair',
  'http://127.0.0.1:8780/pair#0123456',
  'http://127.0.0.1:8780/pair#0123456x',
  'http://127.0.0.1:8780/live#01234567',
  'http://127.0.0.1:8780/pair?token=1#01234567',
  'http://user:secret@127.0.0.1:8780/pair#01234567',
  'javascript://127.0.0.1/pair#01234567',
  'http://',
])('is not "%s"', (text) => {
  expect(readPairLink(text)).toBeUndefined();
});

test.each([
  ['http://127.0.0.1:8780/pair#01234567', true],
  ['http://127.0.0.1:8780/pair', true],
  ['https://wall.example/cameras/pair/#0123\n', true],
  ['http://127.0.0.1:8780', false],
  ['http://127.0.0.1:8780/repair', false],
  ['http://127.0.0.1:8780/pair/x', false],
  ['127.0.0.1:8780/pair#01234567', false],
])('was %j to be a link? %s', (text, meant) => {
  expect(isMeantAsLink(text)).toBe(meant);
});
