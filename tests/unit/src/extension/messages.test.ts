import { expect, test } from 'vitest';
import { isOwnSender, parseMessage } from '../../../../src/extension/messages.ts';

const OWN = { id: 'abc', baseUrl: 'chrome-extension://abc/' };

test.each([
  [{ id: 'abc', url: 'chrome-extension://abc/popup.html' }, true],
  [{ id: 'abc' }, true],
  [{ id: 'other', url: 'chrome-extension://other/popup.html' }, false],
  [{ id: 'abc', url: 'https://evil.example/' }, false],
  [{}, false],
])('sender %o is ours: %s', (sender, own) => {
  expect(isOwnSender(sender, OWN)).toBe(own);
});

test('parses the messages of the table and nothing else', () => {
  expect(parseMessage({ to: 'background:show-wall', camera: 'gate' })).toEqual({
    to: 'background:show-wall',
    camera: 'gate',
  });
  expect(parseMessage({ to: 'background:show-wall', camera: 5 })).toBeUndefined();
  expect(parseMessage({ to: 'background:format-disk' })).toBeUndefined();
  expect(parseMessage('background:show-wall')).toBeUndefined();
});
