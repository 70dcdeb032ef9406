/**
 * Root goes on as the account that owns the Debian package's configuration: what the relay wrote into it, such as which
 * ffmpeg to run, counts for the relay's account only, and what is written belongs to the relay.
 */
import { spawn } from 'node:child_process';
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { STATE_DIR } from '../service/unit.ts';
import { configFile, isSystems } from './context.ts';

export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** Whom a command with these arguments is run as; undefined: as who asked for it. */
export function accountFor(cwd: string, args: readonly string[]): Account | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const at = args.findIndex((arg) => arg === '-c' || arg === '--config');
  const named = at < 0 ? args.find((arg) => arg.startsWith('--config='))?.slice(9) : args[at + 1];
  const file = configFile({ cwd }, named);
  if (file === undefined || !isSystems({ cwd }, file)) return undefined;
  const found = statSync(resolve(cwd, file), { throwIfNoEntry: false });
  return found === undefined || found.uid === 0 ? undefined : { uid: found.uid, gid: found.gid };
}

/**
 * By util-linux, which every Debian has: Node changes its own account only where io_uring is off.
 * @returns the program's exit code
 */
export function runAs({ uid, gid }: Account, command: readonly string[]): Promise<number> {
  const rights = [`--reuid=${uid}`, `--regid=${gid}`, '--clear-groups'];
  const child = spawn('setpriv', [...rights, '--', ...command], {
    stdio: 'inherit',
    env: { ...process.env, HOME: STATE_DIR },
  });
  // The terminal tells both of Ctrl+C; whoever ends this one means the other.
  process.on('SIGINT', () => undefined);
  process.on('SIGHUP', () => child.kill('SIGHUP'));
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  return new Promise((done, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => done(code ?? 1));
  });
}
