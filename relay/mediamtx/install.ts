/**
 * Downloads a release of MediaMTX into the data folder, after comparing it with the checksum that this build knows, or
 * else with the release's own.
 * Nothing is left behind when it fails, and an installed program is never replaced unless that was asked for.
 * Options, output and exit codes are the command line's.
 */
import { createHash } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { Timers } from '../../src/wire/ports.ts';
import { ensureDataDir } from '../config/paths.ts';
import type { ShortRunDeps } from '../process/short-run.ts';
import { identify, installedPath, PROGRAM_NAME } from './find.ts';
import {
  addressProblem,
  CHECKSUMS_FILE,
  type Platform,
  parseChecksums,
  RELEASE_VERSION,
  RELEASES_URL,
  releaseAsset,
} from './release.ts';
import { fileFromTar, TarError } from './tar.ts';

/** Why nothing was installed; the message is a sentence without its full stop. */
export class InstallError extends Error {
  override readonly name = 'InstallError';
}

export interface InstallProgress {
  readonly receivedBytes: number;
  /** Undefined when the server does not tell. */
  readonly totalBytes: number | undefined;
}

export interface InstallDeps extends ShortRunDeps {
  readonly dataDir: string;
  readonly platform: Platform;
  readonly fetch: typeof globalThis.fetch;
  readonly timers: Timers;
  /** SHA-256 by the name of the archive; such an archive is held to it, whatever the server lists. */
  readonly knownChecksums: ReadonlyMap<string, string>;
  readonly onProgress: (progress: InstallProgress) => void;
}

export interface InstallOptions {
  /** As in 1.20.1; the tested release by default. */
  readonly version?: string;
  /** Folder of releases; the project's own by default. */
  readonly baseUrl?: string;
  /** Replaces a program that is installed already. */
  readonly replace?: boolean;
}

export interface Installed {
  readonly kind: 'installed' | 'already-there';
  readonly path: string;
  readonly version: string;
}

/** A server that sends nothing for this long is given up. */
const SILENCE_MS = 30_000;
const MAX_CHECKSUMS_BYTES = 64 * 1024;
/** An archive has about 25 MB, the program in it 60. */
const MAX_ARCHIVE_BYTES = 200 * 1024 * 1024;
const MAX_UNPACKED_BYTES = 500 * 1024 * 1024;

/** @throws InstallError */
export async function installMediamtx(deps: InstallDeps, options: InstallOptions = {}): Promise<Installed> {
  const { version = RELEASE_VERSION, baseUrl = RELEASES_URL, replace = false } = options;
  const path = installedPath(deps.dataDir);
  refuseUnsafe(baseUrl);
  const present = await installedVersion(path, deps);
  if (present === version) return { kind: 'already-there', path, version };
  if (present !== undefined && !replace) {
    const what = `${path} is already there (${present}) and is not replaced by ${version}`;
    throw new InstallError(`${what}: ask for it with --replace, or remove the file`);
  }
  const asset = releaseAsset(version, deps.platform);
  if ('problem' in asset) throw new InstallError(asset.problem);
  const program = await downloadProgram(`${baseUrl}/v${version}`, asset.name, deps);
  await place(program, path, version, deps);
  return { kind: 'installed', path, version };
}

/** What is installed: a version, or in words that it is something else; undefined when nothing is. */
async function installedVersion(path: string, deps: ShortRunDeps): Promise<string | undefined> {
  if (!existsSync(path)) return undefined;
  const identified = await identify(path, deps);
  return identified.kind === 'program' ? identified.version.text : 'not a usable program';
}

async function downloadProgram(folderUrl: string, asset: string, deps: InstallDeps): Promise<Buffer> {
  const known = deps.knownChecksums.get(asset);
  const expected = known ?? (await listedChecksum(folderUrl, asset, deps));
  const url = `${folderUrl}/${asset}`;
  const archive = await download(url, MAX_ARCHIVE_BYTES, deps, deps.onProgress);
  const actual = createHash('sha256').update(archive).digest('hex');
  if (actual !== expected) {
    const [what, says] =
      known === undefined
        ? ['what the release lists', 'the release says']
        : ['the archive that Lockstep knows', 'it has'];
    const sums = `its SHA-256 is ${actual}, ${says} ${expected}`;
    throw new InstallError(`${url} is not ${what} (${sums}): nothing was installed`);
  }
  return unpack(archive, url);
}

/** What the release itself says of its archive. */
async function listedChecksum(folderUrl: string, asset: string, deps: InstallDeps): Promise<string> {
  const url = `${folderUrl}/${CHECKSUMS_FILE}`;
  const list = await download(url, MAX_CHECKSUMS_BYTES, deps, () => undefined);
  const listed = parseChecksums(list.toString('utf8')).get(asset);
  if (listed === undefined) throw new InstallError(`${url} does not list ${asset}: there is no such release`);
  return listed;
}

function refuseUnsafe(address: string): void {
  const problem = addressProblem(address);
  if (problem !== undefined) throw new InstallError(`${address} is not taken: ${problem}`);
}

async function unpack(archive: Buffer, url: string): Promise<Buffer> {
  let program: Buffer | undefined;
  try {
    const tar = await promisify(gunzip)(archive, { maxOutputLength: MAX_UNPACKED_BYTES });
    program = fileFromTar(tar, PROGRAM_NAME);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const why = error instanceof TarError ? error.message : 'it cannot be unpacked';
    throw new InstallError(`${url} is of no use: ${why}`);
  }
  if (program === undefined) throw new InstallError(`${url} holds no file named ${PROGRAM_NAME}`);
  return program;
}

async function download(
  url: string,
  maxBytes: number,
  { fetch, timers }: InstallDeps,
  onProgress: (progress: InstallProgress) => void,
): Promise<Buffer> {
  const abort = new AbortController();
  const silence = new Silence(timers, () => abort.abort());
  try {
    const response = await fetch(url, { signal: abort.signal, redirect: 'follow' });
    // A redirect may have led elsewhere.
    refuseUnsafe(response.url);
    if (!response.ok || response.body === null) {
      throw new InstallError(`${url} cannot be downloaded: the server answered ${response.status}`);
    }
    const announced = Number(response.headers.get('content-length') ?? Number.NaN);
    const totalBytes = Number.isInteger(announced) ? announced : undefined;
    const chunks: Uint8Array[] = [];
    let receivedBytes = 0;
    for await (const chunk of response.body) {
      silence.broken();
      receivedBytes += chunk.length;
      if (receivedBytes > maxBytes) {
        throw new InstallError(`${url} is larger than ${maxBytes} bytes, so it is something else`);
      }
      chunks.push(chunk);
      onProgress({ receivedBytes, totalBytes });
    }
    return Buffer.concat(chunks);
  } catch (error) {
    if (error instanceof InstallError) throw error;
    if (!(error instanceof Error)) throw error;
    const why = abort.signal.aborted ? `the server sent nothing for ${SILENCE_MS / 1000} s` : causeOf(error);
    throw new InstallError(`${url} cannot be downloaded: ${why}`);
  } finally {
    silence.end();
    abort.abort();
  }
}

/** fetch says "fetch failed" or "terminated"; the reason is in its cause. */
function causeOf(error: Error): string {
  const { cause } = error;
  return cause instanceof Error ? `${error.message} (${cause.message})` : error.message;
}

/** Ends what waits too long for the next piece. */
class Silence {
  readonly #timers: Timers;
  readonly #give: () => void;
  #cancel: () => void;

  constructor(timers: Timers, giveUp: () => void) {
    this.#timers = timers;
    this.#give = giveUp;
    this.#cancel = timers.after(SILENCE_MS, giveUp);
  }

  broken(): void {
    this.#cancel();
    this.#cancel = this.#timers.after(SILENCE_MS, this.#give);
  }

  end(): void {
    this.#cancel();
  }
}

/** Beside its place first, and asked for its version there: what cannot run on this host never gets the name. */
async function place(program: Buffer, path: string, version: string, deps: InstallDeps): Promise<void> {
  const temporary = `${path}.${version}.tmp`;
  orInstallError(path, () => {
    ensureDataDir(deps.dataDir);
    mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
  });
  try {
    orInstallError(path, () => writeProgram(temporary, program));
    const identified = await identify(temporary, deps);
    const found = identified.kind === 'program' ? identified.version.text : identified.problem;
    if (found !== version) {
      throw new InstallError(
        `the downloaded program is not MediaMTX ${version} (${found}): nothing was installed`,
      );
    }
    orInstallError(path, () => renameSync(temporary, path));
  } finally {
    rmSync(temporary, { force: true });
  }
}

function orInstallError(path: string, step: () => void): void {
  try {
    step();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new InstallError(`${path} cannot be written (${error.message})`);
  }
}

function writeProgram(path: string, program: Buffer): void {
  rmSync(path, { force: true });
  // wx: never follow a link that someone else put there.
  const file = openSync(path, 'wx', 0o755);
  try {
    for (let at = 0; at < program.length; ) at += writeSync(file, program, at);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  // Whatever the umask took away.
  chmodSync(path, 0o755);
}
