/**
 * Finds the MediaMTX program and learns its version by asking it. Looks in this order: the configured path (and
 * then nowhere else), PATH, `<dataDir>/bin`, where install.ts puts it. Running the server is manager.ts.
 */
import { accessSync, closeSync, constants, existsSync, openSync, readSync, statSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { hasCode } from '../files/private-file.ts';
import { runShort, type ShortRunDeps } from '../process/short-run.ts';
import { isSupported, OLDEST_VERSION, parseVersion, type Version } from './version.ts';

export const PROGRAM_NAME = 'mediamtx';

export type Identified =
  | { readonly kind: 'program'; readonly version: Version }
  /** `problem` is a sentence without its full stop that names the file. */
  | { readonly kind: 'unusable'; readonly problem: string };

export type Found =
  | {
      readonly kind: 'found';
      readonly path: string;
      readonly version: Version;
      /** Sentences about programs that were passed over on the way. */
      readonly passedOver: readonly string[];
    }
  | {
      readonly kind: 'none';
      readonly problem: string;
      /** As above; empty when there is simply none. */
      readonly passedOver: readonly string[];
    };

export interface FindDeps extends ShortRunDeps {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly dataDir: string;
  /** Path from the configuration; undefined looks in the usual places. */
  readonly configured: string | undefined;
}

/** It prints its version within 50 ms on a slow host; the rest is for a disk that has to spin up. */
const VERSION_TIMEOUT_MS = 5_000;
const MAX_OUTPUT_CHARS = 4_096;

/** Where the relay keeps a program that it downloaded itself. */
export const installedPath = (dataDir: string): string => join(dataDir, 'bin', PROGRAM_NAME);

export async function findMediamtx(deps: FindDeps): Promise<Found> {
  const { dataDir } = deps;
  if (deps.configured !== undefined) {
    // It will run in another folder.
    const configured = resolve(deps.configured);
    const identified: Identified = existsSync(configured)
      ? await identify(configured, deps)
      : { kind: 'unusable', problem: `MediaMTX was not found at ${configured}` };
    if (identified.kind === 'program') {
      return { kind: 'found', path: configured, version: identified.version, passedOver: [] };
    }
    const { problem } = identified;
    return { kind: 'none', problem, passedOver: [problem] };
  }
  const passedOver: string[] = [];
  for (const path of candidates(deps)) {
    const identified = await identify(path, deps);
    if (identified.kind === 'program') {
      return { kind: 'found', path, version: identified.version, passedOver };
    }
    passedOver.push(identified.problem);
  }
  const places = `no usable MediaMTX on PATH or in ${join(dataDir, 'bin')}`;
  return { kind: 'none', problem: [places, ...passedOver].join('; '), passedOver };
}

function candidates({ env, dataDir }: FindDeps): string[] {
  const onPath = (env.PATH ?? '')
    .split(delimiter)
    // An empty or relative entry means the current folder, which anybody may have filled.
    .filter((folder) => folder.startsWith('/'))
    .map((folder) => join(folder, PROGRAM_NAME));
  return [...new Set([...onPath, installedPath(dataDir)])].filter((path) => existsSync(path));
}

/** Runs `<path> --version`. A file that cannot be MediaMTX is not run at all. */
export async function identify(path: string, deps: ShortRunDeps): Promise<Identified> {
  const problem = inspect(path);
  if (problem !== undefined) return { kind: 'unusable', problem };
  let output = '';
  const { ending, late } = await runShort(deps, {
    spec: { program: path, args: ['--version'] },
    limitMs: VERSION_TIMEOUT_MS,
    onStdout: (chunk) => {
      if (output.length < MAX_OUTPUT_CHARS) output += Buffer.from(chunk).toString('utf8');
    },
  });
  if (late) {
    const within = `within ${VERSION_TIMEOUT_MS / 1000} s`;
    return { kind: 'unusable', problem: `${path} did not tell its version ${within}, so it is not MediaMTX` };
  }
  if (ending.kind === 'not-started') {
    return { kind: 'unusable', problem: `${path} cannot be run on this host (${ending.code})` };
  }
  const version = parseVersion(output);
  if (version === undefined) {
    return {
      kind: 'unusable',
      problem: `${path} does not tell a version of MediaMTX, so it is another program`,
    };
  }
  if (!isSupported(version)) {
    const what = `${path} is MediaMTX ${version.text}, older than ${OLDEST_VERSION}`;
    return { kind: 'unusable', problem: `${what}: install a newer one` };
  }
  return { kind: 'program', version };
}

/** First bytes of programs: ELF, Mach-O (64 bit in both byte orders, universal) and scripts that name their interpreter. */
const MAGIC = ['7f454c46', 'cffaedfe', 'feedfacf', 'cafebabe'].map((hex) => Buffer.from(hex, 'hex'));
const SCRIPT = Buffer.from('#!');

/**
 * What is wrong with a file, in words, before anything is run. A text file with the right name and mode would
 * otherwise be handed to the shell: execvp(3) does so with whatever the kernel does not recognise.
 */
function inspect(path: string): string | undefined {
  const head = Buffer.alloc(4);
  try {
    if (!statSync(path).isFile()) return `${path} is not a file`;
    accessSync(path, constants.X_OK);
    const file = openSync(path, 'r');
    try {
      readSync(file, head, 0, head.length, 0);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    if (hasCode(error, 'EACCES'))
      return `${path} may not be run by this user: make it executable (chmod a+rx)`;
    if (hasCode(error, 'ENOENT')) return `${path} is not there any more`;
    throw error;
  }
  if (MAGIC.some((magic) => head.equals(magic)) || head.subarray(0, 2).equals(SCRIPT)) return undefined;
  return `${path} is not a program: it holds something else`;
}
