import { describe, expect, it } from 'vitest';
import { chooseEngine, EngineError } from '../../../../relay/engine/choose.ts';
import type { Found } from '../../../../relay/mediamtx/find.ts';
import { parseVersion } from '../../../../relay/mediamtx/version.ts';

const version = parseVersion('1.20.1');
if (version === undefined) throw new Error('no version');
const FOUND: Found = { kind: 'found', path: '/opt/mediamtx', version, passedOver: ['/bin/mediamtx is old'] };
const NONE: Found = { kind: 'none', problem: 'no usable MediaMTX on PATH or in /d/bin', passedOver: [] };

describe('chooseEngine', () => {
  it.each(['auto', 'mediamtx'] as const)('takes a usable MediaMTX for %s, and says which', async (wanted) => {
    expect(await chooseEngine(wanted, () => Promise.resolve(FOUND))).toEqual({
      name: 'mediamtx',
      why: 'found 1.20.1 at /opt/mediamtx',
      program: '/opt/mediamtx',
      passedOver: ['/bin/mediamtx is old'],
    });
  });

  it('falls back to the builtin engine for auto, and says why', async () => {
    expect(await chooseEngine('auto', () => Promise.resolve(NONE))).toEqual({
      name: 'builtin',
      why: 'no usable MediaMTX on PATH or in /d/bin',
    });
  });

  it('refuses mediamtx in a sentence when there is none', async () => {
    await expect(chooseEngine('mediamtx', () => Promise.resolve(NONE))).rejects.toThrow(
      new EngineError('engine mediamtx cannot run: no usable MediaMTX on PATH or in /d/bin'),
    );
  });

  it('does not look for MediaMTX when builtin is asked for', async () => {
    const find = () => Promise.reject(new Error('looked'));
    expect(await chooseEngine('builtin', find)).toEqual({ name: 'builtin', why: 'as configured' });
  });
});
