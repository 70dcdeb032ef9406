/** Tells a program that hangs from one that a full host does not let run, from Linux's /proc. */
import { readdirSync, readFileSync } from 'node:fs';

/**
 * `proc` is the mount of procfs; a parameter for tests. False where nothing can be told.
 * @returns true when a thread of it could go on (R), or waits for a disk (D): see proc(5), state
 */
export function wantsToRun(pid: number, proc = '/proc'): boolean {
  try {
    return readdirSync(`${proc}/${pid}/task`).some((thread) => {
      const stat = readFileSync(`${proc}/${pid}/task/${thread}/stat`, 'utf8');
      // The second field is the program's name in brackets and may hold blanks and brackets itself.
      return /^[RD]/.test(stat.slice(stat.lastIndexOf(')') + 2));
    });
  } catch {
    return false;
  }
}
