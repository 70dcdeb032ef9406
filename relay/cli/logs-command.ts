/** `lockstep logs`: what the relay wrote as a service, out of systemd's journal. */
import { existsSync } from 'node:fs';
import { userUnitFile } from '../service/user-service.ts';
import type { CliContext } from './context.ts';
import { CliError, EXIT, type ExitCode } from './output.ts';

export interface LogsOptions {
  readonly user?: boolean;
  readonly follow?: boolean;
  readonly lines: string;
}

/** @throws CliError */
export async function logs(context: CliContext, { user, follow, lines }: LogsOptions): Promise<ExitCode> {
  if (!/^[1-9]\d{0,5}$/.test(lines))
    throw new CliError(`--lines "${lines}" is no number of lines.`, 'Write it as in --lines 500.');
  const ofUser = user ?? existsSync(userUnitFile(context));
  const unit = ofUser ? ['--user', '--user-unit', 'lockstep'] : ['--unit', 'lockstep'];
  const exitCode = await context.attach('journalctl', [
    ...unit,
    '--lines',
    lines,
    ...(follow ? ['--follow'] : []),
  ]);
  if (exitCode === undefined)
    throw new CliError(
      'there is no journalctl here: this host has no systemd.',
      'A relay that was started in a terminal writes its log there, to standard error.',
    );
  return exitCode === 0 ? EXIT.ok : EXIT.failure;
}
