/** `lockstep init`: from nothing to a configuration with cameras that were seen; asks, or takes flags. */
import { resolve } from 'node:path';
import { DEFAULT_PORT } from '../../src/wire/protocol.ts';
import type { Config } from '../config/schema.ts';
import { checkPort } from '../doctor/doctor.ts';
import { checkFfmpeg } from '../doctor/ffmpeg.ts';
import { createHost } from '../doctor/host.ts';
import { dataDirHolder } from '../process/data-dir-lock.ts';
import { changeConfig, notWritable } from '../setup/write-config.ts';
import { NEW_FILE, withCameras } from '../setup/yaml-text.ts';
import { type CliContext, configFile, dataDirOf, neededFile, optionalConfig, programsOf } from './context.ts';
import { createDialogue, type Listen, scriptedDialogue } from './dialogue.ts';
import { initCameras } from './init-cameras.ts';
import { finishInit } from './init-finish.ts';
import { CliError, EXIT, type ExitCode } from './output.ts';
import { givenPassword, noPassword, type PasswordOptions } from './password.ts';
import { loadPrompts } from './prompts.ts';

export interface InitOptions extends PasswordOptions {
  readonly yes?: boolean;
  readonly camera?: readonly string[];
  readonly listen?: Listen;
  readonly port?: string;
  readonly config?: string;
  readonly json?: boolean;
}

const HOSTS: Readonly<Record<Listen, string>> = { here: '127.0.0.1', lan: '0.0.0.0' };

/** @throws CliError, ConfigError, Cancelled; nothing has changed then */
export async function init(context: CliContext, options: InitOptions): Promise<ExitCode> {
  const { user, camera: named = [], yes = false, json = false } = options;
  const file = neededFile(context, options.config);
  const path = resolve(context.cwd, file);
  const before = existing(context, options.config, path);
  const port = portOf(options.port);
  const running = holder(dataDirOf(context, before));
  await refuseEarly(
    context,
    path,
    before,
    running === undefined ? (port ?? before?.server.port ?? DEFAULT_PORT) : 0,
  );
  const password = await givenPassword(context, options);
  const asks = context.interactive && !yes;
  if (!asks && !yes) {
    throw new CliError(
      '`lockstep init` asks questions, and there is no terminal for them.',
      'Say --yes, and what to write by flags: `lockstep init --help`.',
    );
  }
  if (!asks && user !== undefined && password === undefined) throw noPassword(user);
  const given = { user, password, listen: options.listen };
  const dialogue = asks
    ? createDialogue(await loadPrompts(), context, given)
    : scriptedDialogue(context, given);
  const drafts = await initCameras(context, dialogue, {
    named,
    known: (before?.cameras ?? []).flatMap(({ source }) => (source.type === 'rtsp' ? [source.url] : [])),
    ffmpeg: before?.ffmpeg ?? 'ffmpeg',
    stills: asks && /truecolor|24bit/.test(context.env.COLORTERM ?? ''),
  });
  if (drafts.length === 0 && options.listen === undefined && port === undefined) {
    dialogue.say(`${file} stays as it is: it has these cameras already.`);
    return EXIT.ok;
  }
  // What stands in the file already was decided before; a package's first one was decided by nobody.
  const fresh = before?.cameras.every(({ source }) => source.type === 'test') ?? true;
  const listen = fresh || options.listen !== undefined ? await dialogue.listen() : undefined;
  const host = listen === undefined ? undefined : HOSTS[listen];
  const written = changeConfig(
    path,
    (text) => withCameras(text ?? NEW_FILE, { drafts, host, port }),
    context.wallClock.now(),
  );
  const backup = written.backup?.replace(path, file);
  const { server } = written.config;
  return finishInit(context, dialogue, {
    file,
    written: { ...written, backup },
    added: drafts.length,
    running,
    moved: server.host !== before?.server.host || server.port !== before.server.port,
    json,
  });
}

function existing(context: CliContext, named: string | undefined, path: string): Config | undefined {
  const config = configFile(context, named);
  // One that is named need not be there.
  if (config === undefined || createHost(programsOf(context)).look(path) === 'ENOENT') return undefined;
  return optionalConfig(context, path);
}

function portOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const port = Number(text);
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return port;
  throw new CliError(`--port "${text}" is no port.`, 'Give a number from 1 to 65535, as in --port 8781.');
}

function holder(dataDir: string): number | undefined {
  try {
    return dataDirHolder(dataDir);
  } catch {
    return undefined; // Another user's: told when it matters.
  }
}

/** What would make all answers useless. @throws CliError */
async function refuseEarly(
  context: CliContext,
  path: string,
  before: Config | undefined,
  port: number,
): Promise<void> {
  const why = notWritable(path);
  if (why !== undefined)
    throw new CliError(
      `${path} cannot be written: ${why}.`,
      'Name another file with --config, or run this as a user who may, as with sudo.',
    );
  const ffmpeg = await checkFfmpeg(createHost(programsOf(context)), before?.ffmpeg);
  if (ffmpeg.level === 'fail') throw new CliError(`${ffmpeg.what}.`, ffmpeg.fix);
  // Whoever has it on all addresses has it on this one; nothing is opened to the network that nobody asked for.
  const free = await checkPort({ host: before?.server.host ?? HOSTS.here, port });
  if (free.level === 'fail')
    throw new CliError(
      `${free.what}.`,
      'Name another port with --port, as in --port 8781, or stop the program that has it.',
    );
}
