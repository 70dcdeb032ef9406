/**
 * The private folder of one relay's MediaMTX: its configuration, and its working folder. Named after the process
 * that owns it, so that two relays with one data folder do not meet and what a killed relay left can be told apart.
 */
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { writePrivateFile } from '../files/private-file.ts';
import { processStartTime } from '../process/run-records.ts';

export interface RunFolder {
  readonly path: string;
  /**
   * Writes the configuration, readable by this user alone.
   * @returns the file's path
   * @throws RunFolderError
   */
  write(text: string): string;
  remove(): void;
}

/** The message is a sentence without its full stop. */
export class RunFolderError extends Error {
  override readonly name = 'RunFolderError';
}

const PREFIX = 'mediamtx-';
const CONFIG_FILE = 'mediamtx.json';

/** @param ownerPid this process */
export function createRunFolder(dataDir: string, ownerPid: number): RunFolder {
  const parent = join(dataDir, 'run');
  const path = join(parent, `${PREFIX}${ownerPid}-${processStartTime(ownerPid) ?? 'unknown'}`);
  let made = false;
  return {
    path,
    write(text) {
      const file = join(path, CONFIG_FILE);
      try {
        mkdirSync(path, { recursive: true, mode: 0o700 });
        made = true;
        removeOrphans(parent);
        writePrivateFile(file, text);
      } catch (error) {
        if (!(error instanceof Error)) throw error;
        const code = 'code' in error ? String(error.code) : error.message;
        throw new RunFolderError(
          `the configuration of MediaMTX cannot be written to ${path} (${code}): let this user write there, or set "dataDir" to another folder`,
        );
      }
      return file;
    },
    remove() {
      if (made) rmSync(path, { recursive: true, force: true });
      made = false;
    },
  };
}

/** Removes the folders of relays that are gone. A process number alone may have been given to somebody else. */
function removeOrphans(parent: string): void {
  for (const name of readdirSync(parent)) {
    const [, pid, startTime] = /^mediamtx-(\d+)-(\d+)$/.exec(name) ?? [];
    if (pid === undefined || processStartTime(Number(pid)) === startTime) continue;
    rmSync(join(parent, name), { recursive: true, force: true });
  }
}
