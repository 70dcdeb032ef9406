import { describe, expect, it } from 'vitest';
import {
  cpuShare,
  cpuTogether,
  type ProcFiles,
  procFiles,
  readCpuTime,
} from '../../../../relay/capacity/cpu-time.ts';

/** As proc(5) has it; the name may hold anything. */
function stat(pid: number, utime: number, stime: number, start = 777): string {
  return `${pid} (ff) mp eg) S 1 ${pid} ${pid} 0 -1 4194304 1 0 0 0 ${utime} ${stime} 0 0 20 5 3 0 ${start} 1000 1 18446744073709551615\n`;
}

function proc(files: Record<string, string>): ProcFiles {
  return {
    read: (path) => {
      const text = files[path];
      if (text === undefined) throw new Error('ENOENT');
      return text;
    },
    list: (path) => {
      const names = Object.keys(files).filter((name) => name.startsWith(`${path}/`));
      if (names.length === 0) throw new Error('ENOENT');
      return names.map((name) => name.slice(path.length + 1).split('/')[0] ?? '');
    },
  };
}

const before = proc({
  '/proc/9/stat': stat(9, 100, 20),
  '/proc/9/task/9/stat': stat(9, 50, 10),
  '/proc/9/task/10/stat': stat(10, 50, 10),
});

describe('readCpuTime', () => {
  it('reads the time of a process and of its threads, whatever its name is', () => {
    expect(readCpuTime(before, 9)).toEqual({
      startTime: '777',
      totalMs: 1200,
      threadsMs: new Map([
        ['9', 600],
        ['10', 600],
      ]),
    });
  });

  it.runIf(process.platform === 'linux')('reads this very process', () => {
    const own = readCpuTime(procFiles, process.pid);
    expect(own?.totalMs).toBeGreaterThan(0);
    expect(own?.threadsMs.has(String(process.pid))).toBe(true);
  });

  it('knows nothing of a process that is gone, and of none where there is no /proc', () => {
    expect(readCpuTime(before, 11)).toBeUndefined();
    expect(readCpuTime(proc({}), 9)).toBeUndefined();
    expect(readCpuTime(proc({ '/proc/9/stat': 'nonsense' }), 9)).toBeUndefined();
  });
});

describe('cpuTogether', () => {
  it('adds up the processes of one pipeline, and knows nothing when one of them is gone', () => {
    const time = { startTime: '1', totalMs: 100, threadsMs: new Map([['9', 100]]) };
    expect(cpuTogether([time, { ...time, startTime: '2', threadsMs: new Map([['10', 100]]) }])).toEqual({
      startTime: '1,2',
      totalMs: 200,
      threadsMs: new Map([
        ['9', 100],
        ['10', 100],
      ]),
    });
    expect(cpuTogether([time, undefined])).toBeUndefined();
    expect(cpuTogether([])).toBeUndefined();
  });
});

describe('cpuShare', () => {
  const after = proc({
    '/proc/9/stat': stat(9, 280, 40),
    '/proc/9/task/9/stat': stat(9, 60, 10),
    // A new thread, and the other one is gone.
    '/proc/9/task/12/stat': stat(12, 140, 10),
  });

  it('tells the cores in sum, and those of the busiest thread', () => {
    const [first, second] = [readCpuTime(before, 9), readCpuTime(after, 9)];
    if (first === undefined || second === undefined) throw new Error('not read');
    expect(cpuShare(first, second, 2_000)).toEqual({ cores: 1, busiest: 0.75 });
    expect(cpuShare(first, second, 0)).toBeUndefined();
    expect(cpuShare(first, { ...second, startTime: '778' }, 2_000)).toBeUndefined();
  });
});
