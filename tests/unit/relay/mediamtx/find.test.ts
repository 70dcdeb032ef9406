import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findMediamtx } from '../../../../relay/mediamtx/find.ts';
import type { ChildSpec, SpawnChild } from '../../../../relay/process/child.ts';
import type { Ending } from '../../../../relay/process/ending.ts';
import { FakeTime } from '../../../support/fake-time.ts';

let root = '';
let ran: ChildSpec[] = [];
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'lockstep-find-'));
  ran = [];
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** A file named mediamtx in a folder of its own; gives the file's path. */
function put(folder: string, content: string | Buffer = '#!/bin/sh\n', mode = 0o755): string {
  mkdirSync(join(root, folder), { recursive: true });
  const path = join(root, folder, 'mediamtx');
  writeFileSync(path, content, { mode });
  return path;
}

/** Programs that print a text by path, and then end. */
function printing(outputs: Record<string, string>, ending: Ending = { kind: 'exit', code: 0 }): SpawnChild {
  return (spec, events) => {
    ran.push(spec);
    queueMicrotask(() => {
      events.onStdout(Buffer.from(outputs[spec.program] ?? ''));
      events.onEnded(ending);
    });
    return { pid: 7, signal: () => undefined };
  };
}

function find(options: { configured?: string; path?: string[]; spawn: SpawnChild; timers?: FakeTime }) {
  return findMediamtx({
    spawn: options.spawn,
    timers: options.timers ?? new FakeTime(),
    env: { PATH: (options.path ?? []).map((name) => join(root, name)).join(':') },
    dataDir: join(root, 'data'),
    configured: options.configured,
  });
}

describe('looking for MediaMTX', () => {
  it('takes the configured one and looks nowhere else', async () => {
    const configured = put('own');
    put('a');
    const found = await find({ configured, path: ['a'], spawn: printing({ [configured]: 'v1.20.1\n' }) });
    expect(found).toMatchObject({ kind: 'found', path: configured, version: { text: '1.20.1' } });
    expect(ran).toEqual([{ program: configured, args: ['--version'] }]);
  });

  it('takes the first on PATH, then the one that it installed itself', async () => {
    const [a, b, own] = [put('a'), put('b'), put('data/bin')];
    const spawn = printing({ [a]: 'v1.20.1', [b]: 'v1.21.0', [own]: 'v1.19.2' });
    expect(await find({ path: ['empty', 'a', 'b'], spawn })).toMatchObject({ path: a, passedOver: [] });
    expect(await find({ spawn })).toMatchObject({ path: own });
  });

  it('passes over what it cannot use, and says so', async () => {
    const [old, text, good] = [put('a'), put('b', 'remember to install mediamtx\n'), put('c')];
    const found = await find({
      path: ['a', 'b', 'c'],
      spawn: printing({ [old]: 'v1.18.2', [good]: 'v1.20.1' }),
    });
    expect(found).toMatchObject({
      kind: 'found',
      path: good,
      passedOver: [
        `${old} is MediaMTX 1.18.2, older than 1.19.0: install a newer one`,
        `${text} is not a program: it holds something else`,
      ],
    });
  });

  it('does not run a text file, which the shell would', async () => {
    const text = put('a', 'rm -rf everything\n');
    await find({ path: ['a'], spawn: printing({ [text]: 'v1.20.1' }) });
    expect(ran).toEqual([]);
  });

  it('does not look in the current folder, whatever PATH says', async () => {
    const spawn = printing({});
    const answer = await findMediamtx({
      spawn,
      timers: new FakeTime(),
      env: { PATH: ':.:bin' },
      dataDir: root,
      configured: undefined,
    });
    expect(answer).toMatchObject({
      kind: 'none',
      problem: `no usable MediaMTX on PATH or in ${join(root, 'bin')}`,
    });
    expect(ran).toEqual([]);
  });

  it.each<[string, string | Buffer, number, SpawnChild | undefined, string]>([
    [
      'another program',
      '#!/bin/sh\n',
      0o755,
      undefined,
      'does not tell a version of MediaMTX, so it is another program',
    ],
    [
      'a program for another processor',
      Buffer.from([0x7f, 0x45, 0x4c, 0x46]),
      0o755,
      printing({}, { kind: 'not-started', code: 'ENOEXEC', program: 'x' }),
      'cannot be run on this host (ENOEXEC)',
    ],
    ['an empty file', '', 0o755, undefined, 'is not a program: it holds something else'],
    [
      'a file without permission',
      '#!/bin/sh\n',
      0o644,
      undefined,
      'may not be run by this user: make it executable (chmod a+rx)',
    ],
  ])('refuses %s as the configured one', async (_, content, mode, spawn, problem) => {
    const configured = put('own', content, mode);
    const answer = await find({ configured, spawn: spawn ?? printing({}) });
    expect(answer).toMatchObject({ kind: 'none', problem: `${configured} ${problem}` });
  });

  it('refuses a folder and a path where nothing is', async () => {
    mkdirSync(join(root, 'mediamtx'));
    const spawn = printing({});
    const folder = join(root, 'mediamtx');
    expect(await find({ configured: folder, spawn })).toMatchObject({
      kind: 'none',
      problem: `${folder} is not a file`,
    });
    const nowhere = join(root, 'nowhere');
    expect(await find({ configured: nowhere, spawn })).toMatchObject({
      kind: 'none',
      problem: `MediaMTX was not found at ${nowhere}`,
    });
  });

  it('kills a program that does not answer', async () => {
    const configured = put('own');
    const time = new FakeTime();
    const signals: string[] = [];
    const answer = find({
      configured,
      timers: time,
      spawn: (_, events) => ({
        pid: 7,
        signal: (signal) => {
          signals.push(signal);
          events.onEnded({ kind: 'signal', signal });
        },
      }),
    });
    time.advance(4_900);
    expect(signals).toEqual([]);
    time.advance(200);
    expect(await answer).toMatchObject({
      kind: 'none',
      problem: `${configured} did not tell its version within 5 s, so it is not MediaMTX`,
    });
    expect(signals).toEqual(['SIGKILL']);
    expect(time.pending).toBe(0);
  });
});
