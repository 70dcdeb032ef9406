/** Puts a changed configuration in the place of the old one, which is kept beside it. */
import { accessSync, constants, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { loadConfig } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import { hasCode, readIfPresent, writePrivateFile } from '../files/private-file.ts';

export interface Written {
  readonly config: Config;
  /** Where the text from before is kept; undefined when there was none. */
  readonly backup: string | undefined;
}

/** Somebody else wrote the file since it was looked at. */
export class ChangedMeanwhile extends Error {
  override readonly name = 'ChangedMeanwhile';
  constructor(file: string) {
    super(
      `${file} was changed by somebody else meanwhile, so nothing was written. Look at it, and try again.`,
    );
  }
}

/**
 * @param change what becomes of the text, or of undefined where there is no file
 * @param nowMs wall clock, for the name of the backup
 * @param worthKeeping whether the text from before is kept beside the new one; by default always
 * @throws ConfigError when the result would not be valid, ChangedMeanwhile; nothing has changed then, as after any other
 *   error
 */
export function changeConfig(
  file: string,
  change: (text: string | undefined) => string,
  nowMs: number,
  worthKeeping: (text: string) => boolean = () => true,
): Written {
  // Read now: somebody may have edited it while questions were asked.
  const before = readIfPresent(file);
  const rights = before === undefined ? undefined : statSync(file);
  const candidate = `${file}.new`;
  try {
    writePrivateFile(candidate, change(before), rights);
    const config = loadConfig(candidate);
    // Not a moment between the two: whoever writes later than this replaces our text, and not we theirs.
    if (readIfPresent(file) !== before) throw new ChangedMeanwhile(file);
    let backup: string | undefined;
    if (before !== undefined && worthKeeping(before)) {
      backup = `${file}.${stamp(nowMs)}.bak`;
      writePrivateFile(backup, before, rights);
    }
    renameSync(candidate, file);
    return { config, backup };
  } finally {
    rmSync(candidate, { force: true });
  }
}

/** As in 20261127T195014. */
const stamp = (nowMs: number): string => new Date(nowMs).toISOString().replace(/[-:]|\..*$/g, '');

/** Why the file cannot be written, as half a sentence; undefined when it can. Nothing is changed. */
export function notWritable(file: string): string | undefined {
  const folder = dirname(resolve(file));
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    return undefined;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return `there is no folder ${folder}`;
    if (hasCode(error, 'EROFS')) return `${folder} is on a file system that is read-only`;
    return `${folder} cannot be written by this user`;
  }
}
