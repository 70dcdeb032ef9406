/** Where the relay keeps what it must remember. */
import { mkdirSync, statSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';

/** $XDG_STATE_HOME/lockstep, else ~/.local/state/lockstep. A relative XDG path is ignored, as its specification asks. */
export function defaultDataDir(env: Readonly<Record<string, string | undefined>>, home: string): string {
  const state = env.XDG_STATE_HOME;
  const base = state !== undefined && isAbsolute(state) ? state : join(home, '.local', 'state');
  return join(base, 'lockstep');
}

/** The folder is there and must not be used; the message is one sentence, `fix` the next step. */
export class DataDirError extends Error {
  override readonly name = 'DataDirError';
  readonly fix: string;

  constructor({ what, fix }: DataDirProblem) {
    super(what);
    this.fix = fix;
  }
}

export interface DataDirProblem {
  /** Without its full stop. */
  readonly what: string;
  readonly fix: string;
}

/**
 * Why a data folder must not be used, as ssh does with its keys: who may write there issues tokens, who may read
 * there learns of clients. Pure.
 * @param userId undefined where users have no numbers
 */
export function dataDirProblem(
  path: string,
  folder: { readonly mode: number; readonly owner: number },
  userId: number | undefined,
): DataDirProblem | undefined {
  if (userId === undefined) return undefined;
  if (folder.owner !== userId) {
    return {
      what: `the data folder ${path} belongs to another user (number ${folder.owner}, the relay runs as ${userId})`,
      fix: `Run the relay as its owner, give it away with \`sudo chown -R ${userId} ${path}\`, or set "dataDir" to another folder.`,
    };
  }
  const open = folder.mode & 0o077;
  if (open === 0) return undefined;
  return {
    what: `the data folder ${path} is open to other users (mode ${(folder.mode & 0o777).toString(8)})`,
    fix: `Run \`chmod 700 ${path}\`.`,
  };
}

/**
 * Creates the folder for its owner alone (0700) and the folders above it.
 * @throws the system's error when it cannot
 * @throws DataDirError when it exists and is another user's or open to others
 */
export function ensureDataDir(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const { mode, uid } = statSync(path);
  const problem = dataDirProblem(path, { mode, owner: uid }, process.getuid?.());
  if (problem !== undefined) throw new DataDirError(problem);
}
