/**
 * Keeps two relays out of one data folder: their tokens and process records would overwrite each other. A lock left
 * by a killed relay is recognised by the kernel start time of its owner and taken over. Linux only, like the
 * process records; elsewhere the port alone keeps two relays apart.
 */
import { linkSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import type { Cancel } from '../../src/wire/ports.ts';
import { hasCode, readIfPresent } from '../files/private-file.ts';
import { processStartTime } from './run-records.ts';

const ownerSchema = v.object({ pid: v.pipe(v.number(), v.integer(), v.minValue(1)), startTime: v.string() });

/**
 * Takes the folder for process `pid` until the returned function is called.
 * @throws Error with one sentence when another relay that runs has it; the system's error when it cannot be written
 */
export function lockDataDir(dataDir: string, pid: number): Cancel {
  const startTime = processStartTime(pid);
  if (startTime === undefined) return () => undefined;
  const file = join(dataDir, 'relay.lock');
  // Written as a whole before it gets its name, so that nobody reads half of it.
  const own = `${file}.${pid}`;
  writeFileSync(own, JSON.stringify({ pid, startTime }), { mode: 0o600 });
  try {
    // Once more when the lock changed hands while we looked at it.
    for (let attempt = 0; !(link(own, file) || replaceDead(own, file)); attempt += 1) {
      const holder = readHolder(file);
      if (holder.alive || attempt >= MAX_ATTEMPTS) throw taken(dataDir, holder.pid);
    }
  } finally {
    remove(own);
  }
  let held = true;
  return () => {
    if (held) remove(file);
    held = false;
  };
}

/** Process number of the relay that has the folder now; undefined when none does. @throws when it cannot be read */
export function dataDirHolder(dataDir: string): number | undefined {
  const { pid, alive } = readHolder(join(dataDir, 'relay.lock'));
  return alive ? pid : undefined;
}

const MAX_ATTEMPTS = 5;

interface Holder {
  readonly pid: number | undefined;
  readonly alive: boolean;
  /** The same for as long as the lock is the same one. */
  readonly identity: string;
}

function readHolder(file: string): Holder {
  const owner = readOwner(file);
  if (owner === undefined) return { pid: undefined, alive: false, identity: 'unreadable' };
  const alive = processStartTime(owner.pid) === owner.startTime;
  return { pid: owner.pid, alive, identity: `${owner.pid}-${owner.startTime}` };
}

/**
 * Puts our lock in the place of a dead relay's. Of several that start at the same moment one wins the claim to that
 * very lock; looking at it again under the claim tells whether it is still there. Removing it and writing a new one
 * would let a slow starter remove the lock of a quick one. A claim left by a crash in these microseconds is taken
 * over by its age.
 */
function replaceDead(own: string, file: string): boolean {
  const dead = readHolder(file);
  if (dead.alive) return false;
  const claim = `${file}.over-${dead.identity}`;
  if (olderThanMs(claim, CLAIM_MAX_MS)) remove(claim);
  if (!link(own, claim)) return false;
  try {
    const still = readHolder(file);
    if (still.alive || still.identity !== dead.identity) return false;
    renameSync(own, file);
    return true;
  } finally {
    remove(claim);
  }
}

const CLAIM_MAX_MS = 10_000;

function olderThanMs(path: string, ageMs: number): boolean {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat !== undefined && Date.now() - stat.ctimeMs > ageMs;
}

/** True when the new name was free. */
function link(existing: string, name: string): boolean {
  try {
    linkSync(existing, name);
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  }
}

/** A lock that cannot be removed (a folder that became read-only) is taken over by the next start. */
function remove(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // Nobody is served by a relay that fails while it stops.
  }
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
