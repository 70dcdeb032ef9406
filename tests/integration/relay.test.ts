import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import parseM3U8 from 'm3u8parse';
import { pino } from 'pino';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PairingDesk } from '../../relay/access/pairing.ts';
import { TokenStore } from '../../relay/access/tokens.ts';
import { configSchema } from '../../relay/config/schema.ts';
import { type RunningRelay, startRelay } from '../../relay/relay.ts';
import { wallClock } from '../../src/wire/ports.ts';
import { ask, Client, EXTENSION } from '../support/edge-rig.ts';
import { eventually } from '../support/eventually.ts';
import { mediamtxOnPath } from '../support/mediamtx-rig.ts';

const run = promisify(execFile);
const dirs: string[] = [];

function newDataDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'lockstep-relay-'));
  dirs.push(dir);
  return dir;
}

/** Beside it where there is one: what the relay serves is the same, and it must do so in spite of it. */
const MEDIAMTX = (await mediamtxOnPath()) === undefined ? 'off' : 'on';

const start = (
  dataDir: string,
  server: object = {},
  cameras = ['cam1', 'cam2'],
  mediamtx: 'on' | 'off' = 'off',
): Promise<RunningRelay> =>
  startRelay({
    config: v.parse(configSchema, {
      mediamtx: { enabled: mediamtx === 'on' },
      server: { port: 0, hlsAccess: 'open', ...server },
      cameras: cameras.map((id) => ({ id, source: { type: 'test', size: '320x180', fps: 30 } })),
    }),
    log: pino({ level: 'silent' }),
    dataDir,
  });

const runRecords = (dataDir: string): string[] =>
  existsSync(join(dataDir, 'run')) ? readdirSync(join(dataDir, 'run')) : [];

describe('a token that another process revokes', () => {
  it('loses its open sockets within a second, and no other one does', async () => {
    const dataDir = newDataDir();
    const relay = await start(dataDir);
    try {
      const tokens = new TokenStore({ dataDir, clock: wallClock, random: randomBytes });
      const open = async (clientName: string) => {
        const token = tokens.issue({ clientName, origin: undefined });
        const [control, media] = [new Client(relay.port, '/control'), new Client(relay.port, '/media')];
        await Promise.all([control.opened, media.opened]);
        control.say({ type: 'auth', protocol: 1, token, client: 'wall' });
        media.say({ type: 'subscribe', protocol: 1, token, camera: 'cam1', latencyMs: 300 });
        await control.message('welcome');
        return { control, media };
      };
      const lost = await open('lost');
      const kept = await open('kept');
      const id = tokens.list().find(({ clientName }) => clientName === 'lost')?.id ?? '';
      const cli = new TokenStore({ dataDir, clock: wallClock, random: randomBytes });
      const sinceMs = performance.now();
      expect(cli.revoke(id)).toBe(true);
      const ends = await Promise.all([lost.control.closed, lost.media.closed]);
      const tookMs = performance.now() - sinceMs;
      console.log(`sockets of a revoked token closed after ${Math.round(tookMs)} ms`);
      expect(ends.map(({ code }) => code)).toEqual([4401, 4401]);
      expect(lost.control.messages().at(-1)).toMatchObject({ type: 'refused', error: { code: 'bad-token' } });
      expect(tookMs).toBeLessThan(1_000);
      expect([kept.control, kept.media].map(({ socket }) => socket.readyState)).toEqual([1, 1]);
      kept.control.close();
      kept.media.close();
    } finally {
      await relay.stop();
    }
  });
});

afterAll(() => {
  for (const dir of dirs) rmSync(dir, { recursive: true, force: true });
});

describe(`a relay with two test cameras and MediaMTX ${MEDIAMTX}`, () => {
  const dataDir = newDataDir();
  let relay: RunningRelay;
  beforeAll(async () => {
    relay = await start(dataDir, {}, undefined, MEDIAMTX);
    await eventually(
      'both cameras are live',
      async () => (await ask(relay.port, '/health')).text,
      (text) => text.includes('"status":"ok"'),
      30_000,
    );
  });
  afterAll(async () => {
    await relay.stop();
  });

  /** An extension that has paired with a fresh code and authenticated. */
  const paired = async (): Promise<{ control: Client; token: string }> => {
    const { code } = await new PairingDesk({ dataDir, clock: wallClock, random: randomBytes }).issue();
    const control = new Client(relay.port, '/control', { origin: EXTENSION });
    await control.message('hello');
    control.say({ type: 'pair', protocol: 1, code, clientName: 'test' });
    const { token } = await control.message('paired');
    control.say({ type: 'auth', protocol: 1, token, client: 'wall' });
    return { control, token };
  };

  it('serves what ffprobe takes for H.264 of the right size and rate', async () => {
    const { stdout } = await run('ffprobe', [
      ...['-v', 'error', '-of', 'json', '-show_entries', 'stream=codec_name,width,height,avg_frame_rate'],
      `${relay.url}/live/cam1/index.m3u8`,
    ]);
    expect(JSON.parse(stdout).streams[0]).toEqual({
      codec_name: 'h264',
      width: 320,
      height: 180,
      avg_frame_rate: '30/1',
    });
  });

  it('serves what a plain player decodes without a complaint', async () => {
    const url = `${relay.url}/live/cam2/main/media.m3u8`;
    const { stderr } = await run('ffmpeg', [
      // Not `warning`: ffmpeg reads the init segment again after each reload of any live playlist, and warns of it.
      ...['-v', 'error', '-nostdin', '-i', url, '-frames:v', '60', '-f', 'null', '-'],
    ]);
    expect(stderr).toBe('');
  });

  it('tells the truth in its playlists: durations, keyframes and the time of the pictures', async () => {
    const base = `${relay.url}/live/cam1/main`;
    const playlist = parseM3U8(await (await fetch(`${base}/media.m3u8`)).text(), { type: 'media' });
    const whole = playlist.segments.filter(({ uri }) => uri !== undefined).at(-1);
    const map = playlist.segments[0]?.map?.get('uri', 'string');
    const load = async (uri: string | undefined): Promise<Buffer> =>
      Buffer.from(await (await fetch(`${base}/${uri}`)).arrayBuffer());
    const child = run('ffprobe', [
      ...['-v', 'error', '-of', 'json', '-show_entries', 'packet=duration_time,flags', '-i', 'pipe:0'],
    ]);
    child.child.stdin?.end(Buffer.concat([await load(map), await load(whole?.uri)]));
    const packets: { duration_time: string; flags: string }[] = JSON.parse((await child).stdout).packets;
    const mediaS = packets.reduce((sum, packet) => sum + Number(packet.duration_time), 0);
    expect(mediaS).toBeCloseTo(whole?.duration ?? 0, 3);
    expect(packets.map(({ flags }) => flags.startsWith('K'))).toEqual(packets.map((_, n) => n === 0));
    const partsS = whole?.parts?.reduce((sum, part) => sum + Number(part.get('duration', 'float')), 0);
    expect(partsS).toBeCloseTo(whole?.duration ?? 0, 3);
    const endMs = (whole?.program_time?.getTime() ?? 0) + mediaS * 1000;
    expect(Math.abs(Date.now() - endMs)).toBeLessThan(2500);
  });

  it('answers a blocking reload with the next part, about a part later', async () => {
    const url = `${relay.url}/live/cam1/main/media.m3u8`;
    const read = async (query = '') => parseM3U8(await (await fetch(url + query)).text(), { type: 'media' });
    let playlist = await read();
    for (let n = 0; n < 20; n += 1) {
      const hint = playlist.meta.preload_hints?.[0]?.get('uri', 'string');
      const last = playlist.segments.at(-1);
      const part = last?.parts?.length ?? 0;
      playlist = await read(`?_HLS_msn=${playlist.lastMsn(true)}&_HLS_part=${part}`);
      const next = playlist.meta.preload_hints?.[0]?.get('uri', 'string');
      expect(next).not.toBe(hint);
      const listed = playlist.segments
        .flatMap(({ parts }) => parts ?? [])
        .map((each) => each.get('uri', 'string'));
      expect(listed).toContain(hint);
    }
  });

  it('pairs with the code of its data folder and pushes parts as they are made', async () => {
    const { control, token } = await paired();
    const welcome = await control.message('welcome');
    expect([welcome.mediamtx, welcome.cameras.map(({ id }) => id)]).toEqual([MEDIAMTX, ['cam1', 'cam2']]);

    const media = new Client(relay.port, '/media', { origin: EXTENSION });
    const delaysMs: number[] = [];
    await media.opened;
    media.socket.on('message', () => {
      const newest = media.media().at(-1)?.header;
      if (newest?.kind === 'part') delaysMs.push(Date.now() - newest.pdtMs - newest.durationMs);
      media.say({ type: 'ack', parts: media.parts().length });
    });
    media.say({ type: 'subscribe', protocol: 1, token, camera: 'cam1', latencyMs: 300 });
    await media.until(() => media.parts().length >= 60);
    const numbers = media.parts().map((part) => part.split('.').map(Number));
    numbers.slice(1).forEach(([msn = 0, part], n) => {
      const [beforeMsn = 0, beforePart = 0] = numbers[n] ?? [];
      expect([msn, part]).toEqual(msn === beforeMsn ? [beforeMsn, beforePart + 1] : [beforeMsn + 1, 0]);
    });
    const live = delaysMs.slice(-20).sort((a, b) => a - b);
    expect(live[10]).toBeLessThan(300);
    const stranger = new Client(relay.port, '/media');
    await stranger.opened;
    stranger.say({ type: 'subscribe', protocol: 1, token, camera: 'cam1', latencyMs: 300 });
    expect((await stranger.closed).code).toBe(4401);
    for (const client of [control, media]) client.close();
  });

  it('brings telemetry of every camera', async () => {
    const { control } = await paired();
    const { cameras } = await control.message('telemetry');
    expect(cameras.map(({ id }) => id)).toEqual(['cam1', 'cam2']);
    control.close();
  });

  it('keeps a second relay out of its data folder and off its port', async () => {
    await expect(start(dataDir)).rejects.toThrow(
      `The data folder ${dataDir} is used by another relay (process ${process.pid}): stop it, or set dataDir to another folder.`,
    );
    const otherDir = newDataDir();
    await expect(start(otherDir, { port: relay.port })).rejects.toThrow(
      `Port ${relay.port} on 127.0.0.1 is taken by`,
    );
    expect(existsSync(join(otherDir, 'relay.lock'))).toBe(false);
    expect((await ask(relay.port, '/health')).status).toBe(200);
  });
});

describe('stopping a relay', () => {
  it('leaves no process, no port and no lock, and may be done twice', async () => {
    const dataDir = newDataDir();
    const relay = await start(dataDir);
    await eventually(
      'encoders run',
      () => runRecords(dataDir),
      (records) => records.length === 2,
    );
    const pids = runRecords(dataDir).map((name) => Number.parseInt(name, 10));
    await Promise.all([relay.stop(), relay.stop()]);
    expect(runRecords(dataDir)).toEqual([]);
    expect(pids.filter((pid) => existsSync(`/proc/${pid}`))).toEqual([]);
    await expect(ask(relay.port, '/health')).rejects.toThrow('ECONNREFUSED');
    const again = await start(dataDir, { port: relay.port }, ['cam1']);
    expect(again.port).toBe(relay.port);
    await again.stop();
  });

  it('works before the cameras have started', async () => {
    const dataDir = newDataDir();
    await (await start(dataDir)).stop();
    expect(runRecords(dataDir)).toEqual([]);
  });

  it('keeps its id for the next start and takes a new run', async () => {
    const dataDir = newDataDir();
    const hello = async (): Promise<string> => {
      const relay = await start(dataDir, {}, ['cam1']);
      const client = new Client(relay.port, '/control');
      const { relay: identity } = await client.message('hello');
      await relay.stop();
      expect(await client.closed).toMatchObject({ code: 1012 });
      return identity.id;
    };
    expect(await hello()).toBe(await hello());
  });
});
