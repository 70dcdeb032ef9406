import { describe, expect, it } from 'vitest';
import {
  addressProblem,
  KNOWN_CHECKSUMS,
  parseChecksums,
  RELEASE_VERSION,
  releaseAsset,
} from '../../../../relay/mediamtx/release.ts';

describe('a release of MediaMTX', () => {
  it.each([
    ['linux', 'x64', undefined, 'mediamtx_v1.20.1_linux_amd64.tar.gz'],
    ['linux', 'arm64', undefined, 'mediamtx_v1.20.1_linux_arm64.tar.gz'],
    ['linux', 'arm', '7', 'mediamtx_v1.20.1_linux_armv7.tar.gz'],
    ['linux', 'arm', '6', 'mediamtx_v1.20.1_linux_armv6.tar.gz'],
    ['darwin', 'arm64', undefined, 'mediamtx_v1.20.1_darwin_arm64.tar.gz'],
    ['darwin', 'x64', undefined, 'mediamtx_v1.20.1_darwin_amd64.tar.gz'],
  ])('has an archive for %s on %s %s', (platform, arch, armVersion, name) => {
    expect(releaseAsset('1.20.1', { platform, arch, armVersion })).toEqual({ name });
  });

  it.each([
    ['win32', 'x64', /installed by hand/],
    ['freebsd', 'x64', /no program for freebsd on x64/],
    ['linux', 'ia32', /no program for linux on ia32/],
    ['linux', 'arm', /no program for linux on arm/],
    ['constructor', 'name', /no program for constructor/],
  ])('has none for %s on %s', (platform, arch, problem) => {
    expect(releaseAsset('1.20.1', { platform, arch, armVersion: undefined })).toEqual({
      problem: expect.stringMatching(problem),
    });
  });

  it('has known checksums of the tested version only, as SHA-256', () => {
    for (const [name, hash] of KNOWN_CHECKSUMS) {
      expect(name).toContain(`_v${RELEASE_VERSION}_`);
      expect(hash).toMatch(/^[0-9a-f]{64}$/);
    }
  });

  it.each(['https://mirror.example/a', 'http://127.0.0.1:8000/a', 'http://localhost/a', 'http://[::1]:80/a'])(
    'may come from %s',
    (address) => {
      expect(addressProblem(address)).toBeUndefined();
    },
  );

  it.each([
    'http://mirror.example/a',
    'http://127.0.0.1.example/a',
    'http://192.168.1.7/a',
    'file:///a',
    'a',
  ])('may not come from %s', (address) => {
    expect(addressProblem(address)).toBeTypeOf('string');
  });

  it('lists checksums in the notations of sha256sum', () => {
    const a = 'a'.repeat(64);
    const b = 'B'.repeat(64);
    const text = `${a} *one.tar.gz\n${b}  two.tar.gz\r\n\nnot a line\n${'c'.repeat(63)} *short.tar.gz\n`;
    expect([...parseChecksums(text)]).toEqual([
      ['one.tar.gz', a],
      ['two.tar.gz', 'b'.repeat(64)],
    ]);
  });
});
