/** Talks to the relay that runs on this host: a signal asks it, a file in its data folder answers. */
import { platformTimers } from '../../src/wire/ports.ts';
import { dataDirOfBroken } from '../config/load.ts';
import { ConfigError } from '../config/problem.ts';
import { hasCode } from '../files/private-file.ts';
import { dataDirHolder } from '../process/data-dir-lock.ts';
import { type CliContext, dataDirOf, neededFile, optionalConfig } from './context.ts';
import { CliError } from './output.ts';
import { readAnswer } from './reload-answer.ts';

const POLL_MS = 50;
/** A camera's process is ended by force after a few seconds; until then the new one waits. */
const PATIENCE_MS = 30_000;

export interface RunningRelay {
  readonly dataDir: string;
  /** Its process number. */
  readonly pid: number;
}

/**
 * The relay that runs by this configuration.
 * @param can what it has to be able to do
 * @throws CliError when there is none, or it cannot; ConfigError when there is none and the file is broken
 */
export function runningRelay(
  context: CliContext,
  file: string | undefined,
  can: 'reload' | 'status',
): RunningRelay {
  const { dataDir, problem } = findDataDir(context, file);
  const pid = holderOf(dataDir);
  if (pid === undefined) {
    if (problem !== undefined) throw problem;
    throw new CliError(
      `no relay runs with the data folder ${dataDir}.`,
      'Start it with `lockstep run`; if one runs by another configuration or as another user, name that one with --config, or become that user.',
    );
  }
  const ready = readAnswer(dataDir);
  if (ready?.pid !== pid || (can === 'status' && ready.status !== true)) {
    const what = can === 'status' ? 'tell how it does' : 'read its configuration again';
    throw new CliError(
      `the relay (process ${pid}) cannot ${what}: it is still starting, or an older version.`,
      'Try again in a moment, or restart it.',
    );
  }
  return { dataDir, pid };
}

/** The folder of the relay; of a broken file as far as that can be told, with what is wrong with it. */
function findDataDir(
  context: CliContext,
  file: string | undefined,
): { readonly dataDir: string; readonly problem: ConfigError | undefined } {
  try {
    return { dataDir: dataDirOf(context, optionalConfig(context, file)), problem: undefined };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const named = dataDirOfBroken(neededFile(context, file));
    return { dataDir: named ?? dataDirOf(context, undefined), problem: error };
  }
}

function holderOf(dataDir: string): number | undefined {
  try {
    return dataDirHolder(dataDir);
  } catch (error) {
    if (!hasCode(error, 'EACCES')) throw error;
    throw notOurs(`the data folder ${dataDir} belongs to`);
  }
}

/**
 * Sends the question and waits.
 * @param read the answer to this question; undefined while there is none
 * @throws CliError when none comes
 */
export function askRelay<T>(
  { dataDir, pid }: RunningRelay,
  send: (pid: number) => void,
  read: () => T | undefined,
): Promise<T> {
  ask(pid, send);
  return until(
    PATIENCE_MS,
    () => {
      const answer = read();
      if (answer === undefined && dataDirHolder(dataDir) !== pid) throw ended(pid);
      return answer;
    },
    () =>
      new CliError(
        `the relay (process ${pid}) did not answer within ${PATIENCE_MS / 1000} s.`,
        'See its log: it may still end a camera’s process.',
      ),
  );
}

/**
 * Looks again and again until `read` returns something.
 * @throws what `read` throws; what `late` makes when it takes longer than `limitMs`
 */
export function until<T>(limitMs: number, read: () => T | undefined, late: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    let waitedMs = 0;
    const cancel = platformTimers().every(POLL_MS, () => {
      waitedMs += POLL_MS;
      try {
        const found = read();
        if (found !== undefined) settle(() => resolve(found));
        else if (waitedMs >= limitMs) throw late();
      } catch (error) {
        settle(() => reject(error));
      }
    });
    const settle = (finish: () => void): void => {
      cancel();
      finish();
    };
  });
}

function ask(pid: number, send: (pid: number) => void): void {
  try {
    send(pid);
  } catch (error) {
    if (hasCode(error, 'EPERM')) throw notOurs(`the relay (process ${pid}) runs as`);
    if (hasCode(error, 'ESRCH')) throw ended(pid);
    throw error;
  }
}

const notOurs = (what: string): CliError =>
  new CliError(`${what} another user.`, 'Run this command as the user that runs the relay.');

const ended = (pid: number): CliError =>
  new CliError(`the relay (process ${pid}) has ended.`, 'Its log says why; start it with `lockstep run`.');
