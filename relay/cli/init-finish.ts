/** What follows when `lockstep init` has written: the relay is started or told, and a browser can be paired. */
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { configWarnings } from '../config/rules.ts';
import { dataDirHolder } from '../process/data-dir-lock.ts';
import { whereReached } from '../reachable.ts';
import { unitText } from '../service/unit.ts';
import {
  startUserService,
  systemdRuns,
  type UserServiceDeps,
  userServicesHere,
} from '../service/user-service.ts';
import type { Written } from '../setup/write-config.ts';
import { openTokens, pair } from './access-commands.ts';
import { type CliContext, dataDirOf, isSystems, programsOf } from './context.ts';
import type { Dialogue } from './dialogue.ts';
import { CliError, EXIT, type ExitCode } from './output.ts';
import { readAnswer } from './reload-answer.ts';
import { reload } from './reload-command.ts';
import { run } from './run-command.ts';
import { until } from './running-relay.ts';

export interface Outcome {
  readonly file: string;
  readonly written: Written;
  /** Cameras that are new in it. */
  readonly added: number;
  /** Process number of a relay that runs by this configuration. */
  readonly running: number | undefined;
  /** Whether it is to listen elsewhere than before, which it does from its next start on. */
  readonly moved: boolean;
  readonly json: boolean;
}

/** @throws CliError, Cancelled: the file stays as it is then */
export async function finishInit(
  context: CliContext,
  dialogue: Dialogue,
  { file, written: { config, backup }, added, running, moved, json }: Outcome,
): Promise<ExitCode> {
  const { addresses } = await whereReached(config.server, config.server.port, context.timers);
  if (json) {
    context.stdout.write(
      `${JSON.stringify({ file, backup: backup ?? null, added, addresses, running: running ?? null })}\n`,
    );
    return EXIT.ok;
  }
  const kept = backup === undefined ? '' : ` What stood there before: ${backup}.`;
  dialogue.say(`${file} has ${added === 1 ? '1 camera' : `${added} cameras`} more.${kept}`);
  for (const { what, fix } of configWarnings(config)) dialogue.warn(`${what}. ${fix}`);
  const dataDir = dataDirOf(context, config);
  const { restartService } = context;
  if (
    restartService !== undefined &&
    isSystems(context, file) &&
    systemdRuns() &&
    (moved || running === undefined)
  ) {
    if (!(await dialogue.busy('Starting the service anew', restartService())))
      throw new CliError('the service cannot be started.', 'Its log says why: `sudo lockstep logs`.');
    await showCode(context, file, dataDir);
    return EXIT.ok;
  }
  if (running !== undefined) {
    const exitCode = await reload(context, { config: file });
    if (exitCode === EXIT.ok) await showCode(context, file, dataDir);
    return exitCode;
  }
  if (isOthers(dataDir) || (isSystems(context, file) && systemdRuns())) {
    context.stdout.write(`${systemdRuns() ? START_SERVICE : START_AS_OTHER}${PAIR_AS_OTHER}`);
    return EXIT.ok;
  }
  const services: UserServiceDeps = { ...programsOf(context), env: context.env, home: context.home };
  const start = await dialogue.start(await userServicesHere(services));
  if (start === 'now') await run(context, { config: file });
  else if (start === 'later') context.stdout.write(nextSteps(file, addresses));
  else {
    const unit = { program: context.program, config: resolve(context.cwd, file), account: undefined };
    const problem = await startUserService(services, unitText({ ...unit, dataDir: config.dataDir }));
    if (problem !== undefined)
      throw new CliError(
        `the service cannot be started: ${problem}.`,
        'See `journalctl --user -u lockstep`, or start the relay with `lockstep run`.',
      );
    await dialogue.busy('Waiting for the relay', ready(dataDir));
    await showCode(context, file, dataDir);
  }
  return EXIT.ok;
}

const READY_WITHIN_MS = 15_000;

/** Its own first code is void as soon as there is another one: wait for it. */
function ready(dataDir: string): Promise<true> {
  return until(
    READY_WITHIN_MS,
    () => {
      const pid = dataDirHolder(dataDir);
      return pid !== undefined && readAnswer(dataDir)?.pid === pid ? true : undefined;
    },
    () =>
      new CliError(
        'the relay does not come up.',
        'See `journalctl --user -u lockstep`, or `lockstep doctor`.',
      ),
  );
}

/** Whether the relay's folder is of another user, as that of the Debian package: then it is started and paired as that one. */
function isOthers(dataDir: string): boolean {
  const owner = statSync(dataDir, { throwIfNoEntry: false })?.uid;
  return owner !== undefined && owner !== process.getuid?.();
}

/** A code where nobody is paired yet. */
async function showCode(context: CliContext, file: string, dataDir: string): Promise<void> {
  if (isOthers(dataDir)) context.stdout.write(PAIR_AS_OTHER);
  else if (openTokens(context, dataDir).list().length === 0) await pair(context, { config: file });
}

const START_SERVICE = 'Start the relay, a service of another user:      sudo systemctl start lockstep\n';
const START_AS_OTHER = 'Start the relay, as no systemd runs here:        sudo -u lockstep lockstep run\n';
const PAIR_AS_OTHER = 'Pair a browser as the user that runs the relay:  sudo -u lockstep lockstep pair\n';

const nextSteps = (file: string, addresses: readonly string[]): string =>
  [
    `Address  ${addresses.join('  ')}`,
    `Start the relay, which shows the pairing code:  lockstep run --config ${file}`,
    `Or as a service, with each login:               lockstep print-unit --user --config ${file}`,
    `                 with the system:               lockstep print-unit --config ${file}`,
    '',
  ].join('\n');
