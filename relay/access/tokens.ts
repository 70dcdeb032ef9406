/**
 * Tokens on disk: one file each, named by its SHA-256, bound to the origin it was issued to. Issuing creates a file,
 * revoking removes one, so that neither can undo the other, whichever process does it. What a client may do besides
 * watching is an empty file beside it, and a name that it was given later another one, for the same reason: what writes
 * them can bring back no token. The folder is looked at on each check: a token that another process revokes is refused
 * from then on.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import type { Clock } from '../../src/wire/ports.ts';
import { hasCode, readIfPresent, writePrivateFile } from '../files/private-file.ts';
import type { Random } from './random.ts';

/** 256 bits: 43 characters of base64url. */
const TOKEN_BYTES = 32;
const ID_LENGTH = 8;

const entrySchema = v.object({
  /** SHA-256 of the token in hex; its first {@link ID_LENGTH} digits name the token to people. */
  sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
  /** null: a native tool, which sends no Origin. */
  origin: v.nullable(v.string()),
  clientName: v.string(),
  issuedAtMs: v.number(),
});
type Entry = v.InferOutput<typeof entrySchema>;
const fileSchema = v.pipe(v.string(), v.parseJson(), entrySchema);
/** How they were kept before: all in tokens.json. */
const oldFileSchema = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({ version: v.literal(1), tokens: v.array(entrySchema) }),
);
const FILE_NAME = /^[0-9a-f]{64}\.(?:json|cameras)$/;

export interface Rights {
  /** Of the token, as people see it. */
  readonly id: string;
  /** May add, change and remove the relay's cameras. */
  readonly mayChangeCameras: boolean;
}

/** A token as people see it: never the token itself. */
export interface TokenInfo extends Rights {
  readonly origin: string | null;
  readonly clientName: string;
  /** ms since the Unix epoch. */
  readonly issuedAtMs: number;
}

export interface TokenStoreDeps {
  readonly dataDir: string;
  /** Wall clock. */
  readonly clock: Clock;
  readonly random: Random;
  readonly onProblem?: ((message: string) => void) | undefined;
}

export class TokenStore {
  readonly #folder: string;
  readonly #oldFile: string;
  readonly #deps: TokenStoreDeps;
  #entries: readonly Entry[] = [];
  /** SHA-256 of the tokens that may change cameras. */
  #mayChange: ReadonlySet<string> = new Set();
  /** The files that {@link #entries} came from; what a name stands for never changes. */
  #names = '';
  /** Reported once, not on each connection. */
  #unreadable = false;

  constructor(deps: TokenStoreDeps) {
    this.#deps = deps;
    this.#folder = join(deps.dataDir, 'tokens');
    this.#oldFile = join(deps.dataDir, 'tokens.json');
  }

  /**
   * Creates a token; the text returned is stored nowhere else.
   * @throws the system's error when the file cannot be written
   */
  issue(client: {
    readonly clientName: string;
    readonly origin: string | undefined;
    readonly mayChangeCameras?: boolean;
  }): string {
    const token = Buffer.from(this.#deps.random(TOKEN_BYTES)).toString('base64url');
    const sha256 = digest(token).toString('hex');
    if (client.mayChangeCameras === true) this.#mark(sha256);
    this.#write({
      sha256,
      origin: client.origin ?? null,
      clientName: client.clientName,
      issuedAtMs: this.#deps.clock.now(),
    });
    return token;
  }

  /** Compares against every token in constant time each; `origin` must be the one it was issued to. */
  verify(token: string, origin: string | undefined): boolean {
    this.#refreshOrForget();
    return this.#holds(token, origin);
  }

  /** Whether it is surely not, or no longer, one of ours: false while the tokens cannot be read. */
  isRevoked(token: string, origin: string | undefined): boolean {
    this.#refreshOrForget();
    return !this.#unreadable && !this.#holds(token, origin);
  }

  /** What its client may do; undefined as when {@link verify} says no. */
  rightsOf(token: string, origin: string | undefined): Rights | undefined {
    this.#refreshOrForget();
    return this.#holds(token, origin) ? this.#rights(digest(token).toString('hex')) : undefined;
  }

  #holds(token: string, origin: string | undefined): boolean {
    const actual = digest(token);
    let valid = false;
    for (const entry of this.#entries) {
      const same = timingSafeEqual(actual, Buffer.from(entry.sha256, 'hex'));
      if (same && entry.origin === (origin ?? null)) valid = true;
    }
    return valid;
  }

  #rights(sha256: string): Rights {
    return { id: sha256.slice(0, ID_LENGTH), mayChangeCameras: this.#mayChange.has(sha256) };
  }

  /** Every origin that holds a token, once. */
  origins(): readonly string[] {
    this.#refreshOrForget();
    return [...new Set(this.#entries.flatMap(({ origin }) => (origin === null ? [] : [origin])))];
  }

  /** @throws the system's error when the file cannot be read */
  list(): readonly TokenInfo[] {
    this.#refresh();
    return this.#entries.map((entry) => ({
      ...this.#rights(entry.sha256),
      origin: entry.origin,
      clientName: readIfPresent(this.#namePathOf(entry)) ?? entry.clientName,
      issuedAtMs: entry.issuedAtMs,
    }));
  }

  /**
   * Lists the client of the token with this id by another name; false when there is none.
   * @throws the system's error when the file cannot be read or written
   */
  rename(id: string, clientName: string): boolean {
    const found = this.#find(id);
    for (const entry of found) writePrivateFile(this.#namePathOf(entry), clientName);
    return found.length > 0;
  }

  /**
   * Removes the token with this id; false when there is none.
   * @throws the system's error when the file cannot be read or written
   */
  revoke(id: string): boolean {
    const found = this.#find(id);
    for (const entry of found) {
      rmSync(this.#markOf(entry), { force: true });
      rmSync(this.#pathOf(entry));
      rmSync(this.#namePathOf(entry), { force: true });
    }
    return found.length > 0;
  }

  /**
   * Lets the client with this id change cameras, or no longer; false when there is none.
   * @throws the system's error when the file cannot be read or written
   */
  allowCameras(id: string, allowed: boolean): boolean {
    const found = this.#find(id);
    for (const entry of found) {
      if (allowed) this.#mark(entry.sha256);
      else rmSync(this.#markOf(entry), { force: true });
    }
    return found.length > 0;
  }

  #find(id: string): readonly Entry[] {
    this.#refresh();
    return this.#entries.filter(({ sha256 }) => sha256.slice(0, ID_LENGTH) === id);
  }

  #markOf({ sha256 }: Pick<Entry, 'sha256'>): string {
    return join(this.#folder, `${sha256}.cameras`);
  }

  #mark(sha256: string): void {
    this.#makeFolder();
    writePrivateFile(this.#markOf({ sha256 }), '');
  }

  #pathOf({ sha256 }: Pick<Entry, 'sha256'>): string {
    return join(this.#folder, `${sha256}.json`);
  }

  #namePathOf({ sha256 }: Pick<Entry, 'sha256'>): string {
    return join(this.#folder, `${sha256}.name`);
  }

  #makeFolder(): void {
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
  }

  #write(entry: Entry): void {
    this.#makeFolder();
    writePrivateFile(this.#pathOf(entry), `${JSON.stringify(entry, null, 2)}\n`);
  }

  /** As {@link #refresh}, but a file that cannot be read admits nobody. */
  #refreshOrForget(): void {
    try {
      this.#refresh();
      this.#unreadable = false;
    } catch (error) {
      this.#entries = [];
      this.#mayChange = new Set();
      this.#names = '';
      if (this.#unreadable) return;
      this.#unreadable = true;
      const reason = error instanceof Error ? error.message : String(error);
      this.#deps.onProblem?.(
        `Cannot read the tokens (${reason}): nobody can connect until the file is readable.`,
      );
    }
  }

  #refresh(): void {
    const found = this.#list();
    // One look more after a move, which happens once in the life of a folder.
    const names = this.#takeOver() ? this.#list() : found;
    if (names.join() === this.#names) return;
    this.#mayChange = new Set(
      names.filter((name) => name.endsWith('.cameras')).map((name) => name.replace('.cameras', '')),
    );
    this.#entries = names
      .filter((name) => name.endsWith('.json'))
      .flatMap((name) => this.#read(name) ?? [])
      .sort((one, other) => one.issuedAtMs - other.issuedAtMs);
    this.#names = names.join();
  }

  #list(): string[] {
    try {
      return readdirSync(this.#folder)
        .filter((name) => FILE_NAME.test(name))
        .sort();
    } catch (error) {
      if (hasCode(error, 'ENOENT')) return [];
      throw error;
    }
  }

  #read(name: string): Entry | undefined {
    const path = join(this.#folder, name);
    const text = readIfPresent(path);
    if (text === undefined) return undefined; // Revoked meanwhile.
    const parsed = v.safeParse(fileSchema, text);
    if (parsed.success && `${parsed.output.sha256}.json` === name) return parsed.output;
    this.#putAside(path, 'its client has to pair again');
    return undefined;
  }

  /** Moves what an earlier version kept in one file. Only who gets hold of that file does, by renaming it. */
  #takeOver(): boolean {
    const mine = `${this.#oldFile}.${process.pid}.old`;
    try {
      renameSync(this.#oldFile, mine);
    } catch (error) {
      if (hasCode(error, 'ENOENT')) return false;
      throw error;
    }
    const parsed = v.safeParse(oldFileSchema, readIfPresent(mine) ?? '');
    if (parsed.success) {
      for (const entry of parsed.output.tokens) this.#write(entry);
      rmSync(mine, { force: true });
    } else {
      renameSync(mine, this.#oldFile);
      this.#putAside(this.#oldFile, 'every client has to pair again');
    }
    return true;
  }

  #putAside(path: string, consequence: string): void {
    const aside = `${path}.damaged-${Math.floor(this.#deps.clock.now())}`;
    renameSync(path, aside);
    this.#deps.onProblem?.(
      `${path} is damaged and was moved to ${aside}: ${consequence}, or put a good copy back.`,
    );
  }
}

function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
