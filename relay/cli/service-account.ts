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
  // The journal is root's to read, not the relay's.
  if (process.getuid?.() !== 0 || args[0] === 'logs') return undefined;
  const at = args.findIndex((arg) => arg === '-c' || arg === '--config');
  const named = at < 0 ? args.find((arg) => arg.startsWith('--config='))?.slice(9) : args[at + 1];
  const file = configFile({ cwd }, named);
  if (file === undefined || !isSystems({ cwd }, file)) return undefined;
  const found = statSync(resolve(cwd, file), { throwIfNoEntry: false });
  return found === undefined || found.uid === 0 ? undefined : { uid: found.uid, gid: found.gid };
}

/** Says to the program that whoever started it does for it what only root may. */
const ROOT_WAITS = 'LOCKSTEP_ROOT_WAITS';

/**
 * By util-linux, which every Debian has: Node changes its own account only where io_uring is off. Where the program asks
 * for it ({@link askRootToRestart}), the service is restarted.
 * @returns the program's exit code
 */
export function runAs({ uid, gid }: Account, command: readonly string[]): Promise<number> {
  const rights = [`--reuid=${uid}`, `--regid=${gid}`, '--clear-groups'];
  const child = spawn('setpriv', [...rights, '--', ...command], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, HOME: STATE_DIR, [ROOT_WAITS]: '1' },
  });
  child.on('message', () => {
    // As a notifying service it is restarted when it serves again.
    const restart = spawn('systemctl', ['restart', 'lockstep'], { stdio: 'ignore' });
    restart.once('error', () => child.send(false));
    restart.once('exit', (code) => child.send(code === 0));
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

/**
 * How the service is restarted by the root who waits for this program; undefined where nobody does. It resolves when the
 * service serves again: to false when it does not.
 */
export function askRootToRestart(
  env: Readonly<Record<string, string | undefined>>,
): (() => Promise<boolean>) | undefined {
  if (env[ROOT_WAITS] === undefined || process.send === undefined) return undefined;
  return () =>
    new Promise((done) => {
      process.once('message', (restarted) => {
        done(restarted === true);
        // It would keep this process alive.
        process.disconnect();
      });
      process.once('disconnect', () => done(false));
      process.send?.('restart');
    });
}
