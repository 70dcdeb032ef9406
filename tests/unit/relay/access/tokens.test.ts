import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createAuthenticator } from '../../../../relay/access/auth.ts';
import { PairingDesk } from '../../../../relay/access/pairing.ts';
import { TokenStore } from '../../../../relay/access/tokens.ts';
import { FakeTime } from '../../../support/fake-time.ts';

const ORIGIN = 'chrome-extension://abcdefghijklmnopabcdefghijklmnop';
const OTHER = 'moz-extension://01234567-89ab-cdef-0123-456789abcdef';

let dataDir = '';
let problems: string[] = [];
let seed = 0;
const time = new FakeTime(1_700_000_000_000);
const random = (count: number): Uint8Array => Uint8Array.from({ length: count }, () => seed++ % 256);
const onProblem = (message: string): void => {
  problems.push(message.replaceAll(dataDir, 'DATA'));
};
const store = (): TokenStore => new TokenStore({ dataDir, clock: time, random, onProblem });
const file = (): string => join(dataDir, 'tokens.json');

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'lockstep-tokens-'));
  problems = [];
  seed = 0;
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

describe('TokenStore', () => {
  it('issues 256-bit tokens that another process accepts', () => {
    const token = store().issue({ clientName: 'Chromium', origin: ORIGIN });
    expect(token).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(store().verify(token, ORIGIN)).toBe(true);
  });

  it('tells that a token was revoked by another process, but not because its file cannot be read', () => {
    const tokens = store();
    const token = tokens.issue({ clientName: 'Chromium', origin: ORIGIN });
    expect(tokens.isRevoked(token, ORIGIN)).toBe(false);
    const text = readFileSync(file(), 'utf8');
    rmSync(file());
    mkdirSync(file());
    expect(tokens.verify(token, ORIGIN)).toBe(false);
    expect(tokens.isRevoked(token, ORIGIN)).toBe(false);
    rmSync(file(), { recursive: true });
    writeFileSync(file(), text);
    expect(tokens.isRevoked(token, ORIGIN)).toBe(false);
    const [info] = store().list();
    store().revoke(info?.id ?? '');
    expect(tokens.isRevoked(token, ORIGIN)).toBe(true);
  });

  it('binds a token to its origin', () => {
    const tokens = store();
    const extension = tokens.issue({ clientName: 'Chromium', origin: ORIGIN });
    const tool = tokens.issue({ clientName: 'curl', origin: undefined });
    expect([ORIGIN, OTHER, undefined].map((origin) => tokens.verify(extension, origin))).toEqual([
      true,
      false,
      false,
    ]);
    expect([ORIGIN, undefined].map((origin) => tokens.verify(tool, origin))).toEqual([false, true]);
  });

  it.each(['', 'x', 'constructor', 'A'.repeat(43), 'A'.repeat(10_000)])('refuses %j', (token) => {
    const tokens = store();
    tokens.issue({ clientName: 'Chromium', origin: ORIGIN });
    expect(tokens.verify(token, ORIGIN)).toBe(false);
  });

  it('stores hashes only, for its owner alone, and leaves no temporary file', () => {
    const token = store().issue({ clientName: 'Chromium', origin: ORIGIN });
    expect(statSync(file()).mode & 0o777).toBe(0o600);
    expect(readFileSync(file(), 'utf8')).not.toContain(token);
    expect(readdirSync(dataDir)).toEqual(['tokens.json']);
  });

  it('refuses a token as soon as another process revoked it', () => {
    const relay = store();
    const token = relay.issue({ clientName: 'Chromium', origin: ORIGIN });
    const kept = relay.issue({ clientName: 'Firefox', origin: OTHER });
    expect(relay.verify(token, ORIGIN)).toBe(true);
    const [first] = store().list();
    expect(store().revoke(first?.id ?? '')).toBe(true);
    expect(relay.verify(token, ORIGIN)).toBe(false);
    expect(relay.verify(kept, OTHER)).toBe(true);
    expect(relay.origins()).toEqual([OTHER]);
  });

  it('lists tokens without what would let anyone use them', () => {
    const token = store().issue({ clientName: 'Chromium', origin: ORIGIN });
    const list = store().list();
    expect(list).toEqual([
      {
        id: expect.stringMatching(/^[0-9a-f]{8}$/),
        clientName: 'Chromium',
        origin: ORIGIN,
        issuedAtMs: time.now(),
      },
    ]);
    expect(JSON.stringify(list)).not.toContain(token);
  });

  it('says that an unknown id was not revoked', () => {
    store().issue({ clientName: 'Chromium', origin: ORIGIN });
    expect(store().revoke('00000000')).toBe(false);
    expect(store().list()).toHaveLength(1);
  });

  it('admits nobody when the file is gone', () => {
    const relay = store();
    const token = relay.issue({ clientName: 'Chromium', origin: ORIGIN });
    rmSync(file());
    expect(relay.verify(token, ORIGIN)).toBe(false);
  });

  it.each(['{"version":1,"tok', '{"version":2,"tokens":[]}', ''])(
    'moves a damaged file aside: %j',
    (text) => {
      writeFileSync(file(), text);
      const tokens = store();
      expect(tokens.verify('A'.repeat(43), ORIGIN)).toBe(false);
      expect(problems).toEqual([
        'DATA/tokens.json is damaged and was moved to DATA/tokens.json.damaged-1700000000000: every client has to pair again, or put a good copy back.',
      ]);
      expect(readFileSync(`${file()}.damaged-1700000000000`, 'utf8')).toBe(text);
      const token = tokens.issue({ clientName: 'Chromium', origin: ORIGIN });
      expect(tokens.verify(token, ORIGIN)).toBe(true);
    },
  );

  it('admits nobody and says so once while the file cannot be read', () => {
    rmSync(dataDir, { recursive: true });
    writeFileSync(dataDir, '');
    const relay = store();
    expect(relay.verify('A'.repeat(43), ORIGIN)).toBe(false);
    expect(relay.verify('A'.repeat(43), ORIGIN)).toBe(false);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(/^Cannot read the tokens \(ENOTDIR/);
  });
});

describe('createAuthenticator', () => {
  it('trades a code for a token of the asking origin', async () => {
    const auth = createAuthenticator({ dataDir, clock: time });
    const { code } = await new PairingDesk({ dataDir, clock: time, random }).issue();
    const answer = await auth.pair({ code, clientName: 'Chromium', origin: ORIGIN });
    expect('token' in answer && auth.verify(answer.token, ORIGIN)).toBe(true);
    expect('token' in answer && auth.verify(answer.token, OTHER)).toBe(false);
    expect(auth.pairedOrigins()).toEqual([ORIGIN]);
    expect(store().list()).toMatchObject([{ clientName: 'Chromium', origin: ORIGIN }]);
  });

  it('issues nothing for a wrong code', async () => {
    const auth = createAuthenticator({ dataDir, clock: time });
    await new PairingDesk({ dataDir, clock: time, random }).issue();
    expect(await auth.pair({ code: '99999999', clientName: 'x', origin: ORIGIN })).toMatchObject({
      error: { code: 'bad-code' },
    });
    expect(auth.pairedOrigins()).toEqual([]);
  });

  it('answers with an error when the data folder cannot be used', async () => {
    rmSync(dataDir, { recursive: true });
    writeFileSync(dataDir, '');
    const auth = createAuthenticator({ dataDir, clock: time, onProblem });
    expect(await auth.pair({ code: '12345678', clientName: 'x', origin: ORIGIN })).toEqual({
      error: {
        code: 'internal',
        message: 'The relay cannot store the token: run `lockstep doctor` on its host, then pair again.',
      },
    });
    expect(problems).toHaveLength(1);
  });
});
