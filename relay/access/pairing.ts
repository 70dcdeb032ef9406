/**
 * The one-time pairing code. {@link judge} is the rule, pure over a time; {@link PairingDesk} keeps the one open code
 * in a file so that `lockstep pair` can issue a code which the running relay accepts.
 *
 * Eight digits against five tries in five minutes: a guesser's chance is one in twenty million per code. The file
 * holds a salted scrypt hash, since eight digits behind a plain hash are found in a second.
 */
import { scrypt, timingSafeEqual } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as v from 'valibot';
import type { Clock } from '../../src/wire/ports.ts';
import type { ErrorCode } from '../../src/wire/protocol.ts';
import { readIfPresent, writePrivateFile } from '../files/private-file.ts';
import type { Random } from './random.ts';

const CODE_DIGITS = 8;
export const CODE_LIFETIME_MS = 5 * 60_000;
export const CODE_TRIES = 5;

const NEXT_STEP = 'Run `lockstep pair` on the relay for a new code.';
const CODE_COUNT = 10 ** CODE_DIGITS;
/** 32-bit numbers from here on would make some codes likelier than others. */
const FAIR_LIMIT = Math.floor(2 ** 32 / CODE_COUNT) * CODE_COUNT;
const HASH_BYTES = 32;

const recordSchema = v.object({
  salt: v.pipe(v.string(), v.base64()),
  hash: v.pipe(v.string(), v.base64()),
  /** When the code ends: ms since the Unix epoch. */
  expiresAtMs: v.number(),
  triesLeft: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(CODE_TRIES)),
  /** Who types it in may change the relay's cameras. */
  mayChangeCameras: v.optional(v.boolean(), false),
  /** Somebody has paired with it; absent while nobody has. */
  used: v.optional(v.literal(true)),
});
export type PairingRecord = v.InferOutput<typeof recordSchema>;

export interface Refusal {
  readonly code: ErrorCode;
  readonly message: string;
}

/** What comes with a code, besides that its client may watch. */
export interface Grant {
  readonly mayChangeCameras: boolean;
}

const NO_CODE: Refusal = { code: 'no-code', message: `No pairing code is open. ${NEXT_STEP}` };

/** Whether a code may be tried at `nowMs`; undefined when it may. */
export function judge(record: PairingRecord | undefined, nowMs: number): Refusal | undefined {
  if (record === undefined) return NO_CODE;
  const leftMs = record.expiresAtMs - nowMs;
  // More time left than a code ever has: the host's clock was set back, and the code would live too long.
  if (leftMs <= 0 || leftMs > CODE_LIFETIME_MS) {
    return { code: 'no-code', message: `The pairing code has expired. ${NEXT_STEP}` };
  }
  if (record.used) {
    return {
      code: 'no-code',
      message: `The pairing code was used already: each works once. ${NEXT_STEP} If nobody of yours used it, \`lockstep tokens list\` shows who did.`,
    };
  }
  if (record.triesLeft === 0) {
    return {
      code: 'too-many-attempts',
      message: `Too many wrong pairing codes: this one is void. ${NEXT_STEP}`,
    };
  }
  return undefined;
}

/** The digits of what a user typed; undefined when it cannot be a code. */
export function parseCode(typed: string): string | undefined {
  const digits = typed.replace(/[\s-]/g, '');
  return /^\d{8}$/.test(digits) ? digits : undefined;
}

/** `12345678` as it is shown: `1234 5678`. */
export function showCode(code: string): string {
  return `${code.slice(0, CODE_DIGITS / 2)} ${code.slice(CODE_DIGITS / 2)}`;
}

function randomCode(random: Random): string {
  for (;;) {
    const bytes = Buffer.from(random(4));
    const number = bytes.readUInt32BE();
    if (number < FAIR_LIMIT) return String(number % CODE_COUNT).padStart(CODE_DIGITS, '0');
  }
}

const derive = promisify<string, Uint8Array, number, Buffer>(scrypt);

export interface PairingDeskDeps {
  readonly dataDir: string;
  /** Wall clock. */
  readonly clock: Clock;
  readonly random: Random;
}

export class PairingDesk {
  readonly #path: string;
  readonly #clock: Clock;
  readonly #random: Random;

  constructor({ dataDir, clock, random }: PairingDeskDeps) {
    this.#path = join(dataDir, 'pairing.json');
    this.#clock = clock;
    this.#random = random;
  }

  /**
   * Opens a new code; the one before is void from now on.
   * @throws the system's error when the file cannot be written
   */
  async issue({ mayChangeCameras }: Grant = { mayChangeCameras: false }): Promise<{
    readonly code: string;
    readonly expiresAtMs: number;
  }> {
    const code = randomCode(this.#random);
    const salt = this.#random(16);
    const hash = await derive(code, salt, HASH_BYTES);
    const expiresAtMs = this.#clock.now() + CODE_LIFETIME_MS;
    this.#store({
      salt: Buffer.from(salt).toString('base64'),
      hash: hash.toString('base64'),
      expiresAtMs,
      triesLeft: CODE_TRIES,
      mayChangeCameras,
    });
    return { code, expiresAtMs };
  }

  /**
   * Tries a code; one that was right is used up now.
   * @throws the system's error when the file cannot be read or written
   */
  async redeem(typed: string): Promise<Refusal | Grant> {
    const record = this.#load();
    if (record === undefined) return NO_CODE;
    const refusal = judge(record, this.#clock.now());
    if (refusal !== undefined) return refusal;
    const code = parseCode(typed);
    if (code === undefined) {
      return { code: 'bad-code', message: `A pairing code has ${CODE_DIGITS} digits. Type the code again.` };
    }
    // The try is spent before the answer is known, so that attempts at the same moment cannot share one.
    const triesLeft = record.triesLeft - 1;
    this.#store({ ...record, triesLeft });
    const expected = Buffer.from(record.hash, 'base64');
    const actual = await derive(code, Buffer.from(record.salt, 'base64'), HASH_BYTES);
    if (expected.length !== actual.length || !timingSafeEqual(expected, actual)) {
      const left = triesLeft === 1 ? '1 try is left' : `${triesLeft} tries are left`;
      return {
        code: 'bad-code',
        message: `Wrong pairing code: ${triesLeft === 0 ? `it is void now. ${NEXT_STEP}` : `${left}. Type the code again.`}`,
      };
    }
    // Two right attempts at the same moment: only the one that still finds this code unused gets the token.
    const now = this.#load();
    if (now?.salt !== record.salt) return NO_CODE;
    if (now.used) return judge(now, this.#clock.now()) ?? NO_CODE;
    // Stays for the rest of its time, so that who comes second hears why.
    this.#store({ ...now, used: true });
    return { mayChangeCameras: record.mayChangeCameras };
  }

  #store(record: PairingRecord): void {
    writePrivateFile(this.#path, `${JSON.stringify(record)}\n`);
  }

  /** A record that cannot be read is no open code: the way out is a new one either way. */
  #load(): PairingRecord | undefined {
    const text = readIfPresent(this.#path);
    if (text === undefined) return undefined;
    const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), recordSchema), text);
    return parsed.success ? parsed.output : undefined;
  }
}
