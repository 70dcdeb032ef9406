/** The program `lockstep`: gives the real process to the command line (cli/program.ts) and ends with its exit code. */
import { spawn } from 'node:child_process';
import { fstatSync } from 'node:fs';
import { availableParallelism, homedir } from 'node:os';
import { isatty } from 'node:tty';
import packageJson from '../package.json' with { type: 'json' };
import { platformTimers, wallClock } from '../src/wire/ports.ts';
import type { CliContext } from './cli/context.ts';
import { runCli } from './cli/program.ts';
import { accountFor, askRootToRestart, runAs } from './cli/service-account.ts';
import { redact } from './log.ts';

const SIGNALS = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 } as const;

/** Of standard input, output and error, those that are terminals at the start. */
const terminals = [0, 1, 2].filter((fd) => isatty(fd));
/** A terminal that was closed is none any more: SIGHUP then means what it says. */
const hungUp = (): boolean => terminals.length > 0 && !terminals.some((fd) => isatty(fd));

/** systemd says by this which socket is its journal's (systemd.exec(5)): whether standard error still is that one. */
function readByJournal(stream: string | undefined): boolean {
  const { dev, ino } = fstatSync(2);
  return stream === `${dev}:${ino}`;
}

function armVersion(): string | undefined {
  const { variables } = process.config;
  return 'arm_version' in variables ? String(variables.arm_version) : undefined;
}

const context: CliContext = {
  version: packageJson.version,
  program: [process.execPath, ...process.argv.slice(1, 2)],
  env: process.env,
  home: homedir(),
  cwd: process.cwd(),
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  terminal: process.stderr.isTTY === true,
  columns: process.stdout.isTTY === true ? process.stdout.columns : undefined,
  interactive: terminals.includes(0) && terminals.includes(2),
  journal: readByJournal(process.env.JOURNAL_STREAM),
  wallClock,
  timers: platformTimers({ unref: true }),
  cores: availableParallelism(),
  platform: { platform: process.platform, arch: process.arch, armVersion: armVersion() },
  attach: (program, args) =>
    new Promise((resolve, reject) => {
      const child = spawn(program, args, { stdio: 'inherit' });
      child.once('error', (error: NodeJS.ErrnoException) =>
        error.code === 'ENOENT' ? resolve(undefined) : reject(error),
      );
      child.once('exit', (code) => resolve(code ?? 1));
    }),
  onStopSignal(stop) {
    let asked = false;
    const onHangUp = (): void => {
      if (hungUp()) onSignal('SIGHUP');
    };
    const onSignal = (signal: keyof typeof SIGNALS): void => {
      // The second signal means now: what the relay started is ended by its next start.
      if (asked) process.exit(128 + SIGNALS[signal]);
      asked = true;
      stop();
    };
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, onSignal);
    process.on('SIGHUP', onHangUp);
    return () => {
      for (const name of ['SIGINT', 'SIGTERM'] as const) process.off(name, onSignal);
      process.off('SIGHUP', onHangUp);
    };
  },
  onReloadSignal(reload) {
    const onSignal = (): void => {
      if (!hungUp()) reload();
    };
    process.on('SIGHUP', onSignal);
    return () => process.off('SIGHUP', onSignal);
  },
  sendReloadSignal: (pid) => void process.kill(pid, 'SIGHUP'),
  onStatusSignal(tell) {
    process.on('SIGUSR2', tell);
    return () => process.off('SIGUSR2', tell);
  },
  sendStatusSignal: (pid) => void process.kill(pid, 'SIGUSR2'),
  restartService: askRootToRestart(process.env),
  sharedClockNs: () => process.hrtime.bigint(),
};

// `lockstep doctor | head` closes our stdout: nobody reads on, and that is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});
// A stack may hold a camera's address: it is cleaned like every other line.
process.on('uncaughtException', (error) => {
  process.stderr.write(redact(`${error.stack ?? error.message}\n`));
  process.exit(1);
});

const args = process.argv.slice(2);
const account = accountFor(context.cwd, args);
process.exitCode =
  account === undefined ? await runCli(context, args) : await runAs(account, [...context.program, ...args]);
