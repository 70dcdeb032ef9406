/** The manager with a real MediaMTX and a real ffmpeg: what it starts, who gets in, what it tells. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  basic,
  flowing,
  hlsUrl,
  linkTarget,
  MediamtxRig,
  mediamtxOnPath,
  mediaPlaylist,
  portsOf,
  READERS,
  readPlaylist,
  ready,
} from '../support/mediamtx-rig.ts';

const program = await mediamtxOnPath();

let rig: MediamtxRig;
beforeEach(() => {
  rig = new MediamtxRig(program);
});
afterEach(() => rig.close());

/** Local addresses of a process's sockets that wait for others, as in 0100007F:1F90 for 127.0.0.1:8080. */
function listeners(pid: number): string[] {
  const inodes = new Set(
    readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      const link = linkTarget(`/proc/${pid}/fd/${fd}`);
      return /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? [];
    }),
  );
  return ['tcp', 'tcp6', 'udp', 'udp6'].flatMap((table) =>
    readFileSync(`/proc/net/${table}`, 'utf8')
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter((fields) => (fields[3] === '0A' || fields[3] === '07') && inodes.has(fields[9] ?? ''))
      .map((fields) => `${table} ${fields[1]}`),
  );
}

async function status(url: string, headers: Record<string, string> = {}): Promise<number> {
  return (await fetch(url, { headers })).status;
}

describe.skipIf(program === undefined)('a managed MediaMTX (needs mediamtx on PATH)', () => {
  it('runs with a private configuration and listens on loopback only', async () => {
    const manager = await rig.create();
    manager.start();
    const pid = await ready(manager);
    const [folder = ''] = rig.runFolders();
    const path = join(rig.dataDir, 'run', folder);
    expect(statSync(path).mode & 0o777).toBe(0o700);
    expect(statSync(join(path, 'mediamtx.json')).mode & 0o777).toBe(0o600);
    expect(linkTarget(`/proc/${pid}/cwd`)).toBe(path);
    const sockets = listeners(pid);
    expect(sockets).toHaveLength(3); // RTSP, HLS, API.
    for (const socket of sockets) expect(socket).toMatch(/^tcp 0100007F:/);
  });

  it('is not swayed by settings in the environment', async () => {
    const env = { ...process.env, MTX_HLSPARTDURATION: '1s', RTSP_RTMP: 'yes', MTX_API: 'no' };
    const manager = await rig.create({ env });
    manager.start();
    await ready(manager);
    expect(rig.said.join('\n')).not.toContain('other settings');
  });

  it('opens one UDP port to the network when WebRTC is on', async () => {
    const manager = await rig.create({ webrtc: { additionalHosts: [] } });
    manager.start();
    const pid = await ready(manager);
    const open = listeners(pid).filter((socket) => !socket.includes(' 0100007F:'));
    const port = manager.whep?.mediaPort ?? 0;
    expect(open.length).toBeGreaterThan(0);
    for (const socket of open) expect(socket).toMatch(new RegExp(`^udp6? 0+:${port.toString(16)}$`, 'i'));
    const { base = '', authorization = '' } = manager.whep ?? {};
    const offer = (headers: Record<string, string>) =>
      fetch(`${base}/front/main/whep`, {
        method: 'POST',
        headers: { 'content-type': 'application/sdp', ...headers },
        body: 'v=0\r\n',
      });
    expect((await offer({})).status).toBe(401);
    expect((await offer({ authorization })).status).toBe(404); // Nobody publishes there.
  });

  it('takes a stream, and serves it to nobody without the password', async () => {
    const manager = await rig.create();
    manager.start();
    await ready(manager);
    rig.publish(manager, 'front/main');
    await flowing(manager, 'front/main');
    const url = hlsUrl(manager, 'front/main', 'index.m3u8');
    expect(await status(url)).toBe(401);
    expect(await status(url, { authorization: basic({ ...READERS, password: 'wrong' }) })).toBe(401);
    expect(await readPlaylist(manager, 'front/main', 'index.m3u8')).toContain('#EXT-X-STREAM-INF');
  });

  it('is read by RTSP under the name of camera and rung, with the password, and published to by nobody there', async () => {
    const manager = await rig.create();
    manager.start();
    await ready(manager);
    rig.publish(manager, 'front/main');
    await flowing(manager, 'front/main');
    const { username } = READERS;
    const host = `127.0.0.1:${portsOf(manager).rtsp}`;
    const probe = (password: string) =>
      promisify(execFile)('ffprobe', [
        ...[
          '-v',
          'error',
          '-rtsp_transport',
          'tcp',
          '-show_entries',
          'stream=codec_name,width',
          '-of',
          'csv',
        ],
        `rtsp://${username}:${encodeURIComponent(password)}@${host}/front/main`,
      ]);
    expect((await probe(READERS.password)).stdout.trim()).toBe('stream,h264,160');
    await expect(probe('wrong')).rejects.toThrow('401 Unauthorized');
    const intruder = rig.publishTo(
      `rtsp://${username}:${encodeURIComponent(READERS.password)}@${host}/back/main`,
    );
    expect((await once(intruder, 'exit'))[0]).not.toBe(0);
  });

  it('makes parts of two frames at 30 fps out of a wish for 67 ms', async () => {
    const manager = await rig.create();
    manager.start();
    await ready(manager);
    rig.publish(manager, 'front/main');
    await flowing(manager, 'front/main');
    const media = mediaPlaylist(await readPlaylist(manager, 'front/main', 'index.m3u8'));
    const playlist = await readPlaylist(manager, 'front/main', media);
    expect(playlist).toContain('#EXT-X-PART-INF:PART-TARGET=0.06700');
  });

  it('shows no password in the arguments of an encoder, nor in its log', async () => {
    const manager = await rig.create();
    manager.start();
    await ready(manager);
    const encoder = rig.publish(manager, 'front/main');
    await flowing(manager, 'front/main');
    const [folder = ''] = rig.runFolders();
    const file = readFileSync(join(rig.dataDir, 'run', folder, 'mediamtx.json'), 'utf8');
    const argv = readFileSync(`/proc/${encoder.pid}/cmdline`, 'utf8');
    const pathKey = /rtsp:\/\/[^/]+\/([0-9a-f]+)\//.exec(argv)?.[1] ?? 'none';
    expect(argv).not.toMatch(/\/\/[^/]*@/);
    expect(file).toContain(pathKey);
    const log = rig.said.join('\n');
    expect(log).toContain('front/main');
    expect(log).not.toContain(pathKey);
  });

  it('refuses a second publisher and a path without the key', async () => {
    const manager = await rig.create();
    manager.start();
    await ready(manager);
    rig.publish(manager, 'front/main');
    await flowing(manager, 'front/main');
    const [code] = await once(rig.publish(manager, 'front/main'), 'exit');
    expect(code).not.toBe(0);
    const { host } = new URL(manager.publishUrl('front/main'));
    const guess = rig.publishTo(`rtsp://${host}/front/main`);
    expect((await once(guess, 'exit'))[0]).not.toBe(0);
  });
});
