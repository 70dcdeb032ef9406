/** The doctor's view of the host: runs a program, looks at a path. What the answers mean is decided elsewhere. */
import { accessSync, constants, statSync } from 'node:fs';
import { runShort, type ShortRunDeps } from '../process/short-run.ts';

/** A program that prints its version or encoders needs well under a second. */
const RUN_LIMIT_MS = 10_000;
/** The list of encoders has a few KiB. */
const MAX_OUTPUT_BYTES = 4 * 1024 * 1024;

export type RunResult =
  | { readonly kind: 'ended'; readonly exitCode: number; readonly stdout: string }
  | { readonly kind: 'missing' | 'denied' | 'hung' | 'broken' };

export interface PathState {
  readonly kind: 'folder' | 'file' | 'character-device' | 'other';
  /** Permission bits, as in 0o700. */
  readonly mode: number;
  /** Whether this user may read and write it, and enter it when it is a folder. */
  readonly usable: boolean;
  /** User number of its owner. */
  readonly owner: number;
}

export interface Host {
  run(program: string, args: readonly string[]): Promise<RunResult>;
  /** The state of a path, or the system's error code, as in `ENOENT`. */
  look(path: string): PathState | string;
  /** Number of the user that this process runs as; undefined where users have none. */
  readonly userId: number | undefined;
}

/** This host. Programs run as the relay runs its own: what it finds here it finds then. */
export function createHost(deps: ShortRunDeps): Host {
  return { run: (program, args) => runProgram(deps, program, args), look, userId: process.getuid?.() };
}

async function runProgram(deps: ShortRunDeps, program: string, args: readonly string[]): Promise<RunResult> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const { ending, late } = await runShort(deps, {
    spec: { program, args },
    limitMs: RUN_LIMIT_MS,
    onStdout: (chunk) => {
      bytes += chunk.byteLength;
      if (bytes <= MAX_OUTPUT_BYTES) chunks.push(chunk);
    },
  });
  if (late) return { kind: 'hung' };
  if (ending.kind === 'exit') {
    return { kind: 'ended', exitCode: ending.code, stdout: Buffer.concat(chunks).toString('utf8') };
  }
  const code = ending.kind === 'not-started' ? ending.code : undefined;
  if (code === 'ENOENT' || code === 'ENOTDIR') return { kind: 'missing' };
  return { kind: code === 'EACCES' ? 'denied' : 'broken' };
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
    return { kind, mode: stats.mode & 0o777, usable: mayUse(path, kind === 'folder'), owner: stats.uid };
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
