import { describe, expect, it } from 'vitest';
import { fileFromTar, TarError } from '../../../../relay/mediamtx/tar.ts';

interface Entry {
  readonly name: string;
  readonly content?: string;
  readonly type?: string;
}

/** An archive by the layout of POSIX.1-1988 ustar. */
function tar(entries: readonly Entry[]): Buffer {
  const blocks = entries.flatMap(({ name, content = '', type = '0' }) => {
    const header = Buffer.alloc(512);
    header.write(name, 0);
    header.write('0000755\0', 100);
    header.write(`${content.length.toString(8).padStart(11, '0')}\0`, 124);
    header.write('        ', 148);
    header.write(type, 156);
    header.write('ustar\x0000', 257);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    const body = Buffer.alloc(Math.ceil(content.length / 512) * 512);
    body.write(content);
    return [header, body];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

const PROGRAM = 'x'.repeat(1_500);

describe('an archive', () => {
  it('gives the file of that name', () => {
    const archive = tar([
      { name: 'LICENSE', content: 'free' },
      { name: 'mediamtx', content: PROGRAM },
    ]);
    expect(fileFromTar(archive, 'mediamtx')?.toString()).toBe(PROGRAM);
  });

  it('may name it with a leading ./', () => {
    expect(fileFromTar(tar([{ name: './mediamtx', content: 'a' }]), 'mediamtx')?.toString()).toBe('a');
  });

  it.each([
    ['a link', [{ name: 'mediamtx', type: '2' }]],
    ['a folder', [{ name: 'mediamtx', type: '5' }]],
    ['a file further down', [{ name: 'other/mediamtx', content: 'a' }]],
    ['nothing', []],
  ])('does not take %s for it', (_, entries) => {
    expect(fileFromTar(tar(entries), 'mediamtx')).toBeUndefined();
  });

  it('is refused when it ends too early', () => {
    const archive = tar([{ name: 'mediamtx', content: PROGRAM }]);
    for (const end of [100, 512, 600, 1_900]) {
      expect(() => fileFromTar(archive.subarray(0, end), 'mediamtx')).toThrow(TarError);
    }
  });

  it('is refused when a header is damaged', () => {
    const archive = tar([{ name: 'mediamtx', content: PROGRAM }]);
    archive[3] = 0x21;
    expect(() => fileFromTar(archive, 'mediamtx')).toThrow('the archive is damaged');
  });
});
