/**
 * Remembers running children on disk, so that a relay that was killed (SIGKILL, power) can end what it left
 * behind at its next start. A record names the child and its owner by pid and kernel start time: a pid alone
 * may have been given to somebody else meanwhile. Linux only; elsewhere nothing is recorded.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import type { Cancel } from '../../src/wire/ports.ts';
import { signalGroup } from './spawn.ts';

const processSchema = v.object({
  pid: v.pipe(v.number(), v.integer(), v.minValue(2)),
  /** Field 22 of /proc/<pid>/stat: clock ticks since boot (proc(5)). */
  startTime: v.string(),
});
const recordSchema = v.object({ child: processSchema, owner: processSchema, label: v.string() });
type RunRecord = v.InferOutput<typeof recordSchema>;

export interface RunRecordPort {
  /** Records a child process (leader of its group) until the returned function is called. */
  add(pid: number, label: string): Cancel;
}

/** Kernel start time of a process, or undefined when there is no such process (or no /proc). */
export function processStartTime(pid: number): string | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  // The second field is the program's name in brackets and may hold blanks and brackets itself.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  // A zombie has ended; only its parent has not looked yet.
  return fields[0] === 'Z' ? undefined : fields[19];
}

/** @param ownerPid this process */
export function createRunRecords(dataDir: string, ownerPid: number): RunRecordPort {
  const dir = join(dataDir, 'run');
  return {
    add(pid, label) {
      const childStart = processStartTime(pid);
      const ownerStart = processStartTime(ownerPid);
      if (childStart === undefined || ownerStart === undefined) return () => undefined;
      const record: RunRecord = {
        child: { pid, startTime: childStart },
        owner: { pid: ownerPid, startTime: ownerStart },
        label,
      };
      const file = join(dir, `${pid}.json`);
      mkdirSync(dir, { recursive: true, mode: 0o700 });
      writeFileSync(file, JSON.stringify(record), { mode: 0o600 });
      return () => rmSync(file, { force: true });
    },
  };
}

export interface Reaped {
  readonly pid: number;
  readonly label: string;
}

/**
 * Kills the process groups that dead relays left behind and removes their records. Children of a relay that
 * still runs are left alone. Call once, before the first child is started.
 */
export function reapLeftovers(dataDir: string): Reaped[] {
  const dir = join(dataDir, 'run');
  const reaped: Reaped[] = [];
  for (const name of listRecords(dir)) {
    const file = join(dir, name);
    const record = readRecord(file);
    if (record !== undefined) {
      if (processStartTime(record.owner.pid) === record.owner.startTime) continue;
      if (processStartTime(record.child.pid) === record.child.startTime) {
        signalGroup(record.child.pid, 'SIGKILL');
        reaped.push({ pid: record.child.pid, label: record.label });
      }
    }
    rmSync(file, { force: true });
  }
  return reaped;
}

function listRecords(dir: string): string[] {
  try {
    return readdirSync(dir).filter((name) => name.endsWith('.json'));
  } catch {
    return []; // No folder yet: nothing was ever recorded.
  }
}

/** Undefined for a file that is no record: half written when the power failed. */
function readRecord(file: string): RunRecord | undefined {
  try {
    return v.parse(recordSchema, JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return undefined;
  }
}
