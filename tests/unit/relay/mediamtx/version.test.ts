import { describe, expect, it } from 'vitest';
import { isSupported, OLDEST_VERSION, parseVersion } from '../../../../relay/mediamtx/version.ts';

describe('a version of MediaMTX', () => {
  it.each([
    ['v1.20.1\n', { major: 1, minor: 20, patch: 1, text: '1.20.1' }],
    ['1.19.0', { major: 1, minor: 19, patch: 0, text: '1.19.0' }],
    ['v1.20.1-7-g0a1b2c3', { major: 1, minor: 20, patch: 1, text: '1.20.1-7-g0a1b2c3' }],
  ])('is read from %j', (text, version) => {
    expect(parseVersion(text)).toEqual(version);
  });

  it.each(['', 'v1.20', 'ffmpeg version 5.1', 'v1.20.1 and more', 'v1.20.1\nv1.20.2'])(
    'is not seen in %j',
    (text) => {
      expect(parseVersion(text)).toBeUndefined();
    },
  );

  it.each([
    ['1.18.2', false],
    [OLDEST_VERSION, true],
    ['1.20.1', true],
    ['0.23.0', false],
    ['2.0.0', true],
  ])('%s is supported: %s', (text, supported) => {
    const version = parseVersion(text);
    expect(version !== undefined && isSupported(version)).toBe(supported);
  });
});
