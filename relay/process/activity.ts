/** Tells a program that hangs from one that a full host does not let run, from Linux's /proc. */
import { readdirSync, readFileSync } from 'node:fs';

/**
 * `busy`: a thread of it could go on (R), or waits for a disk (D). `waiting`: for input, a lock or a time. `stopped`: all
 * threads are, by a signal or a debugger (T, t). See proc(5), state.
 */
export type Activity = 'busy' | 'waiting' | 'stopped';

/**
 * `proc` is the mount of procfs; a parameter for tests.
 * @returns undefined where nothing can be told: no such process, no procfs
 */
export function activityOf(pid: number, proc = '/proc'): Activity | undefined {
  try {
    const states = readdirSync(`${proc}/${pid}/task`).map((thread) => {
      const stat = readFileSync(`${proc}/${pid}/task/${thread}/stat`, 'utf8');
      // The second field is the program's name in brackets and may hold blanks and brackets itself.
      return stat.charAt(stat.lastIndexOf(')') + 2);
    });
    if (states.some((state) => 'RD'.includes(state))) return 'busy';
    return states.length > 0 && states.every((state) => 'Tt'.includes(state)) ? 'stopped' : 'waiting';
  } catch {
    return undefined;
  }
}
