import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConfigError } from '../../../../relay/config/problem.ts';
import { ChangedMeanwhile, changeConfig, notWritable } from '../../../../relay/setup/write-config.ts';

const GOOD = 'cameras: [{id: a, source: {type: test}}]\n';
const NOW_MS = Date.UTC(2026, 0, 2, 3, 4, 5);
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lockstep-setup-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));
const file = (): string => join(folder, 'lockstep.yaml');

describe('changeConfig', () => {
  it('writes a new file for its owner alone', () => {
    const { config, backup } = changeConfig(file(), (text) => (text === undefined ? GOOD : ''), NOW_MS);
    expect(config.cameras.map(({ id }) => id)).toEqual(['a']);
    expect(backup).toBeUndefined();
    expect(statSync(file()).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(['lockstep.yaml']);
  });

  it('keeps the text from before beside it, and its rights', () => {
    writeFileSync(file(), GOOD, { mode: 0o640 });
    const { backup = '' } = changeConfig(file(), (text) => `# more\n${text}`, NOW_MS);
    expect(backup).toBe(`${file()}.20260102T030405.bak`);
    expect(readFileSync(backup, 'utf8')).toBe(GOOD);
    expect(readFileSync(file(), 'utf8')).toBe(`# more\n${GOOD}`);
    expect([statSync(file()).mode & 0o777, statSync(backup).mode & 0o777]).toEqual([0o640, 0o640]);
  });

  it('changes nothing when the result would not be valid, or cannot be made', () => {
    writeFileSync(file(), GOOD);
    expect(() => changeConfig(file(), () => 'cameras: []\n', NOW_MS)).toThrow(ConfigError);
    const broken = (): string => {
      throw new Error('no');
    };
    expect(() => changeConfig(file(), broken, NOW_MS)).toThrow('no');
    expect(readFileSync(file(), 'utf8')).toBe(GOOD);
    expect(readdirSync(folder)).toEqual(['lockstep.yaml']);
  });
});

describe('a text that somebody else wrote', () => {
  it('while ours was made is left as it is', () => {
    writeFileSync(file(), GOOD);
    const theirs = `# theirs\n${GOOD}`;
    const change = (text?: string): string => {
      writeFileSync(file(), theirs);
      return `# ours\n${text}`;
    };
    expect(() => changeConfig(file(), change, NOW_MS)).toThrow(ChangedMeanwhile);
    expect(readFileSync(file(), 'utf8')).toBe(theirs);
    expect(readdirSync(folder)).toEqual(['lockstep.yaml']);
  });

  it('is kept where it is worth it', () => {
    writeFileSync(file(), GOOD);
    const more = (text?: string): string => `# more\n${text}`;
    expect(changeConfig(file(), more, NOW_MS, () => false).backup).toBeUndefined();
    expect(changeConfig(file(), more, NOW_MS, (text) => text.startsWith('# more')).backup).toBeDefined();
  });
});

describe('notWritable', () => {
  it('tells why', () => {
    expect(notWritable(file())).toBeUndefined();
    expect(notWritable(join(folder, 'gone', 'lockstep.yaml'))).toBe(
      `there is no folder ${join(folder, 'gone')}`,
    );
  });
});
