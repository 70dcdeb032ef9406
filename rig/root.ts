/** Finds the project's folder from wherever this module runs: bundled in dist/tools, or as source in a test. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

function find(from: string): string {
  if (existsSync(join(from, 'manifest.json')) && existsSync(join(from, 'package.json'))) return from;
  const parent = dirname(from);
  if (parent === from)
    throw new Error('The project folder (with manifest.json and package.json) was not found.');
  return find(parent);
}

/** Absolute path inside the project. */
export function inProject(...parts: readonly string[]): string {
  return join(find(dirname(fileURLToPath(import.meta.url))), ...parts);
}
