import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lockDataDir } from '../../../../relay/process/data-dir-lock.ts';

describe('lockDataDir', () => {
  let dir: string;
  let file: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'lockstep-lock-'));
    file = join(dir, 'relay.lock');
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  it('keeps a second relay out until the first lets go', () => {
    const unlock = lockDataDir(dir, process.pid);
    expect(() => lockDataDir(dir, process.pid)).toThrow(`used by another relay (process ${process.pid})`);
    unlock();
    expect(existsSync(file)).toBe(false);
    lockDataDir(dir, process.pid)();
  });

  it('lets go once: a second call does not take the lock from the next relay', () => {
    const unlock = lockDataDir(dir, process.pid);
    unlock();
    const unlockNext = lockDataDir(dir, process.pid);
    unlock();
    expect(existsSync(file)).toBe(true);
    unlockNext();
  });

  it('leaves nothing but the lock', () => {
    writeFileSync(file, JSON.stringify({ pid: 4_194_305, startTime: '1' }));
    const unlock = lockDataDir(dir, process.pid);
    expect(readdirSync(dir)).toEqual(['relay.lock']);
    unlock();
    expect(readdirSync(dir)).toEqual([]);
  });

  it('of a dead relay is left to the one that was first to claim it', () => {
    writeFileSync(file, JSON.stringify({ pid: 4_194_305, startTime: '1' }));
    writeFileSync(join(dir, 'relay.lock.over-4194305-1'), '');
    expect(() => lockDataDir(dir, process.pid)).toThrow('is used by another relay');
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ pid: 4_194_305, startTime: '1' });
  });

  it.each([
    [
      'of a process that got the number of a dead relay',
      JSON.stringify({ pid: process.pid, startTime: '1' }),
    ],
    ['of a process that is gone', JSON.stringify({ pid: 4_194_305, startTime: '1' })],
    ['half written', '{"pid":'],
    ['of another form', '[]'],
  ])('takes over a lock %s', (_what, text) => {
    writeFileSync(file, text);
    const unlock = lockDataDir(dir, process.pid);
    expect(() => lockDataDir(dir, process.pid)).toThrow('used by another relay');
    unlock();
  });
});
