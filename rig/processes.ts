/** Reads the process table of Linux: who belongs to a program, and how much CPU time and memory they used. */
import { readdirSync, readFileSync } from 'node:fs';

/** Kernel clock ticks per second: 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;
const PAGE_BYTES = 4096;

export interface ProcessInfo {
  readonly pid: number;
  readonly parent: number;
  readonly name: string;
  readonly cpuSeconds: number;
  readonly residentBytes: number;
}

/** One process, or undefined when it is gone. Source: proc(5), /proc/pid/stat. */
export function readProcess(pid: number): ProcessInfo | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  // The name stands in parentheses and may itself hold blanks and parentheses.
  const end = stat.lastIndexOf(')');
  const fields = stat.slice(end + 2).split(' ');
  const field = (index: number): number => Number(fields[index]);
  return {
    pid,
    parent: field(1),
    name: stat.slice(stat.indexOf('(') + 1, end),
    cpuSeconds: (field(11) + field(12)) / TICKS_PER_SECOND,
    residentBytes: field(21) * PAGE_BYTES,
  };
}

export function allProcesses(): ProcessInfo[] {
  return readdirSync('/proc').flatMap((entry) => {
    if (!/^\d+$/.test(entry)) return [];
    const info = readProcess(Number(entry));
    return info === undefined ? [] : [info];
  });
}

/** Processes whose environment, as they were started with it, has this text anywhere; none of other users. */
export function processesThatMention(text: string): ProcessInfo[] {
  return allProcesses().filter(({ pid }) => {
    try {
      return readFileSync(`/proc/${pid}/environ`, 'utf8').includes(text);
    } catch {
      return false; // Gone, or of another user.
    }
  });
}

/** The process and everything below it. */
export function processTree(rootPid: number): ProcessInfo[] {
  const all = allProcesses();
  const wanted = new Set([rootPid]);
  for (let grew = true; grew; ) {
    grew = false;
    for (const { pid, parent } of all) {
      if (wanted.has(parent) && !wanted.has(pid)) {
        wanted.add(pid);
        grew = true;
      }
    }
  }
  return all.filter(({ pid }) => wanted.has(pid));
}

/** Measures the cores that a group of processes uses between `start` and `cores()`. */
export class CpuMeter {
  readonly #pids: () => readonly ProcessInfo[];
  readonly #before: ReadonlyMap<number, number>;
  /** What each had used when it was last seen: one that ends meanwhile counts up to there. */
  readonly #newest = new Map<number, number>();
  readonly #startMs: number;

  constructor(pids: () => readonly ProcessInfo[]) {
    this.#pids = pids;
    this.#before = new Map(pids().map((info) => [info.pid, info.cpuSeconds]));
    this.#startMs = performance.now();
  }

  /** Wanted now and then where processes come and go. */
  look(): void {
    for (const { pid, cpuSeconds } of this.#pids()) this.#newest.set(pid, cpuSeconds);
  }

  /** Average cores since construction: 1 means one core fully busy. */
  cores(): number {
    this.look();
    const seconds = (performance.now() - this.#startMs) / 1000;
    let used = 0;
    for (const [pid, cpuSeconds] of this.#newest) used += cpuSeconds - (this.#before.get(pid) ?? 0);
    return used / seconds;
  }
}
