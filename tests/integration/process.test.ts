/** Real processes: groups, signals, endings, and what a killed relay leaves behind. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { getPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { activityOf } from '../../relay/process/activity.ts';
import type { Child, ChildSpec } from '../../relay/process/child.ts';
import type { Ending } from '../../relay/process/ending.ts';
import {
  createRunRecords,
  processStartTime,
  type RunRecordPort,
  reapLeftovers,
} from '../../relay/process/run-records.ts';
import { Supervisor } from '../../relay/process/supervisor.ts';
import { monotonicClock, platformTimers } from '../../src/wire/ports.ts';
import { realSpawn } from '../support/camera-rig.ts';
import { eventually } from '../support/eventually.ts';

const STUBBORN = `process.on('SIGTERM', () => {}); console.log('ready'); setInterval(() => {}, 1000);`;
/** A leader that ends while its child of the same group, which holds the same pipes, lives on. */
const DESERTER = `
  const { spawn } = require('node:child_process');
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit' });
  console.log(child.pid);
  setTimeout(() => process.exit(3), 100);`;

interface Running {
  readonly child: Child;
  readonly pid: number;
  readonly output: () => string;
  readonly ended: Promise<Ending>;
}

let started: Running[] = [];

function run(spec: Partial<ChildSpec> & { script?: string }): Running {
  let output = '';
  let child: Child | undefined;
  const ended = new Promise<Ending>((resolve) => {
    child = realSpawn()(
      {
        program: process.execPath,
        args: spec.script === undefined ? [] : ['-e', spec.script],
        ...spec,
      },
      {
        onStdout: (chunk) => {
          output += Buffer.from(chunk).toString();
        },
        onStderr: (text) => {
          output += text;
        },
        onControl: (text) => {
          output += text;
        },
        onOutput: (fd, chunk) => {
          output += `[${fd} ${Buffer.from(chunk).toString()}]`;
        },
        onEnded: resolve,
      },
    );
  });
  if (child === undefined) throw new Error('nothing was started');
  const running = { child, pid: child.pid ?? -1, output: () => output, ended };
  started.push(running);
  return running;
}

const alive = (pid: number): boolean => processStartTime(pid) !== undefined;
const ready = (running: Running): Promise<string> =>
  eventually('the child to be ready', running.output, (text) => text.includes('ready'));

afterEach(async () => {
  for (const { child, ended } of started) {
    child.signal('SIGKILL');
    await ended;
  }
  started = [];
});

describe('a child process', () => {
  it('passes standard input in and all three outputs out', async () => {
    const script = `process.stdin.on('data', d => { process.stdout.write('out ' + d); process.stderr.write('err '); require('fs').writeSync(3, 'three '); })`;
    const child = run({ script, stdin: 'hello' });
    expect(await child.ended).toEqual({ kind: 'exit', code: 0 });
    expect(child.output()).toMatch(/out hello/);
    expect(child.output()).toMatch(/err /);
    expect(child.output()).toMatch(/three /);
  });

  it('takes standard input as it comes, and keeps what the program does not read', async () => {
    const reads = run({
      script: `process.stdin.on('data', d => process.stdout.write('got ' + d + ';'))`,
      streamed: true,
    });
    for (const word of ['one', 'two']) {
      reads.child.input?.write(new TextEncoder().encode(word));
      await eventually('the echo', reads.output, (text) => text.includes(word));
    }
    const deaf = run({ script: STUBBORN, streamed: true });
    await ready(deaf);
    deaf.child.input?.write(new Uint8Array(5_000_000));
    expect(deaf.child.input?.pendingBytes).toBeGreaterThan(1_000_000);
    deaf.child.signal('SIGKILL');
    await deaf.ended;
    deaf.child.input?.write(new Uint8Array(1));
  });

  it('lets others go first where it is asked to, with its whole group', async () => {
    const nice = run({ script: STUBBORN, niceness: 7 });
    await ready(nice);
    expect(getPriority(nice.pid)).toBe(7);
    const group = `/proc/${nice.pid}/autogroup`;
    if (!existsSync(group)) return;
    await eventually(
      'the group',
      () => readFileSync(group, 'utf8'),
      (text) => /nice 7$/m.test(text),
    );
  });

  it('is told apart: one that waits, one that works, one that is stopped', async () => {
    const waits = run({ script: STUBBORN });
    await ready(waits);
    await eventually(
      'it to wait',
      () => activityOf(waits.pid),
      (activity) => activity === 'waiting',
    );
    process.kill(waits.pid, 'SIGSTOP');
    await eventually(
      'it to stop',
      () => activityOf(waits.pid),
      (activity) => activity === 'stopped',
    );
    const works = run({ script: `console.log('ready'); for (;;);` });
    await ready(works);
    expect(activityOf(works.pid)).toBe('busy');
    works.child.signal('SIGKILL');
    await works.ended;
    expect(activityOf(works.pid)).toBeUndefined();
  });

  it('has as many more outputs as were asked for', async () => {
    const script = `require('fs').writeSync(4, 'four'); require('fs').writeSync(5, 'five');`;
    const child = run({ script, outputs: 2 });
    expect(await child.ended).toEqual({ kind: 'exit', code: 0 });
    expect(child.output()).toContain('[4 four]');
    expect(child.output()).toContain('[5 five]');
  });

  it('sees a minimal environment', async () => {
    process.env.LOCKSTEP_TEST_SECRET = 'hush';
    const child = run({ script: 'console.log(Object.keys(process.env).join())' });
    delete process.env.LOCKSTEP_TEST_SECRET;
    await child.ended;
    expect(child.output()).toContain('PATH');
    expect(child.output()).not.toContain('LOCKSTEP_TEST_SECRET');
  });

  it.each<[string, string, Ending]>([
    ['exit code', 'process.exit(7)', { kind: 'exit', code: 7 }],
    ['signal', `process.kill(process.pid, 'SIGKILL')`, { kind: 'signal', signal: 'SIGKILL' }],
  ])('ends with its %s', async (_what, script, ending) => {
    expect(await run({ script }).ended).toEqual(ending);
  });

  it('that does not exist ends as not started', async () => {
    const program = join(tmpdir(), 'lockstep-no-such-program');
    expect(await run({ program }).ended).toEqual({ kind: 'not-started', code: 'ENOENT', program });
  });

  it('takes its whole group with it', async () => {
    const child = run({ script: DESERTER });
    expect(await child.ended).toEqual({ kind: 'exit', code: 3 });
    const orphan = Number(child.output());
    await eventually(
      'the orphan to be gone',
      () => alive(orphan),
      (is) => !is,
      2_000,
    );
  });

  it('that is stopped dies of SIGKILL although SIGTERM does not reach it', async () => {
    const child = run({ script: `console.log('ready'); setInterval(() => {}, 1000)` });
    await ready(child);
    process.kill(child.pid, 'SIGSTOP');
    child.child.signal('SIGTERM');
    const first = await Promise.race([
      child.ended,
      new Promise((resolve) => setTimeout(() => resolve('still there'), 300)),
    ]);
    expect(first).toBe('still there');
    child.child.signal('SIGKILL');
    expect(await child.ended).toMatchObject({ kind: 'signal' });
  });
});

describe('a supervisor with a real process', () => {
  it('stops one that ignores SIGTERM', async () => {
    const children: Running[] = [];
    const supervisor = new Supervisor({
      clock: monotonicClock,
      timers: platformTimers({ unref: true }),
      random: Math.random,
      launch: (onEnded) => {
        const child = run({ script: STUBBORN });
        children.push(child);
        void child.ended.then(onEnded);
        return { terminate: () => child.child.signal('SIGTERM'), kill: () => child.child.signal('SIGKILL') };
      },
      onChange: () => undefined,
    });
    supervisor.start();
    const [child] = children;
    if (child === undefined) throw new Error('nothing was started');
    await ready(child);
    const stopMs = performance.now();
    await supervisor.stop();
    expect(performance.now() - stopMs).toBeGreaterThan(1_900);
    expect(performance.now() - stopMs).toBeLessThan(4_000);
    expect(alive(child.pid)).toBe(false);
  });
});

describe('run records', () => {
  let dataDir: string;
  const recordsOf = (ownerPid: number): RunRecordPort =>
    createRunRecords({ dataDir, ownerPid, onProblem: () => undefined });
  const records = (): string[] => readdirSync(join(dataDir, 'run'));

  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'lockstep-records-'));
  });
  afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

  it('are removed at the end of the child', async () => {
    const child = run({ script: STUBBORN });
    const forget = recordsOf(process.pid).add(child.pid, 'camera a');
    expect(records()).toHaveLength(1);
    forget();
    forget();
    expect(records()).toEqual([]);
  });

  it('let the next relay kill what a killed one left behind', async () => {
    const owner = run({ script: STUBBORN });
    await ready(owner);
    const child = run({ script: STUBBORN });
    await ready(child);
    recordsOf(owner.pid).add(child.pid, 'camera a');
    owner.child.signal('SIGKILL');
    await owner.ended;
    expect(reapLeftovers(dataDir)).toEqual([{ pid: child.pid, label: 'camera a' }]);
    expect(await child.ended).toEqual({ kind: 'signal', signal: 'SIGKILL' });
    expect(records()).toEqual([]);
  });

  it('reach also a stopped process', async () => {
    const owner = run({ script: STUBBORN });
    await ready(owner);
    const child = run({ script: STUBBORN });
    await ready(child);
    process.kill(child.pid, 'SIGSTOP');
    recordsOf(owner.pid).add(child.pid, 'camera a');
    owner.child.signal('SIGKILL');
    await owner.ended;
    reapLeftovers(dataDir);
    expect(await child.ended).toEqual({ kind: 'signal', signal: 'SIGKILL' });
  });

  it('spare the children of a relay that runs', async () => {
    const child = run({ script: STUBBORN });
    recordsOf(process.pid).add(child.pid, 'camera a');
    expect(reapLeftovers(dataDir)).toEqual([]);
    expect(alive(child.pid)).toBe(true);
    expect(records()).toHaveLength(1);
  });

  it('spare a stranger who got the same process id', async () => {
    const owner = run({ script: STUBBORN });
    const stranger = run({ script: STUBBORN });
    await ready(owner);
    await ready(stranger);
    recordsOf(owner.pid).add(stranger.pid, 'camera a');
    const [name = ''] = records();
    const file = join(dataDir, 'run', name);
    const record: { child: { startTime: string } } = JSON.parse(readFileSync(file, 'utf8'));
    record.child.startTime = '1';
    writeFileSync(file, JSON.stringify(record));
    owner.child.signal('SIGKILL');
    await owner.ended;
    expect(reapLeftovers(dataDir)).toEqual([]);
    expect(alive(stranger.pid)).toBe(true);
    expect(records()).toEqual([]);
  });

  it('that are damaged are thrown away', () => {
    mkdirSync(join(dataDir, 'run'));
    writeFileSync(join(dataDir, 'run', '5.json'), '{"child":');
    expect(reapLeftovers(dataDir)).toEqual([]);
    expect(records()).toEqual([]);
  });

  it('need not exist', () => {
    expect(reapLeftovers(dataDir)).toEqual([]);
  });
});

describe('a pair of programs', () => {
  const node = (script: string) => ({ program: process.execPath, args: ['-e', script] });
  const COPY = `process.stdin.on('data', d => process.stdout.write('got ' + d)); process.stdin.on('end', () => process.stderr.write('end of input'))`;

  it('feeds the second from the first, and ends when both did', async () => {
    const feed = {
      ...node(
        `process.stdin.on('data', d => process.stdout.write('a ' + d)); require('fs').writeSync(3, 'progress ')`,
      ),
      stdin: 'secret',
    };
    const pair = run({ script: COPY, feed });
    expect(await pair.ended).toEqual({ kind: 'exit', code: 0 });
    expect(pair.output()).toContain('got a secret');
    expect(pair.output()).toContain('progress');
  });

  it('ends with what made the first of them end, and the other goes with it', async () => {
    const pair = run({ script: COPY, feed: node(`process.stderr.write('no such camera'); process.exit(7)`) });
    expect(await pair.ended).toEqual({ kind: 'exit', code: 7 });
    expect(pair.output()).toContain('no such camera');
    const other = run({ script: 'process.exit(5)', feed: node('setInterval(() => {}, 1000)') });
    expect(await other.ended).toEqual({ kind: 'exit', code: 5 });
    for (const { child, pid } of [pair, other]) {
      expect(alive(pid)).toBe(false);
      expect(alive(child.feedPid ?? -1)).toBe(false);
    }
  });

  it('is told which of the two programs is missing', async () => {
    const missing = { program: '/nowhere/feed', args: [] };
    expect(await run({ script: COPY, feed: missing }).ended).toMatchObject({
      kind: 'not-started',
      program: '/nowhere/feed',
    });
    const pair = run({ program: '/nowhere/main', args: [], feed: node('setInterval(() => {}, 1000)') });
    expect(await pair.ended).toMatchObject({ kind: 'not-started', program: '/nowhere/main' });
    expect(alive(pair.child.feedPid ?? -1)).toBe(false);
  });

  it('is killed as one', async () => {
    const pair = run({ script: STUBBORN, feed: node('setInterval(() => {}, 1000)') });
    await ready(pair);
    pair.child.signal('SIGKILL');
    expect(await pair.ended).toEqual({ kind: 'signal', signal: 'SIGKILL' });
    for (const pid of [pair.pid, pair.child.feedPid ?? -1]) expect(alive(pid)).toBe(false);
  });
});
