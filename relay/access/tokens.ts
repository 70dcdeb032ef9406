/**
 * Tokens on disk: only their SHA-256, each bound to the origin it was issued to. The file is looked at again on each
 * check and read when it changed, so a token that another process revokes is refused on the next connection.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { renameSync, statSync } from 'node:fs';
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
const fileSchema = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({ version: v.literal(1), tokens: v.array(entrySchema) }),
);

/** A token as people see it: never the token itself. */
export interface TokenInfo {
  readonly id: string;
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
  readonly #path: string;
  readonly #deps: TokenStoreDeps;
  #entries: readonly Entry[] = [];
  /** Identity of the file that {@link #entries} came from; undefined while there is none. */
  #signature: string | undefined;
  /** Reported once, not on each connection. */
  #unreadable = false;

  constructor(deps: TokenStoreDeps) {
    this.#deps = deps;
    this.#path = join(deps.dataDir, 'tokens.json');
  }

  /**
   * Creates a token; the text returned is stored nowhere else.
   * @throws the system's error when the file cannot be written
   */
  issue(client: { readonly clientName: string; readonly origin: string | undefined }): string {
    const token = Buffer.from(this.#deps.random(TOKEN_BYTES)).toString('base64url');
    this.#refresh();
    this.#store([
      ...this.#entries,
      {
        sha256: digest(token).toString('hex'),
        origin: client.origin ?? null,
        clientName: client.clientName,
        issuedAtMs: this.#deps.clock.now(),
      },
    ]);
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

  #holds(token: string, origin: string | undefined): boolean {
    const actual = digest(token);
    let valid = false;
    for (const entry of this.#entries) {
      const same = timingSafeEqual(actual, Buffer.from(entry.sha256, 'hex'));
      if (same && entry.origin === (origin ?? null)) valid = true;
    }
    return valid;
  }

  /** Every origin that holds a token, once. */
  origins(): readonly string[] {
    this.#refreshOrForget();
    return [...new Set(this.#entries.flatMap(({ origin }) => (origin === null ? [] : [origin])))];
  }

  /** @throws the system's error when the file cannot be read */
  list(): readonly TokenInfo[] {
    this.#refresh();
    return this.#entries.map(({ sha256, origin, clientName, issuedAtMs }) => ({
      id: sha256.slice(0, ID_LENGTH),
      origin,
      clientName,
      issuedAtMs,
    }));
  }

  /**
   * Removes the token with this id; false when there is none.
   * @throws the system's error when the file cannot be read or written
   */
  revoke(id: string): boolean {
    this.#refresh();
    const rest = this.#entries.filter(({ sha256 }) => sha256.slice(0, ID_LENGTH) !== id);
    if (rest.length === this.#entries.length) return false;
    this.#store(rest);
    return true;
  }

  #store(entries: readonly Entry[]): void {
    writePrivateFile(this.#path, `${JSON.stringify({ version: 1, tokens: entries }, null, 2)}\n`);
    this.#entries = entries;
    this.#signature = this.#look();
  }

  /** As {@link #refresh}, but a file that cannot be read admits nobody. */
  #refreshOrForget(): void {
    try {
      this.#refresh();
      this.#unreadable = false;
    } catch (error) {
      this.#entries = [];
      this.#signature = undefined;
      if (this.#unreadable) return;
      this.#unreadable = true;
      const reason = error instanceof Error ? error.message : String(error);
      this.#deps.onProblem?.(
        `Cannot read the tokens (${reason}): nobody can connect until the file is readable.`,
      );
    }
  }

  #refresh(): void {
    const signature = this.#look();
    if (signature === this.#signature) return;
    const text = readIfPresent(this.#path);
    this.#entries = text === undefined ? [] : (this.#parse(text) ?? []);
    this.#signature = text === undefined ? undefined : signature;
  }

  #parse(text: string): readonly Entry[] | undefined {
    const parsed = v.safeParse(fileSchema, text);
    if (parsed.success) return parsed.output.tokens;
    const aside = `${this.#path}.damaged-${Math.floor(this.#deps.clock.now())}`;
    renameSync(this.#path, aside);
    this.#deps.onProblem?.(
      `${this.#path} is damaged and was moved to ${aside}: every client has to pair again, or put a good copy back.`,
    );
    return undefined;
  }

  /** Changes with each replacement of the file; undefined while it does not exist. */
  #look(): string | undefined {
    try {
      const { ino, size, mtimeMs } = statSync(this.#path);
      return `${ino}:${size}:${mtimeMs}`;
    } catch (error) {
      if (hasCode(error, 'ENOENT')) return undefined;
      throw error;
    }
  }
}

function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
