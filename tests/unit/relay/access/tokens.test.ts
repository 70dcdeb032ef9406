import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
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
const oldFile = (): string => join(dataDir, 'tokens.json');
const folder = (): string => join(dataDir, 'tokens');
const file = (): string => join(folder(), readdirSync(folder())[0] ?? '');

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
    renameSync(folder(), `${folder()}.away`);
    writeFileSync(folder(), '');
    expect(tokens.verify(token, ORIGIN)).toBe(false);
    expect(tokens.isRevoked(token, ORIGIN)).toBe(false);
    rmSync(folder());
    renameSync(`${folder()}.away`, folder());
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
    expect(statSync(folder()).mode & 0o777).toBe(0o700);
    expect(readdirSync(dataDir)).toEqual(['tokens']);
    expect(readdirSync(folder())).toEqual([expect.stringMatching(/^[0-9a-f]{64}\.json$/)]);
  });

  it('refuses a token as soon as another process revoked it', () => {
    const relay = store();
    const token = relay.issue({ clientName: 'Chromium', origin: ORIGIN });
    const kept = relay.issue({ clientName: 'Firefox', origin: OTHER });
    expect(relay.verify(token, ORIGIN)).toBe(true);
    const first = store()
      .list()
      .find(({ clientName }) => clientName === 'Chromium');
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
        mayChangeCameras: false,
      },
    ]);
    expect(JSON.stringify(list)).not.toContain(token);
  });

  it('lets a client change cameras only when it was allowed, by whichever process, and until it is not', () => {
    const relay = store();
    const watcher = relay.issue({ clientName: 'Chromium', origin: ORIGIN });
    const owner = relay.issue({ clientName: 'Firefox', origin: OTHER, mayChangeCameras: true });
    const may = () => [
      relay.rightsOf(watcher, ORIGIN)?.mayChangeCameras,
      relay.rightsOf(owner, OTHER)?.mayChangeCameras,
    ];
    expect(may()).toEqual([false, true]);
    const { id: watcherId = '' } = relay.rightsOf(watcher, ORIGIN) ?? {};
    const { id: ownerId = '' } = relay.rightsOf(owner, OTHER) ?? {};
    expect(store().allowCameras(watcherId, true)).toBe(true);
    expect(store().allowCameras(ownerId, false)).toBe(true);
    expect(may()).toEqual([true, false]);
    expect([relay.rightsOf(watcher, OTHER), relay.rightsOf('x', ORIGIN)]).toEqual([undefined, undefined]);
    expect(store().revoke(watcherId)).toBe(true);
    expect(relay.rightsOf(watcher, ORIGIN)).toBeUndefined();
    expect(readdirSync(folder())).toHaveLength(1);
    expect(store().allowCameras('00000000', true)).toBe(false);
  });

  it('lists a client by its new name, which another process gave it, and as long as it is there', () => {
    const relay = store();
    const token = relay.issue({ clientName: 'Chromium', origin: ORIGIN });
    const id = relay.list()[0]?.id ?? '';
    expect(store().rename(id, 'Kitchen')).toBe(true);
    expect(relay.list()[0]?.clientName).toBe('Kitchen');
    expect(relay.verify(token, ORIGIN)).toBe(true);
    expect(store().revoke(id)).toBe(true);
    expect(readdirSync(folder())).toEqual([]);
    expect(store().rename(id, 'Kitchen')).toBe(false);
  });

  it('takes a name that came too late, after its token was revoked, for no token', () => {
    const token = store().issue({ clientName: 'Chromium', origin: ORIGIN });
    const name = file().replace(/json$/, 'name');
    store().revoke(store().list()[0]?.id ?? '');
    writeFileSync(name, 'Kitchen');
    expect(store().list()).toEqual([]);
    expect(store().verify(token, ORIGIN)).toBe(false);
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

  it('cannot bring a revoked token back by issuing one at the same moment', () => {
    const relay = store();
    const token = relay.issue({ clientName: 'Chromium', origin: ORIGIN });
    const [info] = relay.list();
    // Another process revokes it between the relay's look at the tokens and its next pairing.
    store().revoke(info?.id ?? '');
    relay.issue({ clientName: 'Firefox', origin: OTHER });
    expect(store().verify(token, ORIGIN)).toBe(false);
    expect(store().list()).toHaveLength(1);
  });

  it.each(['{"sha256":', '{}', ''])(
    'moves a damaged file aside, and only that client is lost: %j',
    (text) => {
      const token = store().issue({ clientName: 'Chromium', origin: ORIGIN });
      const damaged = join(folder(), `${'a'.repeat(64)}.json`);
      writeFileSync(damaged, text);
      expect(store().verify(token, ORIGIN)).toBe(true);
      expect(problems).toEqual([
        `DATA/tokens/${'a'.repeat(64)}.json is damaged and was moved to DATA/tokens/${'a'.repeat(64)}.json.damaged-1700000000000: its client has to pair again, or put a good copy back.`,
      ]);
      expect(readFileSync(`${damaged}.damaged-1700000000000`, 'utf8')).toBe(text);
    },
  );

  it('is not fooled by a file under the name of another token', () => {
    const token = store().issue({ clientName: 'Chromium', origin: ORIGIN });
    renameSync(file(), join(folder(), `${'b'.repeat(64)}.json`));
    expect(store().verify(token, ORIGIN)).toBe(false);
  });

  describe('of an earlier version, all in one file', () => {
    const entry = (token: string, origin: string | null) => ({
      sha256: createHash('sha256').update(token).digest('hex'),
      origin,
      clientName: 'Chromium',
      issuedAtMs: 5,
    });

    it('are taken over once', () => {
      writeFileSync(
        oldFile(),
        JSON.stringify({ version: 1, tokens: [entry('one', ORIGIN), entry('two', null)] }),
      );
      const relay = store();
      expect([relay.verify('one', ORIGIN), relay.verify('two', undefined)]).toEqual([true, true]);
      expect(readdirSync(dataDir)).toEqual(['tokens']);
      for (const { id } of relay.list()) store().revoke(id);
      expect(store().list()).toEqual([]);
    });

    it.each(['{"version":1,"tok', '{"version":2,"tokens":[]}', ''])(
      'are moved aside when damaged: %j',
      (text) => {
        writeFileSync(oldFile(), text);
        const tokens = store();
        expect(tokens.verify('A'.repeat(43), ORIGIN)).toBe(false);
        expect(problems).toEqual([
          'DATA/tokens.json is damaged and was moved to DATA/tokens.json.damaged-1700000000000: every client has to pair again, or put a good copy back.',
        ]);
        expect(readFileSync(`${oldFile()}.damaged-1700000000000`, 'utf8')).toBe(text);
        const token = tokens.issue({ clientName: 'Chromium', origin: ORIGIN });
        expect(tokens.verify(token, ORIGIN)).toBe(true);
      },
    );
  });

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

  it('gives the rights that the code was opened with', async () => {
    const auth = createAuthenticator({ dataDir, clock: time });
    const desk = new PairingDesk({ dataDir, clock: time, random });
    const { code } = await desk.issue({ mayChangeCameras: true });
    const answer = await auth.pair({ code, clientName: 'Chromium', origin: ORIGIN });
    expect('token' in answer && auth.rightsOf(answer.token, ORIGIN)?.mayChangeCameras).toBe(true);
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
