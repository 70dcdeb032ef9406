import { expect, test } from 'vitest';
import { notesOf, tagProblems } from '../../../scripts/release/artefacts.ts';
import { environmentFor, STORES } from '../../../scripts/release/stores.ts';

const CHANGELOG =
  '# Changelog\n\n## Unreleased\n\n- New.\n\n## 1.2.0 (2027-01-02)\n\n### Added\n\n- Old.\n\n## 1.2\n';

test('the notes of a release are what stands under the heading of its version', () => {
  expect(notesOf(CHANGELOG, '1.2.0')).toBe('### Added\n\n- Old.');
  expect(notesOf(CHANGELOG, '1.2')).toBe('');
  expect(notesOf(CHANGELOG, '1.2.1')).toBeUndefined();
});

test('a tag is that of the version, and the version has its notes', () => {
  expect(tagProblems(undefined, '1.2.0', undefined)).toEqual([]);
  expect(tagProblems('v1.2.0', '1.2.0', '- Old.')).toEqual([]);
  expect(tagProblems('1.2.0', '1.2.0', '- Old.')).toEqual([expect.stringContaining('The tag is 1.2.0')]);
  for (const notes of [undefined, ''])
    expect(tagProblems('v1.2.0', '1.2.0', notes)).toEqual([expect.stringContaining('"## 1.2.0"')]);
});

test('a tool sees the secrets of its own store, by the names that it knows, and no others', () => {
  const env = { PATH: '/bin', CHROME_CLIENT_ID: 'c', AMO_API_KEY: 'm' };
  const seen = STORES.map((store) => environmentFor(store, env));
  expect(seen).toEqual([
    expect.objectContaining({ PATH: '/bin', CLIENT_ID: 'c' }),
    expect.objectContaining({ PATH: '/bin', WEB_EXT_API_KEY: 'm' }),
  ]);
  expect(seen.map((names) => Object.values(names).filter((value) => value === 'c' || value === 'm'))).toEqual(
    [['c'], ['m']],
  );
});
