/**
 * The Chromium programs that a test may run on: the one on PATH, and those that the environment variable
 * LOCKSTEP_CHROMIUM names (`path[,path…]`). So the extension is tried on the oldest version that it promises to run
 * on beside the newest.
 */
import { execFileSync } from 'node:child_process';
import { findBrowser } from './browser.ts';

const VARIABLE = 'LOCKSTEP_CHROMIUM';

export interface ChromiumProgram {
  readonly path: string;
  /** As in `150.0.7871.100`. */
  readonly version: string;
}

/**
 * Newest first, one of each version.
 * @throws Error when the variable names a program that does not run
 */
export function chromiums(): readonly ChromiumProgram[] {
  const named = (process.env[VARIABLE] ?? '').split(',').filter((path) => path !== '');
  const onPath = findBrowser();
  const paths = onPath?.kind === 'chromium' ? [onPath.path, ...named] : named;
  const byVersion = new Map<string, ChromiumProgram>();
  for (const path of paths) {
    const version = versionOf(path);
    if (!byVersion.has(version)) byVersion.set(version, { path, version });
  }
  return [...byVersion.values()].sort((a, b) => b.version.localeCompare(a.version, 'en', { numeric: true }));
}

function versionOf(path: string): string {
  let output: string;
  try {
    output = execFileSync(path, ['--version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  } catch (error) {
    throw new Error(`${path} (PATH or ${VARIABLE}) does not run`, { cause: error });
  }
  const version = /\d+(\.\d+)+/.exec(output)?.[0];
  if (version === undefined)
    throw new Error(`${path} (PATH or ${VARIABLE}) tells no version: ${output.trim()}`);
  return version;
}
