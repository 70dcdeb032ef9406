/** The doctor's view of the host: runs a program, looks at a path. What the answers mean is decided elsewhere. */
import { execFile } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';

/** A program that prints its version or encoders needs well under a second. */
const RUN_TIMEOUT_MS = 10_000;

export type RunResult =
  | { readonly kind: 'ended'; readonly exitCode: number; readonly stdout: string }
  | { readonly kind: 'missing' | 'denied' | 'hung' | 'broken' };

export interface PathState {
  readonly kind: 'folder' | 'file' | 'character-device' | 'other';
  /** Permission bits, as in 0o700. */
  readonly mode: number;
  /** Whether this user may read and write it, and enter it when it is a folder. */
  readonly usable: boolean;
}

export interface Host {
  run(program: string, args: readonly string[]): Promise<RunResult>;
  /** The state of a path, or the system's error code, as in `ENOENT`. */
  look(path: string): PathState | string;
}

/** This host. Programs run with `env` in English. */
export function createHost(env: Readonly<Record<string, string | undefined>>): Host {
  return {
    run: (program, args) =>
      new Promise((resolve) => {
        const options = { timeout: RUN_TIMEOUT_MS, maxBuffer: 4 * 1024 * 1024, env: { ...env, LC_ALL: 'C' } };
        execFile(program, args, options, (error, stdout) => {
          if (error === null) resolve({ kind: 'ended', exitCode: 0, stdout });
          else if (error.code === 'ENOENT' || error.code === 'ENOTDIR') resolve({ kind: 'missing' });
          else if (error.code === 'EACCES') resolve({ kind: 'denied' });
          else if (error.killed === true) resolve({ kind: 'hung' });
          else if (typeof error.code === 'number') resolve({ kind: 'ended', exitCode: error.code, stdout });
          else resolve({ kind: 'broken' });
        });
      }),
    look,
  };
}

function look(path: string): PathState | string {
  try {
    const stats = statSync(path);
    const kind = stats.isDirectory()
      ? 'folder'
      : stats.isFile()
        ? 'file'
        : stats.isCharacterDevice()
          ? 'character-device'
          : 'other';
    return { kind, mode: stats.mode & 0o777, usable: mayUse(path, kind === 'folder') };
  } catch (error) {
    if (error instanceof Error && 'code' in error) return String(error.code);
    throw error;
  }
}

function mayUse(path: string, folder: boolean): boolean {
  try {
    accessSync(path, constants.R_OK | constants.W_OK | (folder ? constants.X_OK : 0));
    return true;
  } catch {
    return false; // Whatever the reason, the relay cannot use it either.
  }
}
