/**
 * Lets everything else go before a program. Each of our programs has a session of its own, and a kernel that groups by
 * session (sched(7), "The autogroup feature") weighs a nice value only inside its group: there the group needs one too.
 */
import { writeFileSync } from 'node:fs';
import { setPriority } from 'node:os';
import type { Timers } from '../../src/wire/ports.ts';

/** The kernel takes one change of a group in 100 ms from all users together. */
const RETRY_MS = 150;
const TRIES = 20;

/** Right after the start, before the program has threads: those that it makes later do as the first one. */
export function beNice(pid: number, niceness: number, timers: Timers, alive: () => boolean): void {
  try {
    setPriority(pid, niceness);
  } catch {
    return; // It is gone already, and its ending is told elsewhere.
  }
  group(pid, niceness, timers, alive, TRIES);
}

function group(pid: number, niceness: number, timers: Timers, alive: () => boolean, tries: number): void {
  try {
    writeFileSync(`/proc/${pid}/autogroup`, String(niceness));
  } catch (error) {
    // A kernel without groups has no such file, and nothing to set.
    if (tries <= 1 || !(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) return;
    timers.after(RETRY_MS, () => {
      if (alive()) group(pid, niceness, timers, alive, tries - 1);
    });
  }
}
