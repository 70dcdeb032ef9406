/** Folders of which packages are made, such that the same content makes the same bytes. */
import { spawnSync } from 'node:child_process';
import { chmod, cp, lutimes, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { type Zippable, zipSync } from 'fflate';
import { inProject } from '../../rig/root.ts';

/** What goes into a package: its path there → a file of the project, or the text itself. */
export type Content = Readonly<Record<string, { readonly from: string } | { readonly text: string }>>;

/** @param mode of all files, but for the paths in `programs`, which get 0755 */
export async function fill(
  folder: string,
  content: Content,
  programs: readonly string[] = [],
): Promise<void> {
  for (const [path, entry] of Object.entries(content)) {
    const file = join(folder, path);
    await mkdir(dirname(file), { recursive: true });
    if ('from' in entry) await cp(inProject(entry.from), file, { recursive: true });
    else await writeFile(file, entry.text);
  }
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const program = programs.includes(path.slice(folder.length + 1));
    if (!entry.isSymbolicLink()) await chmod(path, entry.isDirectory() || program ? 0o755 : 0o644);
  }
}

/** Gives all that is in the folder, and itself, this time. */
export async function date(folder: string, epochS: number): Promise<void> {
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true }))
    await lutimes(join(entry.parentPath, entry.name), epochS, epochS);
  await lutimes(folder, epochS, epochS);
}

/**
 * When what is packed was made, in s since the Unix epoch: SOURCE_DATE_EPOCH
 * (https://reproducible-builds.org/specs/source-date-epoch/), else the commit's time, else the year 2000.
 */
export function sourceEpochS(env: Readonly<Record<string, string | undefined>>): number {
  const named = Number(env.SOURCE_DATE_EPOCH);
  if (Number.isInteger(named) && named > 0) return named;
  const { status, stdout } = spawnSync('git', ['log', '-1', '--format=%ct'], {
    cwd: inProject(),
    encoding: 'utf8',
  });
  return status === 0 ? Number(stdout) : 946_684_800;
}

/** What is in the folder, as a zip file. Not by `web-ext build`, which gives all files the time of the moment. */
export async function zipped(folder: string, epochS: number): Promise<Uint8Array> {
  const utc = new Date(epochS * 1000);
  // Zip files hold local time, without a zone: the digits are those of UTC, wherever this runs.
  const mtime = new Date(utc.getTime() + utc.getTimezoneOffset() * 60_000);
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
  const files: Zippable = {};
  for (const path of paths) files[relative(folder, path)] = [await readFile(path), { level: 9, mtime }];
  return zipSync(files);
}

/** @throws Error with what the program said, when it fails or is not there */
export function run(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  cwd = inProject(),
): string {
  const { status, stdout, stderr, error } = spawnSync(program, [...args], {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, TZ: 'UTC', LC_ALL: 'C.UTF-8', ...env },
  });
  if (error !== undefined) throw new Error(`${program} cannot be run: ${error.message}`);
  if (status !== 0) throw new Error(`${program} ${args[0] ?? ''} failed:\n${stderr}${stdout}`);
  return stdout;
}
