/** `lockstep reload`: asks the relay that runs to read its configuration again, and prints what came of it. */
import { platformTimers } from '../../src/wire/ports.ts';
import { dataDirOfBroken } from '../config/load.ts';
import { ConfigError } from '../config/problem.ts';
import { hasCode } from '../files/private-file.ts';
import { dataDirHolder } from '../process/data-dir-lock.ts';
import { type CliContext, dataDirOf, neededFile, optionalConfig } from './context.ts';
import { CliError, EXIT, type ExitCode } from './output.ts';
import { diffLines, type ReloadAnswer, readAnswer } from './reload-answer.ts';

export interface ReloadOptions {
  readonly config?: string;
  readonly json?: boolean;
}

const POLL_MS = 50;
/** A camera's process is ended by force after a few seconds; until then the new one waits. */
const PATIENCE_MS = 30_000;

/** @throws CliError, ConfigError */
export async function reload(context: CliContext, { config: file, json }: ReloadOptions): Promise<ExitCode> {
  const { dataDir, problem } = findDataDir(context, file);
  const pid = holderOf(dataDir);
  if (pid === undefined) {
    if (problem !== undefined) throw problem;
    throw new CliError(
      `no relay runs with the data folder ${dataDir}.`,
      'Start it with `lockstep run`; if one runs by another configuration or as another user, name that one with --config, or become that user.',
    );
  }
  if (readAnswer(dataDir)?.pid !== pid) {
    throw new CliError(
      `the relay (process ${pid}) cannot read its configuration again: it is still starting, or an older version.`,
      'Try again in a moment, or restart it.',
    );
  }
  const askedNs = context.sharedClockNs();
  ask(context, pid);
  return report(context, await answerTo(dataDir, pid, askedNs), json);
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

function ask(context: CliContext, pid: number): void {
  try {
    context.sendReloadSignal(pid);
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

/** @throws CliError when none comes */
function answerTo(dataDir: string, pid: number, askedNs: bigint): Promise<ReloadAnswer> {
  return new Promise((resolve, reject) => {
    let waitedMs = 0;
    const cancel = platformTimers().every(POLL_MS, () => {
      waitedMs += POLL_MS;
      try {
        const answer = readAnswer(dataDir);
        if (answer?.pid === pid && BigInt(answer.begunNs) >= askedNs) settle(() => resolve(answer));
        else if (dataDirHolder(dataDir) !== pid) throw ended(pid);
        else if (waitedMs >= PATIENCE_MS)
          throw new CliError(
            `the relay (process ${pid}) did not answer within ${PATIENCE_MS / 1000} s.`,
            'See its log: it may still end a camera’s process.',
          );
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

function report(
  { stdout, stderr }: CliContext,
  { file, pid, result }: ReloadAnswer,
  json: boolean | undefined,
): ExitCode {
  const exitCode =
    result.outcome === 'applied' ? EXIT.ok : result.outcome === 'refused' ? EXIT.usage : EXIT.failure;
  if (json) {
    stdout.write(`${JSON.stringify({ file, pid, ...result })}\n`);
    return exitCode;
  }
  if (result.outcome === 'applied') {
    const lines = diffLines(result.diff);
    stdout.write(
      `The relay (process ${pid}) has read ${file} again${lines.length === 0 ? ': nothing changed.' : ':'}\n`,
    );
    for (const line of lines) stdout.write(`  ${line}.\n`);
  } else if (result.outcome === 'refused') {
    const count = result.problems.length === 1 ? '1 problem' : `${result.problems.length} problems`;
    stderr.write(
      `${result.problems.join('\n')}\n${count} in the configuration: the relay (process ${pid}) goes on as before.\n`,
    );
  } else if (result.outcome === 'failed') {
    stderr.write(
      `error: the relay (process ${pid}) failed to change its cameras: ${result.reason}\nSee its log; restart it if cameras are missing.\n`,
    );
  }
  return exitCode;
}
