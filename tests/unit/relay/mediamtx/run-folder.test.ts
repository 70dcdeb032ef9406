import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createRunFolder, RunFolderError } from '../../../../relay/mediamtx/run-folder.ts';
import { processStartTime } from '../../../../relay/process/run-records.ts';

let dataDir = '';
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'lockstep-run-folder-'));
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

const names = () => readdirSync(join(dataDir, 'run'));

describe('the folder of a run', () => {
  it('is for this user alone, with the configuration in it', () => {
    const folder = createRunFolder(dataDir, process.pid);
    const file = folder.write('{}');
    expect(statSync(folder.path).mode & 0o777).toBe(0o700);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder.path)).toEqual(['mediamtx.json']);
    folder.remove();
    expect(names()).toEqual([]);
    folder.remove();
  });

  it('removes those of relays that are gone, and no others', () => {
    const start = processStartTime(process.pid) ?? '';
    const living = `mediamtx-${process.pid}-${start}`;
    const reused = `mediamtx-${process.pid}-${Number(start) - 1}`;
    for (const name of ['mediamtx-4194305-1', reused, 'mediamtx-notes']) {
      mkdirSync(join(dataDir, 'run', name), { recursive: true });
    }
    createRunFolder(dataDir, process.pid).write('{}');
    expect(names().sort()).toEqual([living, 'mediamtx-notes']);
  });

  it('tells where it cannot be', () => {
    writeFileSync(join(dataDir, 'run'), '');
    const folder = createRunFolder(dataDir, process.pid);
    expect(() => folder.write('{}')).toThrow(RunFolderError);
    expect(() => folder.write('{}')).toThrow(
      /cannot be written to .* \(E[A-Z]+\): let this user write there/,
    );
    folder.remove();
  });
});
