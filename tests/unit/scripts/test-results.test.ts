import { describe, expect, test } from 'vitest';
import { type FileResult, hasFailed, withLastTry } from '../../../scripts/test-results.ts';

const file = (name: string, fields: Partial<FileResult>): FileResult => ({
  file: name,
  project: 'browser',
  tookMs: 1_000,
  broken: false,
  tests: [],
  ...fields,
});

describe('a last try', () => {
  const calm = file('a.test.ts', { tests: [{ name: 'a', state: 'passed' }] });
  const failed = file('b.test.ts', {
    tests: [
      { name: 'b1', state: 'failed', complaint: 'too late' },
      { name: 'b2', state: 'passed', complaint: 'at first' },
    ],
  });

  test('that passes leaves what each said before, and no failure', () => {
    const again = file('b.test.ts', {
      tests: [
        { name: 'b1', state: 'passed' },
        { name: 'b2', state: 'passed' },
      ],
    });
    const last = withLastTry([calm, failed], [again]);
    expect(last.some(hasFailed)).toBe(false);
    expect(last).toEqual([
      calm,
      {
        ...failed,
        tookMs: 2_000,
        tests: [
          { name: 'b1', state: 'passed', complaint: 'too late' },
          { name: 'b2', state: 'passed', complaint: 'at first' },
        ],
      },
    ]);
  });

  test('that fails stays a failure, of another test too', () => {
    const tests = [
      { name: 'b1', state: 'passed' },
      { name: 'b2', state: 'failed', complaint: 'gone' },
    ];
    expect(withLastTry([calm, failed], [file('b.test.ts', { tests })]).filter(hasFailed)).toHaveLength(1);
  });

  test('of a file that could not be run the first time counts its tests', () => {
    const broken = file('c.test.ts', { broken: true });
    expect(hasFailed(broken)).toBe(true);
    const again = file('c.test.ts', { tests: [{ name: 'c', state: 'passed' }] });
    expect(withLastTry([broken], [again]).some(hasFailed)).toBe(false);
  });

  test('of one project is not taken for that of another', () => {
    const other = { ...failed, project: 'browser-alone' };
    const again = file('b.test.ts', { tests: [{ name: 'b1', state: 'passed' }] });
    expect(withLastTry([failed, other], [again]).map(hasFailed)).toEqual([false, true]);
  });
});
