/**
 * CPU time of a process and of its busiest thread, from /proc (proc(5)). A program whose one thread is full is at its
 * end, whatever the host has left. Undefined where there is no /proc: there only the backlog tells.
 */
import { readdirSync, readFileSync } from 'node:fs';

/** What is read of /proc; both throw when it is not there. */
export interface ProcFiles {
  readonly read: (path: string) => string;
  readonly list: (path: string) => readonly string[];
}

export const procFiles: ProcFiles = {
  read: (path) => readFileSync(path, 'utf8'),
  list: (path) => readdirSync(path),
};

/** Since the process started; a thread that ended counts in the sum alone. */
export interface CpuTime {
  /** Kernel's start time of the process: a number may have been given to another one. */
  readonly startTime: string;
  readonly totalMs: number;
  /** By thread id. */
  readonly threadsMs: ReadonlyMap<string, number>;
}

/** In cores: 1 is one core all the time. */
export interface CpuShare {
  readonly cores: number;
  /** Of the busiest thread. */
  readonly busiest: number;
}

/** USER_HZ, in which /proc counts: 100 on every architecture that Node has builds for. */
const MS_PER_TICK = 10;

/** @returns undefined when there is no such process, or no /proc */
export function readCpuTime(files: ProcFiles, pid: number): CpuTime | undefined {
  try {
    const { startTime, ms } = readStat(files.read(`/proc/${pid}/stat`));
    const threadsMs = new Map<string, number>();
    for (const thread of files.list(`/proc/${pid}/task`)) {
      const spent = threadMs(files, pid, thread);
      if (spent !== undefined) threadsMs.set(thread, spent);
    }
    return { startTime, totalMs: ms, threadsMs };
  } catch {
    return undefined;
  }
}

/** Undefined for a thread that ended since the list was read. */
function threadMs(files: ProcFiles, pid: number, thread: string): number | undefined {
  try {
    return readStat(files.read(`/proc/${pid}/task/${thread}/stat`)).ms;
  } catch {
    return undefined;
  }
}

function readStat(stat: string): { readonly startTime: string; readonly ms: number } {
  // The second field is the program's name in brackets and may hold blanks and brackets itself.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[11]) + Number(fields[12]);
  if (!Number.isFinite(ticks)) throw new Error('no CPU time in /proc');
  return { startTime: fields[19] ?? '', ms: ticks * MS_PER_TICK };
}

/** Of processes that work together as one; undefined when one of them is gone, or there is none. */
export function cpuTogether(times: readonly (CpuTime | undefined)[]): CpuTime | undefined {
  const known = times.filter((time) => time !== undefined);
  if (known.length === 0 || known.length < times.length) return undefined;
  return {
    startTime: known.map(({ startTime }) => startTime).join(),
    totalMs: known.reduce((sum, { totalMs }) => sum + totalMs, 0),
    threadsMs: new Map(known.flatMap(({ threadsMs }) => [...threadsMs])),
  };
}

/** @returns undefined when the two are not of one process, or no time passed between them */
export function cpuShare(before: CpuTime, after: CpuTime, betweenMs: number): CpuShare | undefined {
  if (before.startTime !== after.startTime || betweenMs <= 0) return undefined;
  let busiestMs = 0;
  for (const [thread, ms] of after.threadsMs) {
    busiestMs = Math.max(busiestMs, ms - (before.threadsMs.get(thread) ?? 0));
  }
  return {
    cores: Math.max(0, after.totalMs - before.totalMs) / betweenMs,
    busiest: busiestMs / betweenMs,
  };
}
