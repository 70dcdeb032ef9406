/**
 * Remembers running children on disk, so that a relay that was killed (SIGKILL, power) can end what it left
 * behind at its next start. A record names the child and its owner by pid and kernel start time: a pid alone
 * may have been given to somebody else meanwhile. Linux only; elsewhere nothing is recorded.
 *
 * A record is a precaution: a camera must not stand still because the disk is full. One that cannot be written or
 * removed is a warning, and what it would have named is ended by its owner as ever.
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
  /** Records a child process (leader of its group) until the returned function is called. Neither throws. */
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

export interface RunRecordsOptions {
  readonly dataDir: string;
  /** This process. */
  readonly ownerPid: number;
  /** Told in one sentence that records cannot be kept: once, and again after one could be. */
  readonly onProblem: (problem: string) => void;
}

export function createRunRecords({ dataDir, ownerPid, onProblem }: RunRecordsOptions): RunRecordPort {
  const dir = join(dataDir, 'run');
  let told = false;
  const attempt = (step: () => void): void => {
    try {
      step();
    } catch (error) {
      if (told) return;
      told = true;
      const reason = error instanceof Error ? error.message : String(error);
      onProblem(
        `Cannot keep records of running programs in ${dir} (${reason}): free space there or make it writable. ` +
          'Pictures go on; after a crash of the relay, end what it leaves behind by hand.',
      );
    }
  };
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
      attempt(() => {
        mkdirSync(dir, { recursive: true, mode: 0o700 });
        writeFileSync(file, JSON.stringify(record), { mode: 0o600 });
        told = false;
      });
      // Also after a failure: a full disk leaves an empty file.
      return () => attempt(() => rmSync(file, { force: true }));
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
