import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, describe, expect, test } from 'vitest';
import { leftBehind, marked } from '../../../scripts/test.ts';

const children: ChildProcess[] = [];
afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }
});

function start(env: NodeJS.ProcessEnv): number {
  const child = spawn('sleep', ['60'], { stdio: 'ignore', env });
  children.push(child);
  return child.pid ?? 0;
}

describe('what a run of the tests left behind', () => {
  test('is blamed on it; a program of somebody else is not, whatever its name', async () => {
    const folder = `/tmp/lockstep-results-ours-${process.pid}`;
    start(process.env);
    start(marked(`/tmp/lockstep-results-theirs-${process.pid}`));
    const ours = start(marked(folder));
    expect(await leftBehind(folder, 0)).toEqual([`process ${ours} sleep`]);
  });

  test('is found by the little that the relay hands on to its children', async () => {
    const folder = `/tmp/lockstep-results-child-${process.pid}`;
    const { PATH } = marked(folder);
    const ours = start({ PATH, LC_ALL: 'C' });
    expect(await leftBehind(folder, 0)).toEqual([`process ${ours} sleep`]);
  });

  test('is not what ends by itself in a moment', async () => {
    const folder = `/tmp/lockstep-results-late-${process.pid}`;
    const child = spawn('sleep', ['0.2'], { stdio: 'ignore', env: marked(folder) });
    children.push(child);
    expect(await leftBehind(folder, 5_000)).toEqual([]);
  });
});
