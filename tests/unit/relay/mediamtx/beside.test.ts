import { describe, expect, it } from 'vitest';
import { choose, MediamtxMissingError } from '../../../../relay/mediamtx/beside.ts';
import type { Found } from '../../../../relay/mediamtx/find.ts';
import { parseVersion } from '../../../../relay/mediamtx/version.ts';

const version = parseVersion('1.20.1');
if (version === undefined) throw new Error('no version');
const FOUND: Found = { kind: 'found', path: '/opt/mediamtx', version, passedOver: ['/bin/mediamtx is old'] };
const NONE: Found = { kind: 'none', problem: 'no usable MediaMTX on PATH or in /d/bin', passedOver: [] };

describe('whether MediaMTX runs beside the wall', () => {
  it.each(['auto', true] as const)('takes a usable one for %s, and says which', async (wanted) => {
    expect(await choose(wanted, () => Promise.resolve(FOUND))).toEqual({
      program: '/opt/mediamtx',
      why: 'found 1.20.1 at /opt/mediamtx',
      passedOver: ['/bin/mediamtx is old'],
    });
  });

  it('goes without it for auto, and says why', async () => {
    expect(await choose('auto', () => Promise.resolve(NONE))).toMatchObject({
      program: undefined,
      why: 'no usable MediaMTX on PATH or in /d/bin',
    });
  });

  it('refuses in a sentence when it must be there', async () => {
    await expect(choose(true, () => Promise.resolve(NONE))).rejects.toThrow(
      new MediamtxMissingError('mediamtx.enabled is true, but no usable MediaMTX on PATH or in /d/bin'),
    );
  });

  it('does not look for it when it is switched off', async () => {
    const find = () => Promise.reject(new Error('looked'));
    expect(await choose(false, find)).toMatchObject({ program: undefined, why: 'as configured' });
  });
});
