/**
 * Keeps two relays out of one data folder: their tokens and process records would overwrite each other. A lock left
 * by a killed relay is recognised by the kernel start time of its owner and taken over. Linux only, like the
 * process records; elsewhere the port alone keeps two relays apart.
 */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import type { Cancel } from '../../src/wire/ports.ts';
import { hasCode, readIfPresent } from '../files/private-file.ts';
import { processStartTime } from './run-records.ts';

const ownerSchema = v.object({ pid: v.pipe(v.number(), v.integer(), v.minValue(1)), startTime: v.string() });

/**
 * Takes the folder for process `pid` until the returned function is called.
 * @throws Error with one sentence when another relay that runs has it
 */
export function lockDataDir(dataDir: string, pid: number): Cancel {
  const startTime = processStartTime(pid);
  if (startTime === undefined) return () => undefined;
  const file = join(dataDir, 'relay.lock');
  const owner = readOwner(file);
  if (owner !== undefined && processStartTime(owner.pid) === owner.startTime) throw taken(dataDir, owner.pid);
  rmSync(file, { force: true });
  try {
    writeFileSync(file, JSON.stringify({ pid, startTime }), { flag: 'wx', mode: 0o600 });
  } catch (error) {
    // Another relay started in the same moment.
    if (hasCode(error, 'EEXIST')) throw taken(dataDir, readOwner(file)?.pid);
    throw error;
  }
  let held = true;
  return () => {
    if (held) rmSync(file, { force: true });
    held = false;
  };
}

function taken(dataDir: string, pid: number | undefined): Error {
  const who = pid === undefined ? 'another relay' : `another relay (process ${pid})`;
  return new Error(
    `The data folder ${dataDir} is used by ${who}: stop it, or set dataDir to another folder.`,
  );
}

/** Undefined when there is none, or one half written when the power failed. */
function readOwner(file: string): v.InferOutput<typeof ownerSchema> | undefined {
  const text = readIfPresent(file);
  if (text === undefined) return undefined;
  try {
    return v.parse(ownerSchema, JSON.parse(text));
  } catch {
    return undefined;
  }
}
