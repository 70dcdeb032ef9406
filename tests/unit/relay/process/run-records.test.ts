import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  createRunRecords,
  processStartTime,
  type RunRecordPort,
} from '../../../../relay/process/run-records.ts';

describe.runIf(processStartTime(process.pid) !== undefined)('run records that cannot be kept', () => {
  let dir: string;
  let problems: string[];
  const recordsIn = (dataDir: string): RunRecordPort =>
    createRunRecords({ dataDir, ownerPid: process.pid, onProblem: (problem) => problems.push(problem) });

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'lockstep-records-'));
    problems = [];
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  it('are said once, however many there are', () => {
    // In place of a folder without the right to write, which root would have.
    const file = join(dir, 'file');
    writeFileSync(file, '');
    const records = recordsIn(file);
    const forget = records.add(process.pid, 'camera a');
    records.add(process.pid, 'camera b');
    forget();
    expect(problems).toEqual([
      expect.stringMatching(
        /^Cannot keep records of running programs in \S+\/run \(ENOTDIR.*free space there/,
      ),
    ]);
  });

  // Root may write where the mode forbids it.
  it.skipIf(process.getuid?.() === 0)('are said for a folder that may not be written', () => {
    chmodSync(dir, 0o500);
    recordsIn(dir).add(process.pid, 'camera a');
    expect(problems).toEqual([expect.stringContaining('EACCES')]);
  });

  it('leave nothing half written on a full disk, and are said again after one could be kept', () => {
    const file = join(dir, 'run', `${process.pid}.json`);
    const fill = (): void => symlinkSync('/dev/full', file);
    mkdirSync(join(dir, 'run'));
    const records = recordsIn(dir);
    fill();
    const forget = records.add(process.pid, 'camera a');
    expect(problems).toEqual([expect.stringContaining('ENOSPC')]);
    forget();
    expect(readdirSync(join(dir, 'run'))).toEqual([]);
    records.add(process.pid, 'camera a');
    expect(readdirSync(join(dir, 'run'))).toHaveLength(1);
    unlinkSync(file);
    fill();
    records.add(process.pid, 'camera a');
    expect(problems).toHaveLength(2);
  });

  it('survive a folder that becomes read-only', () => {
    const records = recordsIn(dir);
    const forget = records.add(process.pid, 'camera a');
    rmSync(join(dir, 'run'), { recursive: true });
    // A record that is a folder cannot be removed as a file, by root neither.
    mkdirSync(join(dir, 'run', `${process.pid}.json`), { recursive: true });
    expect(forget).not.toThrow();
    expect(problems).toHaveLength(1);
  });
});
