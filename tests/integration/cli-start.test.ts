/** `npm run lockstep` as a user runs it: it builds the relay and leaves the extension alone. */
import { execFile } from 'node:child_process';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, expect, it } from 'vitest';
import { inProject } from '../../rig/root.ts';
import { build } from '../../scripts/build.mjs';

const extension = inProject('dist/chrome');

beforeAll(async () => {
  await build(['chrome']);
});

it('does not touch the extension that a browser has loaded', async () => {
  const before = await listing();
  const start = inProject('scripts/start.mjs');
  const { stdout } = await promisify(execFile)(process.execPath, [start, 'lockstep', '--version']);
  expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  expect(await listing()).toEqual(before);
});

/** Every file with its identity and the time of its last change. */
async function listing(): Promise<string[]> {
  const names = (await readdir(extension, { recursive: true })).sort();
  return Promise.all(
    names.map(async (name) => {
      const { ino, mtimeMs } = await stat(join(extension, name));
      return `${name} ${ino} ${mtimeMs}`;
    }),
  );
}
