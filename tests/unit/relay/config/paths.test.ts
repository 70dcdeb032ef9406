import { chmodSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dataDirProblem, defaultDataDir, ensureDataDir } from '../../../../relay/config/paths.ts';

describe('defaultDataDir', () => {
  it('uses XDG_STATE_HOME', () => {
    expect(defaultDataDir({ XDG_STATE_HOME: '/var/state' }, '/home/ann')).toBe('/var/state/lockstep');
  });

  it.each([{}, { XDG_STATE_HOME: '' }, { XDG_STATE_HOME: 'state' }])(
    'falls back to the home folder for %j',
    (env) => {
      expect(defaultDataDir(env, '/home/ann')).toBe('/home/ann/.local/state/lockstep');
    },
  );
});

describe('ensureDataDir', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'lockstep-paths-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8);

  it('creates the folder for its owner alone', () => {
    const path = join(folder, 'state', 'lockstep');
    ensureDataDir(path);
    expect(modeOf(path)).toBe('700');
  });

  it.each([0o750, 0o701, 0o770])('refuses a folder that is open to others: mode %o', (mode) => {
    chmodSync(folder, mode);
    const octal = mode.toString(8);
    expect(() => ensureDataDir(folder)).toThrow(`is open to other users (mode ${octal})`);
    expect(modeOf(folder)).toBe(octal);
  });

  it('refuses a folder of another user, and says what to do', () => {
    expect(dataDirProblem('/var/l', { mode: 0o700, owner: 33 }, 1000)).toEqual({
      what: 'the data folder /var/l belongs to another user (number 33, the relay runs as 1000)',
      fix: 'Run the relay as its owner, give it away with `sudo chown -R 1000 /var/l`, or set "dataDir" to another folder.',
    });
    expect(dataDirProblem('/var/l', { mode: 0o40700, owner: 1000 }, 1000)).toBeUndefined();
    expect(dataDirProblem('/var/l', { mode: 0o777, owner: 0 }, undefined)).toBeUndefined();
  });
});
