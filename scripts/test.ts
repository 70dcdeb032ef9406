/**
 * `npm test`: all of Vitest's projects (arguments are handed on), then a look for anything left behind. Names what
 * was skipped and ends with the line `N passed, N failed, N skipped`.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import { allProcesses, type ProcessInfo } from '../rig/processes.ts';
import { inProject } from '../rig/root.ts';

const VITEST = inProject('node_modules/vitest/vitest.mjs');
/** Programs that a test starts; none may outlive it. (The browser's crash handler is a daemon by design and goes with it.) */
const OURS = /^(ffmpeg|ffprobe|chromium|chrome|firefox(-esr)?|mediamtx|gst-.*)$/;

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
  // Of its own: whatever is in it afterwards was left behind by a test, and by nobody else on this machine.
  const temporary = join(folder, 'tmp');
  await mkdir(temporary);
  const before = orphans();
  try {
    const file = join(folder, 'vitest.json');
    const child = spawn(
      process.execPath,
      [VITEST, 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${file}`, ...args],
      { stdio: ['ignore', 'inherit', 'inherit'], env: { ...process.env, TMPDIR: temporary } },
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
    const remains = [...orphans().filter((entry) => !before.includes(entry)), ...(await files(temporary))];
    if (remains.length > 0)
      process.stdout.write(`Left behind by the tests:\n${remains.map((entry) => `  ${entry}`).join('\n')}\n`);
    const failed = count(/failed/) + broken + (remains.length > 0 ? 1 : 0);
    process.stdout.write(`${count(/passed/)} passed, ${failed} failed, ${skipped.length} skipped\n`);
    return failed === 0 && code === 0 ? 0 : 1;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Programs of ours whose parent is gone, as lines. */
function orphans(): string[] {
  return allProcesses()
    .filter(({ name, parent }: ProcessInfo) => OURS.test(name) && (parent === 1 || parent === process.pid))
    .map(({ pid, name }) => `process ${pid} ${name}`);
}

async function files(folder: string): Promise<string[]> {
  const names = (await readdir(folder)).filter((name) => name.startsWith('lockstep-'));
  return names.map((name) => `file ${join(folder, name)}`);
}
