/**
 * `npm test`: all of Vitest's projects (arguments are handed on), a last try of what failed in a run of all, then a
 * look for anything left behind. Names the slowest files, what passed only when tried again and what was skipped, and ends
 * with the line `N passed, N failed, N skipped`.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ProcessInfo, processesThatMention } from '../rig/processes.ts';
import { inProject } from '../rig/root.ts';
import { type FileResult, hasFailed, RESULTS_VARIABLE, withLastTry } from './test-results.ts';

const VITEST = inProject('node_modules/vitest/vitest.mjs');
const REPORTER = inProject('scripts/test-results.ts');
const SLOWEST = 10;
/** A program that was told to end may need a moment to do so. */
const END_WITHIN_MS = 2_000;
/** Chromium's crash handler is a daemon by design and ends by itself when its browser is gone. */
const DAEMONS = /^chrome_crashpad/;

export async function main(args: string[]): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-results-'));
  try {
    // Of its own: whatever is in it afterwards was left behind by a test, and by nobody else on this machine.
    const temporary = join(folder, 'tmp');
    await mkdir(temporary);
    const first = await runVitest(folder, args);
    const last = args.length === 0 ? await lastTry(folder, first) : first;
    const remains = [...(await leftBehind(folder)), ...(await filesIn(temporary))];
    return report(last.files, remains) && last.code === 0 ? 0 : 1;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface Run {
  readonly code: number;
  readonly files: FileResult[];
}

async function runVitest(folder: string, args: readonly string[]): Promise<Run> {
  const file = join(folder, 'results.json');
  const child = spawn(
    process.execPath,
    [VITEST, 'run', '--reporter=default', `--reporter=${REPORTER}`, ...args],
    {
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...marked(folder), TMPDIR: join(folder, 'tmp'), [RESULTS_VARIABLE]: file },
    },
  );
  const [code] = await once(child, 'exit');
  return { code: code ?? 1, files: JSON.parse(await readFile(file, 'utf8')) };
}

/**
 * Of a run of everything: what failed beside real programs is tried a last time, one file after the other, when all
 * else has ended. A host that was taken away for a minute failed three tries of one test, and two of the one beside it.
 */
async function lastTry(folder: string, first: Run): Promise<Run> {
  const failed = first.files.filter(hasFailed);
  if (failed.length === 0 || failed.some(({ project }) => project === 'unit')) return first;
  const names = failed.map(({ file }) => file);
  list('Failed, and tried a last time with nothing beside:', names);
  const again = await runVitest(folder, ['--no-file-parallelism', ...names]);
  return { code: again.code, files: withLastTry(first.files, again.files) };
}

/**
 * The environment in which all programs of this run can be told from any others of this machine. PATH is what even
 * the relay's children inherit; the folder at its end holds no program.
 */
export function marked(folder: string): NodeJS.ProcessEnv {
  return { ...process.env, PATH: `${process.env.PATH ?? ''}${delimiter}${folder}` };
}

/** Programs of this run that did not end, as lines. */
export async function leftBehind(folder: string, withinMs = END_WITHIN_MS): Promise<string[]> {
  const deadlineMs = performance.now() + withinMs;
  for (;;) {
    const found = processesThatMention(folder).filter(({ name }: ProcessInfo) => !DAEMONS.test(name));
    if (found.length === 0 || performance.now() > deadlineMs)
      return found.map(({ pid, name }) => `process ${pid} ${name}`);
    await sleep(100);
  }
}

async function filesIn(folder: string): Promise<string[]> {
  const names = (await readdir(folder)).filter((name) => name.startsWith('lockstep-'));
  return names.map((name) => `file ${join(folder, name)}`);
}

/** Prints the end of the run; whether all is well. */
function report(files: readonly FileResult[], remains: readonly string[]): boolean {
  const tests = files.flatMap((file) => file.tests);
  const names = (state: string): string[] =>
    tests.filter((test) => test.state === state).map((test) => test.name);
  const slowest = files.toSorted((a, b) => b.tookMs - a.tookMs).slice(0, SLOWEST);
  list(
    'Slowest files:',
    slowest.map(({ file, tookMs }) => `${(tookMs / 1000).toFixed(1).padStart(6)} s  ${file}`),
  );
  list(
    'Passed only when tried again:',
    tests.flatMap(({ name, state, complaint }) =>
      state === 'failed' || complaint === undefined ? [] : `${name}: ${complaint}`,
    ),
  );
  list('Skipped:', names('skipped'));
  list('Left behind by the tests:', remains);
  const failed =
    names('failed').length + files.filter(({ broken }) => broken).length + (remains.length > 0 ? 1 : 0);
  process.stdout.write(
    `${names('passed').length} passed, ${failed} failed, ${names('skipped').length} skipped\n`,
  );
  return failed === 0;
}

function list(title: string, lines: readonly string[]): void {
  if (lines.length > 0) process.stdout.write(`${title}\n${lines.map((line) => `  ${line}\n`).join('')}`);
}
