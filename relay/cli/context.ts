/** What the commands get from the process: only relay/cli.ts touches the real one. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Cancel, Clock, Timers } from '../../src/wire/ports.ts';
import { loadConfig } from '../config/load.ts';
import { DataDirError, defaultDataDir, ensureDataDir } from '../config/paths.ts';
import type { Config } from '../config/schema.ts';
import type { Platform } from '../mediamtx/release.ts';
import type { ShortRunDeps } from '../process/short-run.ts';
import { createSpawn } from '../process/spawn.ts';
import { CliError } from './output.ts';

export const DEFAULT_CONFIG = 'lockstep.yaml';

export interface CliContext {
  readonly version: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  /** Folder that relative paths of arguments count from. */
  readonly cwd: string;
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
  /** Whether a person reads stderr on a terminal. */
  readonly terminal: boolean;
  readonly wallClock: Clock;
  readonly timers: Timers;
  readonly cores: number;
  readonly platform: Platform;
  /** Calls `stop` on the first request to end the process; the second ends it at once. */
  onStopSignal(stop: () => void): Cancel;
  /** Calls `reload` on each request to read the configuration again. */
  onReloadSignal(reload: () => void): Cancel;
  /** Asks another process for that. @throws the system's error when it is gone or another user's */
  sendReloadSignal(pid: number): void;
  /** Nanoseconds by a clock that all processes of this host share and nobody sets. */
  sharedClockNs(): bigint;
}

/** Runs programs for `check`, `doctor` and the first lines of `run` as the relay runs its children. */
export function programsOf({ env, timers }: CliContext): ShortRunDeps {
  return { spawn: createSpawn({ env, timers }), timers };
}

/** The configuration that was named; else lockstep.yaml when it lies here; else none. @throws ConfigError */
export function optionalConfig({ cwd }: CliContext, named: string | undefined): Config | undefined {
  if (named === undefined && !existsSync(resolve(cwd, DEFAULT_CONFIG))) return undefined;
  return loadConfig(named ?? DEFAULT_CONFIG);
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
