/** Every text that a user of the extension reads is in `_locales`, in each language, and each of them is used. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { inProject } from '../../../../rig/root.ts';
import { around, decimal, plural, text } from '../../../../src/texts/text.ts';
import { sourceWords } from './source-words.ts';

const LANGUAGES = readdirSync(inProject('_locales'));

function messages(language: string): Record<string, string> {
  const file: Record<string, { message: string }> = JSON.parse(
    readFileSync(inProject(`_locales/${language}/messages.json`), 'utf8'),
  );
  return Object.fromEntries(Object.entries(file).map(([key, { message }]) => [key, message]));
}

const english = messages('en');

/** For developers, or the same in every language. */
const NO_TEXTS: readonly (readonly [file: RegExp, why: string])[] = [
  [/^viewer\/ui\/diagnostics\.ts$/, 'a report for those who mend it'],
  [/^viewer\/measure\//, 'measure builds only'],
  [/^wire\//, 'shared with the relay, and never shown'],
];
/** The same in every language, or not shown: anything in any file, the rest by file. */
const NAMES = new Set([
  ...['Lockstep', 'Lockstep: …', 'MediaMTX', 'Firefox', 'Edge', 'Opera', 'Chromium'],
  ...['Android', 'ChromeOS', 'Windows', 'Mac', 'Linux'],
  // Commands.
  ...['sudo', 'lockstep init', 'lockstep pair', 'lockstep_…_all.deb', 'lockstep-wall-….tgz'],
  ...['sudo apt install ./lockstep_…_all.deb', 'npm install --global ./lockstep-wall-….tgz'],
]);
const CODES: Readonly<Record<string, readonly string[]>> = {
  'extension/reach.ts': ['this computer', 'same network'],
  // On the key itself.
  'viewer/ui/about.tsx': ['Esc'],
  // For the configuration.
  'viewer/calibrate/offsets.ts': ['- id: … offsetMs: …'],
  // A class.
  'viewer/tile/early-player.ts': ['early waiting'],
  // For the log.
  'viewer/wall/latency-policy.ts': ['… chosen', '… entered'],
  'viewer/push/rung-links.ts': ['nothing came of it', 'no keyframe of it came in time'],
  // Of HTTP.
  'viewer/webrtc/whep-client.ts': ['Bearer …', 'Location'],
};

const files = readdirSync(inProject('src'), { recursive: true, encoding: 'utf8' })
  .filter((path) => /\.tsx?$/.test(path) && !path.endsWith('.d.ts'))
  .filter((path) => !NO_TEXTS.some(([file]) => file.test(path)));
const sources = new Map(
  files.map((path) => [path, sourceWords(readFileSync(inProject(join('src', path)), 'utf8'), path)]),
);

describe('none is hard-coded', () => {
  test.each(files)('%s', (path) => {
    const written = new Set(sources.get(path)?.written);
    expect([...written].filter((words) => !NAMES.has(words))).toEqual(CODES[path] ?? []);
  });

  test.each([
    ['an element', '<p>No wall is open.</p>', 'No wall is open.'],
    ['an attribute', '<input title="Age" />', 'Age'],
    ['a template in an attribute', '<input aria-label={`Show $'.concat('{name} here`} />'), 'Show … here'],
    ['a value', "const word = { word: 'Frozen' };", 'Frozen'],
    ['a choice', "const said = ok ? 'all is well' : text('bad');", 'all is well'],
    ['an error that is shown', "new PairError('relay', 'The relay refused.');", 'The relay refused.'],
  ])('is noticed in %s', (_where, source, words) => {
    expect(sourceWords(source, 'x.tsx').written).toEqual([words]);
  });

  test.each([
    "<div class={`tile open`} aria-describedby='one two' />",
    "log('the relay has no such rung');",
    "throw new Error('component is outside of the wall');",
    "text('popupNoWall');",
    "import x from './some file.ts'; type T = 'two words';",
  ])('%s is none', (source) => {
    expect(sourceWords(source, 'x.tsx').written).toEqual([]);
  });
});

describe.each(LANGUAGES)('%s', (language) => {
  const own = messages(language);

  test('has the texts of the English file', () => {
    expect(Object.keys(own)).toEqual(Object.keys(english));
    expect(Object.values(own)).not.toContain('');
    expect(own.language).toBe(language);
  });

  test.each(Object.keys(english))('%s has the same placeholders', (key) => {
    const placeholders = (words = ''): string[] => (words.match(/\$\d/g) ?? []).sort();
    // The form for one may say "one".
    const optional = key.endsWith('_one') ? '$1' : undefined;
    const wanted = placeholders(english[key]).filter((each) => each !== optional);
    expect(placeholders(own[key]).filter((each) => each !== optional)).toEqual(wanted);
  });
});

test('each text is used', () => {
  const manifest = readFileSync(inProject('manifest.json'), 'utf8');
  const all = [...sources.values()];
  const unused = Object.keys(english).filter((key) => {
    const stem = key.replace(/_(one|other)$/, '');
    if (manifest.includes(`__MSG_${key}__`)) return false;
    return !all.some(({ strings, patterns }) => strings.has(stem) || patterns.some((each) => each.test(key)));
  });
  // Put together in mode-words.ts.
  expect(unused.filter((key) => !/^mode\w+Hint$/.test(key))).toEqual([]);
});

test('a text takes its substitutions, its form for the count, and an element', () => {
  expect(text('listAnd', 'Door', 'Yard')).toBe('Door and Yard');
  expect([plural('days', 1), plural('days', 3)]).toEqual(['1 day', '3 days']);
  expect(around('behind')).toEqual(['', ' behind']);
  expect(decimal(1234.5, 2)).toBe('1234.50');
});
