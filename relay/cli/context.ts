/** What the commands get from the process: only relay/cli.ts touches the real one. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import type { Cancel, Clock, Timers } from '../../src/wire/ports.ts';
import { loadConfig } from '../config/load.ts';
import { DataDirError, defaultDataDir, ensureDataDir } from '../config/paths.ts';
import type { Config } from '../config/schema.ts';
import type { Platform } from '../mediamtx/release.ts';
import type { ShortRunDeps } from '../process/short-run.ts';
import { createSpawn } from '../process/spawn.ts';
import { CliError } from './output.ts';

const DEFAULT_CONFIG = 'lockstep.yaml';

/** Of the Debian package. */
const SYSTEM_CONFIG = '/etc/lockstep/lockstep.yaml';
/** What `--config` says of itself: see {@link configFile}. */
export const CONFIG_HELP = `configuration (default: ${DEFAULT_CONFIG} when it lies here, else ${SYSTEM_CONFIG})`;

export interface CliContext {
  readonly version: string;
  /** How it was started: Node and the file, absolute paths. */
  readonly program: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  /** Folder that relative paths of arguments count from. */
  readonly cwd: string;
  readonly stdin: Readable;
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: Writable;
  /** Whether a person reads stderr on a terminal. */
  readonly terminal: boolean;
  /** How wide stdout is where it is a terminal. */
  readonly columns: number | undefined;
  /** Whether a person can be asked: they type on a terminal and see the question on one. */
  readonly interactive: boolean;
  /** Whether stderr goes to systemd's journal. */
  readonly journal: boolean;
  readonly wallClock: Clock;
  readonly timers: Timers;
  readonly cores: number;
  readonly platform: Platform;
  /**
   * Runs a program on the terminal of this one, with its environment.
   * @returns its exit code; undefined when it is not there
   */
  attach(program: string, args: readonly string[]): Promise<number | undefined>;
  /** Calls `stop` on the first request to end the process; the second ends it at once. */
  onStopSignal(stop: () => void): Cancel;
  /** Calls `reload` on each request to read the configuration again. */
  onReloadSignal(reload: () => void): Cancel;
  /** Asks another process for that. @throws the system's error when it is gone or another user's */
  sendReloadSignal(pid: number): void;
  /** Calls `tell` on each request to tell how the relay does. */
  onStatusSignal(tell: () => void): Cancel;
  /** Asks another process for that. @throws the system's error when it is gone or another user's */
  sendStatusSignal(pid: number): void;
  /** Restarts the Debian package's service, and tells whether it serves; undefined where this process may not. */
  readonly restartService: (() => Promise<boolean>) | undefined;
  /** Nanoseconds by a clock that all processes of this host share and nobody sets. */
  sharedClockNs(): bigint;
}

/** Runs programs for `check`, `doctor` and the first lines of `run` as the relay runs its children. */
export function programsOf({ env, timers }: CliContext): ShortRunDeps {
  return { spawn: createSpawn({ env, timers }), timers };
}

/** The configuration that was named, else the one that lies here, else the system's; undefined when there is none. */
export function configFile({ cwd }: Pick<CliContext, 'cwd'>, named: string | undefined): string | undefined {
  if (named !== undefined || existsSync(resolve(cwd, DEFAULT_CONFIG))) return named ?? DEFAULT_CONFIG;
  return existsSync(SYSTEM_CONFIG) ? SYSTEM_CONFIG : undefined;
}

/** Whether a configuration is that of the Debian package's service. */
export const isSystems = ({ cwd }: Pick<CliContext, 'cwd'>, file: string): boolean =>
  resolve(cwd, file) === SYSTEM_CONFIG;

/** How this program is called for a configuration: that of the Debian package is root's and the service's alone. */
export const calledAs = (context: Pick<CliContext, 'cwd'>, file: string | undefined): string =>
  file !== undefined && isSystems(context, file) ? 'sudo lockstep' : 'lockstep';

/** {@link configFile} for who cannot do without: where there is none, the one that should lie here. */
export const neededFile = (context: CliContext, named: string | undefined): string =>
  configFile(context, named) ?? DEFAULT_CONFIG;

/** {@link configFile}, read; undefined when there is none. @throws ConfigError */
export function optionalConfig(context: CliContext, named: string | undefined): Config | undefined {
  const file = configFile(context, named);
  return file === undefined ? undefined : loadConfig(file);
}

export function dataDirOf({ env, home }: CliContext, config: Config | undefined): string {
  return config?.dataDir ?? defaultDataDir(env, home);
}

/** The data folder, created when it is not there. @throws CliError when that fails or it is open to others */
export function openDataDir(context: CliContext, config: Config | undefined): string {
  const dataDir = dataDirOf(context, config);
  try {
    ensureDataDir(dataDir);
  } catch (error) {
    if (error instanceof DataDirError) throw new CliError(`${error.message}.`, error.fix);
    const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new CliError(
      `the data folder ${dataDir} cannot be created (${reason}).`,
      'Change the owner of the folder above it, or set "dataDir" in the configuration to a folder of this user.',
    );
  }
  return dataDir;
}
