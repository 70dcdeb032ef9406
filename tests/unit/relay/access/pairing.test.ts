import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  CODE_LIFETIME_MS,
  CODE_TRIES,
  judge,
  PairingDesk,
  parseCode,
  showCode,
} from '../../../../relay/access/pairing.ts';
import { FakeTime } from '../../../support/fake-time.ts';

const record = { salt: '', hash: '', expiresAtMs: 1_300_000, triesLeft: CODE_TRIES, mayChangeCameras: false };

describe('judge', () => {
  it.each([
    ['a fresh code', record, 1_000_000, undefined],
    ['the last millisecond', record, 1_299_999, undefined],
    ['no code', undefined, 1_000_000, 'no-code'],
    ['the end of its time', record, 1_300_000, 'no-code'],
    ['a clock that was set back', record, 999_999, 'no-code'],
    ['a code that was used', { ...record, used: true as const }, 1_000_000, 'no-code'],
    ['no tries left', { ...record, triesLeft: 0 }, 1_000_000, 'too-many-attempts'],
  ])('judges %s', (_about, given, nowMs, expected) => {
    expect(judge(given, nowMs)?.code).toBe(expected);
  });
});

describe('codes', () => {
  it.each([
    ['12345678', '12345678'],
    ['1234 5678', '12345678'],
    [' 12-34-56-78 ', '12345678'],
    ['1234567', undefined],
    ['123456789', undefined],
    ['1234567a', undefined],
    ['', undefined],
  ])('reads %j', (typed, code) => {
    expect(parseCode(typed)).toBe(code);
  });

  it('shows two groups of four', () => {
    expect(showCode('00345678')).toBe('0034 5678');
  });
});

describe('PairingDesk', () => {
  let dataDir = '';
  let time = new FakeTime();
  let bytes: number[] = [];
  /** Hands out `bytes`, then zeros. */
  const random = (count: number): Uint8Array => Uint8Array.from({ length: count }, () => bytes.shift() ?? 0);
  const desk = (): PairingDesk => new PairingDesk({ dataDir, clock: time, random });

  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'lockstep-pairing-'));
    time = new FakeTime();
    bytes = [];
  });
  afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

  it('accepts a code once, from another process', async () => {
    const { code, expiresAtMs } = await desk().issue();
    expect(expiresAtMs).toBe(time.now() + CODE_LIFETIME_MS);
    const relay = desk();
    expect(await relay.redeem(showCode(code))).toEqual({ mayChangeCameras: false });
    expect(await relay.redeem(code)).toMatchObject({ code: 'no-code' });
  });

  it('hands on what its owner allowed with it', async () => {
    const { code } = await desk().issue({ mayChangeCameras: true });
    expect(await desk().redeem(code)).toEqual({ mayChangeCameras: true });
  });

  it('says of a used code that it was used, for the rest of its time, and takes the next one', async () => {
    const { code } = await desk().issue();
    await desk().redeem(code);
    expect(await desk().redeem(code)).toMatchObject({
      message: expect.stringMatching(/^The pairing code was used already: .*lockstep pair/),
    });
    time.advance(CODE_LIFETIME_MS);
    expect(await desk().redeem(code)).toMatchObject({ message: expect.stringMatching(/expired/) });
    const next = await desk().issue();
    expect(await desk().redeem(next.code)).toEqual({ mayChangeCameras: false });
  });

  it('gives one of two attempts at the same moment the code', async () => {
    const { code } = await desk().issue();
    const relay = desk();
    const answers = await Promise.all([relay.redeem(code), relay.redeem(code)]);
    expect(answers.filter((answer) => !('code' in answer))).toHaveLength(1);
  });

  it('is void after five wrong codes, even for the right one', async () => {
    const { code } = await desk().issue();
    const relay = desk();
    const messages: unknown[] = [];
    for (let attempt = 0; attempt < CODE_TRIES; attempt++) {
      const answer = await relay.redeem('99999999');
      messages.push('message' in answer && answer.message);
    }
    expect(messages).toEqual([
      'Wrong pairing code: 4 tries are left. Type the code again.',
      'Wrong pairing code: 3 tries are left. Type the code again.',
      'Wrong pairing code: 2 tries are left. Type the code again.',
      'Wrong pairing code: 1 try is left. Type the code again.',
      'Wrong pairing code: it is void now. Run `lockstep pair` on the relay for a new code.',
    ]);
    expect(await relay.redeem(code)).toMatchObject({ code: 'too-many-attempts' });
  });

  it('spends a try on each of several attempts at the same moment', async () => {
    await desk().issue();
    const relay = desk();
    const answers = await Promise.all(Array.from({ length: 7 }, () => relay.redeem('99999999')));
    expect(answers.map((answer) => 'code' in answer && answer.code)).toEqual([
      ...Array.from({ length: CODE_TRIES }, () => 'bad-code'),
      'too-many-attempts',
      'too-many-attempts',
    ]);
  });

  it('spends no try on what cannot be a code', async () => {
    const { code } = await desk().issue();
    const relay = desk();
    for (let attempt = 0; attempt < 9; attempt++) {
      expect(await relay.redeem('123')).toMatchObject({ code: 'bad-code' });
    }
    expect(await relay.redeem(code)).toEqual({ mayChangeCameras: false });
  });

  it('refuses a code after its time', async () => {
    const { code } = await desk().issue();
    time.advance(CODE_LIFETIME_MS);
    expect(await desk().redeem(code)).toMatchObject({ code: 'no-code' });
  });

  it('makes the code before void', async () => {
    bytes = [0, 0, 0, 7];
    const first = await desk().issue();
    bytes = [0, 0, 0, 8];
    const second = await desk().issue();
    expect([first.code, second.code]).toEqual(['00000007', '00000008']);
    expect(await desk().redeem(first.code)).toMatchObject({ code: 'bad-code' });
    expect(await desk().redeem(second.code)).toEqual({ mayChangeCameras: false });
  });

  it('draws again when a number would favour some codes', async () => {
    bytes = [255, 255, 255, 255, 0, 0, 0, 42];
    expect((await desk().issue()).code).toBe('00000042');
  });

  it('stores no code, and only for its owner', async () => {
    const { code } = await desk().issue();
    const file = join(dataDir, 'pairing.json');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(file, 'utf8')).not.toContain(code);
  });

  it('takes a damaged file for no code', async () => {
    writeFileSync(join(dataDir, 'pairing.json'), '{"salt":');
    expect(await desk().redeem('12345678')).toMatchObject({ code: 'no-code' });
  });
});
