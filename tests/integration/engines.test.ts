/**
 * What both engines must do alike when something dies under them, seen from outside: by the playlist of a camera and
 * by the state of the relay. Playing, pushing and stopping undisturbed is relay.test.ts.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import parseM3U8 from 'm3u8parse';
import { pino } from 'pino';
import * as v from 'valibot';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { configSchema } from '../../relay/config/schema.ts';
import { type RunningRelay, startRelay } from '../../relay/relay.ts';
import { recordedProcesses } from '../../rig/run-records.ts';
import { ask } from '../support/edge-rig.ts';
import { eventually } from '../support/eventually.ts';
import { mediamtxOnPath } from '../support/mediamtx-rig.ts';

const hasMediamtx = (await mediamtxOnPath()) !== undefined;

let dataDir = '';
let relay: RunningRelay | undefined;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'lockstep-engines-'));
});
afterEach(async () => {
  await relay?.stop();
  relay = undefined;
  rmSync(dataDir, { recursive: true, force: true });
});

const start = async (engine: string, config: object = {}): Promise<number> => {
  relay = await startRelay({
    config: v.parse(configSchema, {
      engine,
      server: { port: 0, hlsAccess: 'open' },
      cameras: ['cam1', 'cam2'].map((id) => ({ id, source: { type: 'test', size: '320x180', fps: 30 } })),
      ...config,
    }),
    log: pino({ level: 'silent' }),
    dataDir,
  });
  return relay.port;
};

const pidOf = (label: RegExp): number => {
  const running = recordedProcesses(dataDir);
  const found = running.find((process) => label.test(process.label));
  if (found === undefined)
    throw new Error(`no process ${label} among ${running.map((process) => process.label).join(', ')}`);
  return found.pid;
};

const stateOf = async (port: number, camera: string): Promise<string> => {
  const { cameras } = v.parse(
    v.pipe(
      v.string(),
      v.parseJson(),
      v.object({ cameras: v.array(v.object({ id: v.string(), state: v.string() })) }),
    ),
    (await ask(port, '/health')).text,
  );
  return cameras.find(({ id }) => id === camera)?.state ?? 'missing';
};

const allLive = (port: number): Promise<unknown> =>
  eventually(
    'all cameras are live',
    async () => (await ask(port, '/health')).text,
    (text) => text.includes('"status":"ok"'),
    30_000,
  );

interface Place {
  readonly first: number;
  /** Segment and part that are the newest. */
  readonly newest: number;
  readonly discontinuities: number;
  readonly map: string | undefined;
}

/** The newest place in a camera's playlist. */
async function place(port: number, camera: string): Promise<Place> {
  const text = (await ask(port, `/live/${camera}/main/media.m3u8`)).text;
  const { media_sequence: first = 0, segments } = parseM3U8(text, { type: 'media' });
  const open = segments.at(-1);
  const parts = open?.parts?.length ?? 0;
  return {
    first: Number(first),
    newest: (Number(first) + segments.length - 1) * 1000 + parts,
    discontinuities: text.match(/^#EXT-X-DISCONTINUITY$/gm)?.length ?? 0,
    map: text.match(/^#EXT-X-MAP:URI="([^"]+)"/gm)?.at(-1),
  };
}

/** Disturbs, and tells after how long there were new pictures; the playlist must never go back meanwhile. */
async function recovery(port: number, camera: string, disturb: () => void): Promise<number> {
  const before = await place(port, camera);
  disturb();
  const startedMs = Date.now();
  let last = before;
  const after = await eventually(
    `new pictures of ${camera}`,
    async () => {
      const now = await place(port, camera);
      expect(now.newest).toBeGreaterThanOrEqual(last.newest);
      expect(now.first).toBeGreaterThanOrEqual(last.first);
      last = now;
      return now;
    },
    (now) => now.discontinuities > before.discontinuities,
    15_000,
  );
  expect(after.newest).toBeGreaterThan(before.newest);
  return Date.now() - startedMs;
}

describe.each(hasMediamtx ? ['builtin', 'mediamtx'] : ['builtin'])('engine %s', (engine) => {
  it('plays on after its encoder was killed: sequence forward, one discontinuity, within 3 s', async () => {
    const port = await start(engine);
    await allLive(port);
    const neighbour = pidOf(/camera cam2/);
    const tookMs = await recovery(port, 'cam1', () => process.kill(pidOf(/camera cam1/), 'SIGKILL'));
    expect(tookMs).toBeLessThan(3_000);
    expect(pidOf(/camera cam2/)).toBe(neighbour);
    await allLive(port);
  });

  it('leaves nothing behind when it is stopped while it is disturbed', async () => {
    const port = await start(engine);
    await allLive(port);
    const pids = recordedProcesses(dataDir).map(({ pid }) => pid);
    process.kill(pidOf(/camera cam1/), 'SIGKILL');
    await relay?.stop();
    expect(recordedProcesses(dataDir)).toEqual([]);
    expect(pids.filter((pid) => existsSync(`/proc/${pid}`))).toEqual([]);
    await expect(ask(port, '/health')).rejects.toThrow('ECONNREFUSED');
  });
});

describe.skipIf(!hasMediamtx)('engine mediamtx (needs mediamtx on PATH)', () => {
  it('plays on after MediaMTX was killed, all cameras within 4 s, and says so at once', async () => {
    const port = await start('mediamtx');
    await allLive(port);
    const killedMs = Date.now();
    const all = Promise.all(
      ['cam1', 'cam2'].map((camera) =>
        recovery(port, camera, () => {
          if (camera === 'cam1') process.kill(pidOf(/MediaMTX/i), 'SIGKILL');
        }),
      ),
    );
    await eventually(
      'the camera is not called live',
      () => stateOf(port, 'cam1'),
      (state) => state !== 'live',
      3_000,
    );
    expect(Date.now() - killedMs).toBeLessThan(1_500);
    for (const tookMs of await all) expect(tookMs).toBeLessThan(4_000);
  });

  // Of the builtin engine: camera.test.ts.
  it('replaces an encoder that hangs, within 9 s', async () => {
    const port = await start('mediamtx');
    await allLive(port);
    const tookMs = await recovery(port, 'cam1', () => process.kill(pidOf(/camera cam1/), 'SIGSTOP'));
    expect(tookMs).toBeLessThan(9_000);
  });

  it('plays on after MediaMTX hung, within 10 s', async () => {
    const port = await start('mediamtx');
    await allLive(port);
    const tookMs = await recovery(port, 'cam1', () => process.kill(pidOf(/MediaMTX/i), 'SIGSTOP'));
    expect(tookMs).toBeLessThan(10_000);
  });

  it('refuses to start without a usable program, and leaves its data folder free', async () => {
    await expect(start('mediamtx', { mediamtx: { path: '/nonexistent/mediamtx' } })).rejects.toThrow(
      'engine mediamtx cannot run: MediaMTX was not found at /nonexistent/mediamtx',
    );
    expect(existsSync(join(dataDir, 'relay.lock'))).toBe(false);
  });

  it('is taken by itself where it is found, and not where it is too old or missing', async () => {
    await start('auto');
    expect(relay?.engine.name).toBe('mediamtx');
    await relay?.stop();
    await start('auto', { mediamtx: { path: '/nonexistent/mediamtx' } });
    expect(relay?.engine).toEqual({
      name: 'builtin',
      why: 'MediaMTX was not found at /nonexistent/mediamtx',
    });
  });
});
