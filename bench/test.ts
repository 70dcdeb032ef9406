/**
 * `npm test`: all of Vitest's projects (arguments are handed on), then a look for anything left behind. Names what
 * was skipped and ends with the line `N passed, N failed, N skipped`.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import { allProcesses, type ProcessInfo } from './rig/processes.ts';
import { inProject } from './rig/root.ts';

const VITEST = inProject('node_modules/vitest/vitest.mjs');
/** Programs that a test starts; none may be there afterwards that was not there before. */
const OURS = /^(ffmpeg|ffprobe|chromium|chrome|firefox|mediamtx|gst-)/;

const resultSchema = v.object({
  testResults: v.array(
    v.object({
      name: v.string(),
      message: v.optional(v.string()),
      status: v.string(),
      assertionResults: v.array(v.object({ fullName: v.string(), status: v.string() })),
    }),
  ),
});

export async function main(args: string[]): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-results-'));
  const before = await leftovers();
  try {
    const file = join(folder, 'vitest.json');
    const child = spawn(
      process.execPath,
      [VITEST, 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${file}`, ...args],
      { stdio: ['ignore', 'inherit', 'inherit'] },
    );
    const [code] = await once(child, 'exit');
    const { testResults } = v.parse(resultSchema, JSON.parse(await readFile(file, 'utf8')));
    const results = testResults.flatMap((suite) => suite.assertionResults);
    const count = (status: RegExp): number => results.filter((result) => status.test(result.status)).length;
    const skipped = results.filter((result) => /pending|skipped|todo/.test(result.status));
    if (skipped.length > 0)
      process.stdout.write(`Skipped:\n${skipped.map(({ fullName }) => `  ${fullName}`).join('\n')}\n`);
    const broken = testResults.filter(
      (suite) => suite.status === 'failed' && suite.assertionResults.length === 0,
    ).length;
    const remains = (await leftovers()).filter((entry) => !before.includes(entry));
    if (remains.length > 0)
      process.stdout.write(`Left behind by the tests:\n${remains.map((entry) => `  ${entry}`).join('\n')}\n`);
    const failed = count(/failed/) + broken + (remains.length > 0 ? 1 : 0);
    process.stdout.write(`${count(/passed/)} passed, ${failed} failed, ${skipped.length} skipped\n`);
    return failed === 0 && code === 0 ? 0 : 1;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Processes and temporary files that could be ours, as lines. */
async function leftovers(): Promise<string[]> {
  const processes = allProcesses()
    .filter(({ name }: ProcessInfo) => OURS.test(name))
    .map(({ pid, name }) => `process ${pid} ${name}`);
  const files = (await readdir(tmpdir()))
    .filter((name) => name.startsWith('lockstep-'))
    .map((name) => `file ${join(tmpdir(), name)}`);
  return [...processes, ...files];
}
