/** `lockstep run`: starts the relay, says where it is and how to pair, and ends it on a signal. */
import { randomBytes } from 'node:crypto';
import { networkInterfaces } from 'node:os';
import { pid } from 'node:process';
import { monotonicClock } from '../../src/wire/ports.ts';
import { dayProblem } from '../config/certificate.ts';
import { loadConfig } from '../config/load.ts';
import { configWarnings } from '../config/rules.ts';
import { checkFfmpeg } from '../doctor/ffmpeg.ts';
import { createHost } from '../doctor/host.ts';
import { createLog } from '../log.ts';
import { createCameraDesk } from '../manage/camera-desk.ts';
import { AddressFollower } from '../manage/follow-addresses.ts';
import { GET_MEDIAMTX, MediamtxMissingError } from '../mediamtx/beside.ts';
import { type RunningRelay, startRelay } from '../relay.ts';
import { notifyReady } from '../service/notify.ts';
import { issueCode, openTokens, ownFingerprint } from './access-commands.ts';
import { type CliContext, calledAs, neededFile, openDataDir, programsOf } from './context.ts';
import { CliError, table } from './output.ts';
import { codeText } from './pair-text.ts';
import { type ReloadResult, writeAnswer } from './reload-answer.ts';
import { Reloader } from './reloader.ts';
import { writeStatus } from './status-answer.ts';

export interface RunOptions {
  readonly config?: string;
  readonly json?: boolean;
}

/**
 * Resolves when the relay has stopped.
 * @throws ConfigError, CliError, or the relay's own error when it cannot start
 */
export async function run(context: CliContext, { config: named, json }: RunOptions): Promise<void> {
  const file = neededFile(context, named);
  const config = loadConfig(file);
  const { stderr, stdout, terminal, journal } = context;
  const reader = terminal ? 'terminal' : journal ? 'journal' : 'program';
  const log = createLog({ level: config.logLevel, stream: stderr, reader });
  for (const { what, fix } of configWarnings(config)) log.warn({ area: 'config' }, `${what}. ${fix}`);
  const ffmpeg = await checkFfmpeg(createHost(programsOf(context)), config.ffmpeg);
  if (ffmpeg.level === 'fail') throw new CliError(`${ffmpeg.what}.`, ffmpeg.fix);
  const dataDir = openDataDir(context, config);
  const { wallClock, timers } = context;
  const follower = new AddressFollower({
    ...{ file, config, log, timers, wallClock, clock: monotonicClock, interfaces: networkInterfaces },
    load: () => loadConfig(file),
    reload: async () => reloader?.ask(),
  });

  const tell = (relay: RunningRelay): void => {
    try {
      writeStatus(dataDir, { pid, atNs: context.sharedClockNs(), status: relay.status() });
    } catch (error) {
      log.warn({ err: error }, '`lockstep status` gets no answer');
    }
  };

  let stopAsked: () => void = () => undefined;
  const stopped = new Promise<void>((resolve) => {
    stopAsked = resolve;
  });
  const releaseStop = context.onStopSignal(() => stopAsked());
  let reloader: Reloader | undefined;
  let reloadAsked = false;
  const releaseReload = context.onReloadSignal(() => {
    reloadAsked = true;
    void reloader?.ask();
  });
  let releaseStatus = (): void => undefined;
  let releaseFollower = (): void => undefined;
  try {
    const manage = createCameraDesk({
      ...{ file, log, random: randomBytes, clock: monotonicClock, wallClock },
      run: programsOf(context),
      interfaces: networkInterfaces,
      reload: async () => failureOf(await reloader?.ask()),
    });
    const relay = await startRelay({ config, log, dataDir, manage, calledAs: calledAs(context, file) }).catch(
      explained,
    );
    try {
      releaseStatus = context.onStatusSignal(() => tell(relay));
      reloader = new Reloader({
        ...{ file, pid, log },
        load: () => follower.load(),
        apply: (next) => relay.reload(next),
        sharedClockNs: () => context.sharedClockNs(),
        answer: (answer) => writeAnswer(dataDir, { ...answer, status: true }),
      });
      const ending =
        relay.certificate === undefined ? undefined : dayProblem(relay.certificate, wallClock.now());
      if (ending !== undefined) log.warn({ area: 'tls' }, `${ending.what}. ${ending.fix}.`);
      if (reloadAsked) void reloader.ask();
      releaseFollower = follower.start(
        () => new Map(relay.status().cameras.map(({ id, state }) => [id, state])),
      );
      const nobody = openTokens(context, dataDir).list().length === 0;
      // A journal keeps what it is told, and others may read it.
      const code = nobody && !journal ? await issueCode(context, dataDir) : undefined;
      const cameras = config.cameras.map(({ id, name, source }) => ({
        id,
        name: name ?? id,
        source: source.type,
      }));
      if (json) {
        stdout.write(
          `${JSON.stringify({ url: relay.url, elsewhere: relay.elsewhere, port: relay.port, fingerprint: relay.certificate?.fingerprint ?? null, mediamtx: relay.mediamtx.state, cameras, pairing: code ?? null })}\n`,
        );
      } else {
        stdout.write(
          table([
            ['Lockstep', context.version],
            ['address', relay.url],
            ...relay.elsewhere.map((address) => ['from elsewhere', address]),
            ...(relay.certificate === undefined
              ? []
              : [['certificate', `SHA-256 ${relay.certificate.fingerprint}`]]),
            ['mediamtx', `${relay.mediamtx.state} (${relay.mediamtx.why})`],
          ]),
        );
        stdout.write(table(cameras.map(({ id, source, name }) => ['camera', id, source, name])));
        stdout.write(
          code !== undefined
            ? codeText(
                {
                  code: code.code,
                  addresses: [relay.url, ...relay.elsewhere],
                  fingerprint: ownFingerprint(relay.certificate),
                },
                context.columns,
              )
            : nobody
              ? 'No client is paired yet; `lockstep pair` shows a code.\n'
              : 'Paired already; `lockstep pair` shows a code for one more client.\n',
        );
      }
      const stopping = notifyReady({ ...programsOf(context), env: context.env, log });
      await stopped;
      stopping();
    } finally {
      releaseFollower();
      await relay.stop();
    }
  } finally {
    releaseStop();
    releaseReload();
    releaseStatus();
  }
}

/** Why a reload did not do what it should, as a sentence. */
function failureOf(result: ReloadResult | undefined): string | undefined {
  switch (result?.outcome) {
    case 'applied':
      return undefined;
    case 'refused':
      return result.problems.join(' ');
    case 'failed':
      return `${result.reason}. See its log.`;
    default:
      return 'it is still starting. Try again in a moment.';
  }
}

function explained(error: unknown): never {
  if (error instanceof MediamtxMissingError) throw new CliError(`${error.message}.`, GET_MEDIAMTX);
  throw error;
}
