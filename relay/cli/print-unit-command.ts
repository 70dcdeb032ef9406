/** `lockstep print-unit`: the service as systemd wants it described, for this program and this configuration. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { unitText } from '../service/unit.ts';
import { type CliContext, neededFile, optionalConfig } from './context.ts';
import { CliError } from './output.ts';

export interface PrintUnitOptions {
  readonly user?: boolean;
  readonly account: string;
  readonly config?: string;
}

/** As useradd(8) takes names by default. */
const ACCOUNT = /^[a-z_][a-z0-9_-]{0,31}$/;

/** @throws ConfigError, CliError */
export function printUnit(
  context: CliContext,
  { user = false, account, config: named }: PrintUnitOptions,
): void {
  if (!ACCOUNT.test(account))
    throw new CliError(
      `--account "${account}" is no name of an account.`,
      'Use small letters, digits, - and _, as in --account lockstep.',
    );
  const file = resolve(context.cwd, neededFile(context, named));
  if (!existsSync(file))
    throw new CliError(
      `there is no configuration ${file}.`,
      'Name the one that the service is to use with --config.',
    );
  const dataDir = optionalConfig(context, file)?.dataDir;
  context.stdout.write(
    unitText({ program: context.program, config: file, account: user ? undefined : account, dataDir }),
  );
  context.stderr.write(user ? userSteps(file) : systemSteps(account, file));
}

const userSteps = (file: string): string => `
Save it, and have it started with each login:
  lockstep print-unit --user --config ${file} > ~/.config/systemd/user/lockstep.service
  systemctl --user daemon-reload && systemctl --user enable --now lockstep
To have it run without a login: loginctl enable-linger
`;

const systemSteps = (account: string, file: string): string => `
Save it, make the account, and have it started with the system:
  lockstep print-unit --account ${account} --config ${file} | sudo tee /etc/systemd/system/lockstep.service
  sudo useradd --system --no-create-home --shell /usr/sbin/nologin ${account}
  sudo systemctl daemon-reload && sudo systemctl enable --now lockstep
`;
