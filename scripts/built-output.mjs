/**
 * Keeps a folder of built files up to date without ever emptying it: a browser may have it loaded. A stamp beside it
 * says which inputs it was made of, so that nothing is built that is not stale.
 */
import { mkdir, readdir, readFile, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/**
 * @typedef {object} Built
 * @property {ReadonlyMap<string, Uint8Array | string>} files path inside the folder → what it holds
 * @property {readonly string[]} inputs absolute paths of all files that it was made of
 * @property {number} [mode] of new files, default 0o644
 */

/**
 * Builds `folder` if an input or an output has changed since it was last built.
 * @param {string} folder absolute
 * @param {string} stampFile absolute
 * @param {() => Promise<Built>} make
 * @returns {Promise<boolean>} whether it was stale
 */
export async function refresh(folder, stampFile, make) {
  if (await isCurrent(stampFile)) return false;
  // Before the build, so that an input that is saved meanwhile makes it stale again.
  const startedMs = Date.now();
  const { files, inputs, mode } = await make();
  await fill(folder, files, mode);
  const signed = [...inputs, ...[...files.keys()].map((name) => join(folder, name))];
  const entries = await Promise.all(
    signed.map(async (path) => {
      const { mtimeMs, size } = await stat(path);
      const savedMeanwhile = mtimeMs > startedMs && inputs.includes(path);
      return [path, savedMeanwhile ? '' : `${mtimeMs}:${size}`];
    }),
  );
  await writeWhole(stampFile, JSON.stringify(Object.fromEntries(entries)), 0o644);
  return true;
}

/** @param {string} stampFile */
async function isCurrent(stampFile) {
  try {
    /** @type {Record<string, string>} */
    const stamp = JSON.parse(await readFile(stampFile, 'utf8'));
    for (const [path, signature] of Object.entries(stamp)) {
      const { mtimeMs, size } = await stat(path);
      if (`${mtimeMs}:${size}` !== signature) return false;
    }
    return true;
  } catch {
    // No stamp, one of another shape, or a file that is gone.
    return false;
  }
}

/**
 * Makes a folder hold these files: what differs is replaced whole, then what is left over goes.
 * @param {string} folder
 * @param {ReadonlyMap<string, Uint8Array | string>} files
 * @param {number} [mode]
 */
async function fill(folder, files, mode = 0o644) {
  for (const [name, content] of files) {
    const path = join(folder, name);
    const bytes = Buffer.from(content);
    const old = await readFile(path).catch(() => undefined);
    if (old === undefined || !old.equals(bytes)) await writeWhole(path, bytes, mode);
  }
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isDirectory()) continue;
    if (!files.has(path.slice(folder.length + 1))) {
      await rm(path);
      await rmdir(entry.parentPath).catch(() => undefined);
    }
  }
}

/**
 * By a rename, so that a reader sees the old file or the new one.
 * @param {string} path
 * @param {string | Uint8Array} content
 * @param {number} mode
 */
async function writeWhole(path, content, mode) {
  await mkdir(dirname(path), { recursive: true });
  const next = `${path}.${process.pid}.new`;
  await writeFile(next, content, { mode });
  await rename(next, path);
}
