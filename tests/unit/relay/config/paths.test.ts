import { chmodSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defaultDataDir, ensureDataDir } from '../../../../relay/config/paths.ts';

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

  it('leaves the mode of a folder that exists', () => {
    chmodSync(folder, 0o750);
    ensureDataDir(folder);
    expect(modeOf(folder)).toBe('750');
  });
});
