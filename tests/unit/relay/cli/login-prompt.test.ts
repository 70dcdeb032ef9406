import { expect, it } from 'vitest';
import { readLogin, shownLogin } from '../../../../relay/cli/login-prompt.ts';

it.each([
  ['admin:secret', { username: 'admin', password: 'secret' }],
  ['admin:a:b:', { username: 'admin', password: 'a:b:' }],
  [' admin: s ', { username: 'admin', password: ' s ' }],
  ['admin:', { username: 'admin', password: '' }],
  ['admin', undefined],
  [':secret', undefined],
  ['', undefined],
])('reads %j', (text, login) => {
  expect(readLogin(text)).toEqual(login);
});

it.each([
  ['admin', 'admin'],
  ['admin:', 'admin:'],
  ['admin:a:b€', 'admin:****'],
])('shows of %j nothing of the password', (text, shown) => {
  expect(shownLogin(text, '*')).toBe(shown);
});
