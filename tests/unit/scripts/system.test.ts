import { expect, test } from 'vitest';
import { howToInstall } from '../../../scripts/system.mjs';

const host = { apt: true, root: false, sudo: 'free', terminal: true } as const;

test('a person is asked before sudo changes the system, also where it wants no password', () => {
  expect(howToInstall(host)).toEqual({ command: ['sudo', 'apt-get'], ask: true });
  expect(howToInstall({ ...host, sudo: 'asks' })).toEqual({ command: ['sudo', 'apt-get'], ask: true });
});

test('without a terminal only a sudo that needs nobody installs', () => {
  expect(howToInstall({ ...host, terminal: false })).toEqual({
    command: ['sudo', '-n', 'apt-get'],
    ask: false,
  });
  expect(howToInstall({ ...host, terminal: false, sudo: 'asks' })).toBeUndefined();
});

test('root installs, others without sudo and systems without apt are told what to install', () => {
  expect(howToInstall({ ...host, root: true })).toEqual({ command: ['apt-get'], ask: false });
  expect(howToInstall({ ...host, sudo: 'none' })).toBeUndefined();
  expect(howToInstall({ ...host, root: true, apt: false })).toBeUndefined();
});
