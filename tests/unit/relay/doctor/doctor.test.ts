import { describe, expect, it } from 'vitest';
import { checkDataDir, checkDevice } from '../../../../relay/doctor/doctor.ts';
import type { Host, PathState } from '../../../../relay/doctor/host.ts';

/** A host where only these paths exist. */
const hostWith = (paths: Readonly<Record<string, PathState | string>>): Host => ({
  run: () => Promise.resolve({ kind: 'missing' }),
  look: (path) => paths[path] ?? 'ENOENT',
  userId: 1000,
});
const folder = { kind: 'folder', mode: 0o700, usable: true, owner: 1000 } as const;
const device = { kind: 'character-device', mode: 0o660, usable: true, owner: 1000 } as const;

describe('checkDevice', () => {
  it.each([
    ['a camera', device, 'ok', '/dev/video0 can be opened'],
    ['no camera', 'ENOENT', 'fail', 'there is no /dev/video0 (ENOENT)'],
    ['a file', { ...device, kind: 'file' }, 'fail', '/dev/video0 is not a video device'],
    ['missing rights', { ...device, usable: false }, 'fail', '/dev/video0 may not be opened by this user'],
  ] satisfies [string, PathState | string, string, string][])('sees %s', (_about, state, level, what) => {
    expect(checkDevice('/dev/video0', 'cameras[0]', hostWith({ '/dev/video0': state }))).toMatchObject({
      level,
      what,
    });
  });

  it('says how to get the right to open it', () => {
    const host = hostWith({ '/dev/video0': { ...device, usable: false } });
    expect(checkDevice('/dev/video0', 'cameras[0]', host).fix).toContain('usermod -aG video');
  });
});

describe('checkDataDir', () => {
  it.each([
    ['a private folder', { '/s/l': folder }, 'ok', '/s/l can be written'],
    [
      'a folder open to others',
      { '/s/l': { ...folder, mode: 0o755 } },
      'fail',
      'the data folder /s/l is open to other users (mode 755)',
    ],
    [
      'a folder of somebody else',
      { '/s/l': { ...folder, owner: 0 } },
      'fail',
      'the data folder /s/l belongs to another user (number 0, the relay runs as 1000)',
    ],
    [
      'a folder that was made read-only',
      { '/s/l': { ...folder, usable: false } },
      'fail',
      '/s/l cannot be written by this user',
    ],
    ['a file', { '/s/l': { ...folder, kind: 'file' } }, 'fail', '/s/l is not a folder'],
    ['a folder to be created', { '/s': folder }, 'ok', '/s/l can be created'],
    ['several folders to be created', { '/': folder }, 'ok', '/s/l can be created'],
    [
      'no right to create it',
      { '/s': { ...folder, usable: false } },
      'fail',
      '/s/l cannot be written by this user',
    ],
    ['a file on the way', { '/s/l': 'ENOTDIR' }, 'fail', '/s/l cannot be written by this user'],
    ['nothing at all', {}, 'fail', '/s/l cannot be written by this user'],
  ] satisfies [string, Record<string, PathState | string>, string, string][])(
    'judges %s',
    (_about, paths, level, what) => {
      expect(checkDataDir('/s/l', hostWith(paths))).toMatchObject({ level, what, where: 'dataDir' });
    },
  );
});
