/** `lockstep reload`: asks the relay that runs to read its configuration again, and prints what came of it. */
import type { CliContext } from './context.ts';
import { EXIT, type ExitCode } from './output.ts';
import { diffLines, type ReloadAnswer, readAnswer } from './reload-answer.ts';
import { askRelay, runningRelay } from './running-relay.ts';

export interface ReloadOptions {
  readonly config?: string;
  readonly json?: boolean;
}

/** @throws CliError, ConfigError */
export async function reload(context: CliContext, { config: file, json }: ReloadOptions): Promise<ExitCode> {
  const relay = runningRelay(context, file, 'reload');
  const askedNs = context.sharedClockNs();
  const answer = await askRelay(
    relay,
    (pid) => context.sendReloadSignal(pid),
    () => {
      const found = readAnswer(relay.dataDir);
      return found?.pid === relay.pid && BigInt(found.begunNs) >= askedNs ? found : undefined;
    },
  );
  return report(context, answer, json);
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
