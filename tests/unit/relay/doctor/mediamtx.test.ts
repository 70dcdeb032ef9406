import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { configSchema } from '../../../../relay/config/schema.ts';
import { checkMediamtx } from '../../../../relay/doctor/mediamtx.ts';
import type { SpawnChild } from '../../../../relay/process/child.ts';
import { FakeTime } from '../../../support/fake-time.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'lockstep-doctor-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A program of that name whose `--version` says this. */
const saying =
  (version: string): SpawnChild =>
  (_request, { onStdout, onEnded }) => {
    onStdout(Buffer.from(`${version}\n`));
    queueMicrotask(() => onEnded({ kind: 'exit', code: 0 }));
    return { pid: 1, signal: () => undefined };
  };

const write = (text = '#!/bin/sh\n'): void => writeFileSync(join(folder, 'mediamtx'), text, { mode: 0o755 });

const check = (config: object | undefined, { version = 'v1.20.1', taken = [] as number[] } = {}) =>
  checkMediamtx({
    config:
      config === undefined
        ? undefined
        : v.parse(configSchema, { cameras: [{ id: 'a', source: { type: 'test' } }], ...config }),
    env: { PATH: folder },
    dataDir: '/nonexistent',
    spawn: saying(version),
    timers: new FakeTime(),
    probe: {
      isFree: (port) => Promise.resolve(!taken.includes(port)),
      owner: () => ({ pid: 812, name: 'nginx' }),
      holder: () => 'nobody',
      firstEphemeral: 32_768,
    },
  });

describe('checkMediamtx', () => {
  it('says which program and version is used', async () => {
    write();
    expect(await check(undefined)).toEqual([
      { level: 'ok', where: 'mediamtx', what: `${folder}/mediamtx is version 1.20.1`, fix: '' },
    ]);
  });

  it('does not look for it when it is switched off', async () => {
    expect(await check({ mediamtx: { enabled: false } })).toMatchObject([
      { level: 'ok', what: 'not used: mediamtx.enabled is false' },
    ]);
  });

  it('warns of one that is too old, and fails when it is asked for', async () => {
    write();
    const old = `${folder}/mediamtx is MediaMTX 1.18.2, older than 1.19.0`;
    const [auto] = await check({}, { version: 'v1.18.2' });
    expect(auto).toMatchObject({ level: 'warn', what: expect.stringContaining(old) });
    const [asked] = await check({ mediamtx: { enabled: true } }, { version: 'v1.18.2' });
    expect(asked).toMatchObject({ level: 'fail', fix: expect.stringContaining('lockstep install-mediamtx') });
  });

  it('knows a text file with its name', async () => {
    write('to do: install\n');
    const [finding] = await check({});
    expect(finding?.what).toContain(`${folder}/mediamtx is not a program: it holds something else`);
  });

  it('has nothing against a host without it, unless it is asked for', async () => {
    rmSync(join(folder, 'mediamtx'), { force: true });
    expect((await check({}))[0]).toMatchObject({ level: 'ok', what: expect.stringContaining('none found') });
    expect((await check({ mediamtx: { enabled: true } }))[0]?.level).toBe('fail');
    expect((await check({ mediamtx: { path: '/gone/mediamtx' } }))[0]).toMatchObject({
      level: 'warn',
      what: expect.stringContaining('MediaMTX was not found at /gone/mediamtx'),
    });
  });

  it('names who holds a configured port', async () => {
    write();
    const readers = { username: 'player', password: 'secret' };
    const mediamtx = { ports: { hls: 8888 }, readers, webrtc: { enabled: true, udpPort: 8189 } };
    const findings = await check({ mediamtx }, { taken: [8888, 8189] });
    expect(findings.slice(1)).toMatchObject([
      {
        level: 'fail',
        where: 'mediamtx.ports.hls',
        what: 'TCP port 8888 for HLS of MediaMTX is taken by nginx (process 812)',
      },
      {
        level: 'fail',
        where: 'mediamtx.webrtc.udpPort',
        what: 'UDP port 8189 for WebRTC media of MediaMTX is taken by nginx (process 812)',
      },
    ]);
  });
});
