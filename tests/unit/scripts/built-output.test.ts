import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { refresh } from '../../../scripts/built-output.mjs';

let base = '';
let folder = '';
let stamp = '';
let input = '';
const make = vi.fn(async () => ({
  files: new Map([
    ['page.js', await readFile(input, 'utf8')],
    [join('icons', 'icon.png'), 'picture'],
  ]),
  inputs: [input],
}));

beforeEach(async () => {
  make.mockClear();
  base = await mkdtemp(join(tmpdir(), 'lockstep-built-'));
  folder = join(base, 'out');
  stamp = join(base, 'stamps', 'out.json');
  input = join(base, 'source.ts');
  await writeFile(input, 'one');
  // Saved some time ago: what is saved while it is built counts as changed.
  await utimes(input, 1000, 1000);
});
afterEach(() => rm(base, { recursive: true }));

const text = (name: string): Promise<string> => readFile(join(folder, name), 'utf8');

test('builds once, and again only when an input has changed', async () => {
  expect(await refresh(folder, stamp, make)).toBe(true);
  expect(await refresh(folder, stamp, make)).toBe(false);
  await writeFile(input, 'two');
  await utimes(input, 2000, 2000);
  expect(await refresh(folder, stamp, make)).toBe(true);
  expect(await text('page.js')).toBe('two');
  expect(make).toHaveBeenCalledTimes(2);
});

test('builds again when an output was removed or altered, or an input is gone', async () => {
  await refresh(folder, stamp, make);
  await rm(join(folder, 'page.js'));
  expect(await refresh(folder, stamp, make)).toBe(true);
  await writeFile(join(folder, 'page.js'), 'by hand');
  expect(await refresh(folder, stamp, make)).toBe(true);
  expect(await text('page.js')).toBe('one');
  await rm(input);
  await expect(refresh(folder, stamp, make)).rejects.toThrow('ENOENT');
  expect(await text('page.js')).toBe('one');
});

test('an input that is saved during the build makes it stale again', async () => {
  await refresh(folder, stamp, async () => {
    const built = await make();
    await writeFile(input, 'two');
    await utimes(input, Date.now() / 1000 + 1, Date.now() / 1000 + 1);
    return built;
  });
  expect(await text('page.js')).toBe('one');
  expect(await refresh(folder, stamp, make)).toBe(true);
});

test('a folder that a browser uses is never emptied: files that stay the same are not touched', async () => {
  await refresh(folder, stamp, make);
  const before = await stat(join(folder, 'icons', 'icon.png'));
  await writeFile(input, 'two');
  await refresh(folder, stamp, async () => {
    // While it is built, all that was there still is.
    expect((await readdir(folder)).sort()).toEqual(['icons', 'page.js']);
    return make();
  });
  const after = await stat(join(folder, 'icons', 'icon.png'));
  expect([after.ino, after.mtimeMs]).toEqual([before.ino, before.mtimeMs]);
});

test('what is left over goes, with its folder', async () => {
  await refresh(folder, stamp, make);
  await refresh(folder, join(base, 'other.json'), async () => ({
    files: new Map([['page.js', 'three']]),
    inputs: [input],
  }));
  expect(await readdir(folder)).toEqual(['page.js']);
});
