/** Small files that only their owner may read, replaced as a whole so that a crash never leaves half of one. */
import {
  closeSync,
  fchmodSync,
  fchownSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';

/** Whether `error` is a system error with this code, as in `ENOENT`. */
export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

/** The file's text, or undefined when there is no such file. @throws on any other failure */
export function readIfPresent(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** Who may do what with a file, as of `statSync`. */
export interface FileRights {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

/**
 * Writes `text` with mode 0600, or with the rights of another file, through a temporary file beside it and a rename:
 * readers see the old text or the new.
 * @throws the system's error; the old file is then untouched
 */
export function writePrivateFile(path: string, text: string, rights?: FileRights): void {
  const temporary = `${path}.${process.pid}.tmp`;
  rmSync(temporary, { force: true });
  try {
    // wx: never follow a link that someone else put there.
    const file = openSync(temporary, 'wx', 0o600);
    try {
      // Loops, unlike writeSync, which may write a part.
      writeFileSync(file, text);
      if (rights !== undefined) {
        const me = process.getuid?.() ?? rights.uid;
        // Only root can give a file away: of others it becomes theirs, and stays readable for its group.
        const owner = me === 0 ? rights.uid : me;
        if (owner !== me || rights.gid !== process.getgid?.()) fchownSync(file, owner, rights.gid);
        fchmodSync(file, rights.mode & 0o777);
      }
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}
