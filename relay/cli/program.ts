/** The command line: names, options and help in one place. Never ends the process; {@link runCli} returns the exit code. */
import { Command, CommanderError, Option } from 'commander';
import { ConfigError } from '../config/problem.ts';
import {
  allowCameras,
  listTokens,
  type PairOptions,
  pair,
  renameToken,
  revokeToken,
} from './access-commands.ts';
import { type CertOptions, cert } from './cert-command.ts';
import { type CliContext, CONFIG_HELP } from './context.ts';
import { type DiscoverOptions, discover } from './discover-command.ts';
import { check, doctor } from './health-commands.ts';
import { type InitOptions, init } from './init-command.ts';
import { type InstallOptions, installMediamtxCommand } from './install-command.ts';
import { type LogsOptions, logs } from './logs-command.ts';
import { EXIT, type ExitCode, errorText } from './output.ts';
import { type PrintUnitOptions, printUnit } from './print-unit-command.ts';
import { Cancelled } from './prompts.ts';
import { reload } from './reload-command.ts';
import { run } from './run-command.ts';
import { status } from './status-command.ts';

const EXIT_HELP = `
Exit codes: 0 it worked, 1 it failed, 2 the command or the configuration is wrong.
Results are written to stdout, logs and errors to stderr.`;

/** An option that may be given several times. */
const collect = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];

/** @param args arguments after the program's name */
export async function runCli(context: CliContext, args: readonly string[]): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT.ok;
  let verbose = false;
  const program = new Command('lockstep')
    .description('Relay of the Lockstep camera wall: cameras in, synchronised low-latency streams out.')
    .version(context.version)
    .option('--verbose', 'show where an error comes from')
    // A command may have a --version of its own.
    .enablePositionalOptions()
    .hook('preAction', (_program, command) => {
      verbose = command.optsWithGlobals<{ verbose?: boolean }>().verbose === true;
    })
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.stdout.write(text),
      writeErr: (text) => context.stderr.write(text),
    })
    .showHelpAfterError('Run `lockstep --help` for the commands and options.')
    .addHelpText('after', EXIT_HELP);

  program
    .command('run')
    .description('start the relay; Ctrl+C stops it')
    .option('--config <file>', CONFIG_HELP)
    .option('--json', 'write address, cameras and pairing code as one line of JSON')
    .action((options: { config?: string; json?: boolean }) => run(context, options));
  program
    .command('reload')
    .description('have the relay that runs read its configuration again')
    .option('--config <file>', CONFIG_HELP)
    .option('--json', 'write what changed as JSON')
    .action(async (options: { config?: string; json?: boolean }) => {
      exitCode = await reload(context, options);
    });
  program
    .command('status')
    .description('tell how the relay that runs does: cameras, viewers, load')
    .option('--config <file>', CONFIG_HELP)
    .option('--json', 'write it as JSON')
    .action(async (options: { config?: string; json?: boolean }) => {
      exitCode = await status(context, options);
    });
  program
    .command('logs')
    .description('show what the relay wrote as a service (systemd)')
    .option('--follow', 'go on as it writes')
    .option('--lines <number>', 'how many of the last lines', '100')
    .option('--user', 'of the service of this user (default: when it has one)')
    .action(async (options: LogsOptions) => {
      exitCode = await logs(context, options);
    });
  program
    .command('check')
    .description('check the configuration and the tools')
    .option('--config <file>', CONFIG_HELP)
    .option('--json', 'write the findings as JSON')
    .action(async (options: { config?: string; json?: boolean }) => {
      exitCode = await check(context, options);
    });
  program
    .command('doctor')
    .description('explain what is missing or unwise on this host')
    .option('--config <file>', CONFIG_HELP)
    .option('--json', 'write the findings as JSON')
    .action(async (options: { config?: string; json?: boolean }) => {
      exitCode = await doctor(context, options);
    });
  program
    .command('init')
    .description('find cameras, look at them, and write the configuration; may be run again for more')
    .option('--yes', 'ask nothing: for scripts')
    .option(
      '--camera <[name=]address>',
      'a stream (rtsp://…) or a camera with ONVIF, instead of searching; may be repeated',
      collect,
    )
    .option('--user <name>', 'user for the cameras')
    .option('--password-stdin', 'read their password from standard input')
    .addOption(new Option('--listen <where>', 'who may watch').choices(['here', 'lan']))
    .option('--port <number>', 'port of the relay')
    .option('--config <file>', CONFIG_HELP)
    .option('--json', 'write what was done as JSON')
    .action(async (options: InitOptions) => {
      exitCode = await init(context, options);
    });
  program
    .command('discover')
    .description('list the cameras in the network (ONVIF), with --user their streams')
    .option('--user <name>', 'user for the cameras; its password is asked for')
    .option('--password-stdin', 'read the password from standard input')
    .option('--address <host>', 'ask this camera instead of searching; may be repeated', collect)
    .option('--json', 'write them as JSON')
    .action(async (options: DiscoverOptions) => {
      exitCode = await discover(context, options);
    });
  program
    .command('pair')
    .description('show a new pairing code and its link; the relay may be running')
    .option('--config <file>', CONFIG_HELP)
    .option('--cameras', 'the browser may change cameras too: add, name, order, remove')
    .option('--json', 'write the code as JSON')
    .action((options: PairOptions) => pair(context, options));
  program
    .command('cert')
    .description('encrypt what other machines get: make a certificate, or take one that you have')
    .option(
      '--name <name>',
      'a name or address it is for, besides those of this host; may be repeated',
      collect,
    )
    .option('--renew', 'make it anew')
    .option('--certificate <file>', 'take this one (PEM) instead of making one')
    .option('--key <file>', 'the private key of it (PEM)')
    .option('--config <file>', CONFIG_HELP)
    .option('--json', 'write what came of it as JSON')
    .action(async (options: CertOptions) => {
      exitCode = await cert(context, options);
    });
  program
    .command('install-mediamtx')
    .description('download MediaMTX into the data folder and check it against its release')
    .option('--version <number>', 'release (default: the one that is tested)')
    .option('--replace', 'replace the one that is installed already')
    .option('--from <url>', 'folder of releases, as of a mirror (default: the project’s own)')
    .option('--config <file>', CONFIG_HELP)
    .action((options: InstallOptions) => installMediamtxCommand(context, options));
  program
    .command('print-unit')
    .description('write a systemd unit that runs the relay as a service')
    .option('--user', 'for the services of one user, as in `systemctl --user`')
    .option('--account <name>', 'account that the relay runs as', 'lockstep')
    .option('--config <file>', CONFIG_HELP)
    .action((options: PrintUnitOptions) => printUnit(context, options));
  const tokens = program.command('tokens').description('who may connect');
  tokens
    .command('list')
    .description('list paired clients')
    .option('--config <file>', CONFIG_HELP)
    .option('--json', 'write the list as JSON')
    .action((options: { config?: string; json?: boolean }) => listTokens(context, options));
  tokens
    .command('rename')
    .description('call a client something else in the list')
    .argument('<id>', 'id of the token')
    .argument('<name>', 'its new name')
    .option('--config <file>', CONFIG_HELP)
    .action((id: string, name: string, options: { config?: string }) =>
      renameToken(context, id, name, options),
    );
  tokens
    .command('revoke')
    .description('end the access of a client, by its id in the list')
    .argument('<id>', 'id of the token')
    .option('--config <file>', CONFIG_HELP)
    .action((id: string, options: { config?: string }) => revokeToken(context, id, options));
  for (const [name, allowed, what] of [
    ['allow', true, 'let a client change cameras: add, name, order, remove'],
    ['forbid', false, 'let a client only watch'],
  ] as const) {
    tokens
      .command(name)
      .description(what)
      .argument('<id>', 'id of the token')
      .option('--config <file>', CONFIG_HELP)
      .action((id: string, options: { config?: string }) => allowCameras(context, id, allowed, options));
  }

  for (const command of [...program.commands, ...tokens.commands]) {
    command.addOption(new Option('--verbose').hideHelp());
  }
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    // The parser has written its message already; help and version end with 0.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    if (error instanceof Cancelled) {
      context.stderr.write('Nothing was changed.\n');
      return EXIT.failure;
    }
    context.stderr.write(errorText(error, verbose));
    return error instanceof ConfigError ? EXIT.usage : EXIT.failure;
  }
}
