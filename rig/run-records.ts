/** Which processes a relay says that it runs, by the records in its data folder (relay/process/run-records.ts). */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';

export interface RecordedProcess {
  readonly pid: number;
  /** What it is, as in `camera cam1`. */
  readonly label: string;
}

const recordSchema = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({ child: v.object({ pid: v.number() }), label: v.string() }),
);

/** Leaves out what was removed, or is half written, between the listing and the look. */
export function recordedProcesses(dataDir: string): readonly RecordedProcess[] {
  const folder = join(dataDir, 'run');
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.json')) : [];
  return names.flatMap((name) => {
    const record = v.safeParse(recordSchema, readIfThere(join(folder, name)));
    return record.success ? [{ pid: record.output.child.pid, label: record.output.label }] : [];
  });
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw error;
  }
}
