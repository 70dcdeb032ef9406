/**
 * Camera servers of other projects, from the PATH, each run on loopback ports of its own: what Lockstep is compared
 * with. They have their defaults but for addresses, and what these need not open is off. They are fed by RTSP over TCP.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { choosePorts, createPortProbe, type Ports } from '../relay/mediamtx/ports.ts';

const READY_WITHIN_MS = 20_000;
const LOOK_MS = 100;
const STOP_WITHIN_MS = 5_000;
const LOG_CHARS = 4_000;

export interface PeerServer {
  readonly pid: number;
  /** Base of its addresses for viewers, by protocol; without a slash at the end. */
  readonly urls: Readonly<Record<'api' | 'hls' | 'webrtc', string>>;
  stop(): Promise<void>;
}

/** Camera → RTSP address. */
export type PeerCameras = Readonly<Record<string, string>>;

/** Ports of one run, and their addresses. */
type Addresses = { readonly [name in keyof Ports]-?: string };

/** @throws Error with its own words when it does not answer */
export function startGo2rtc(cameras: PeerCameras): Promise<PeerServer> {
  return start('go2rtc', (at) => ({
    // Our pages come from another origin.
    api: { listen: at.api, origin: '*' },
    webrtc: { listen: at.webrtcMedia, filters: { loopback: true }, ice_servers: [] },
    rtsp: { listen: '' },
    srtp: { listen: '' },
    streams: cameras,
  })).then(async (server) => {
    await answers(server, `${server.urls.api}/api/streams`, () => true);
    return server;
  });
}

/** @throws Error with its own words when it does not answer, or does not have all cameras in time */
export function startMediamtx(cameras: PeerCameras): Promise<PeerServer> {
  const wanted = Object.keys(cameras).length;
  return start('mediamtx', (at) => ({
    logLevel: 'warn',
    api: true,
    apiAddress: at.api,
    hlsAddress: at.hls,
    webrtcAddress: at.webrtc,
    webrtcLocalUDPAddress: at.webrtcMedia,
    webrtcIPsFromInterfaces: false,
    webrtcAdditionalHosts: ['127.0.0.1'],
    rtsp: false,
    rtmp: false,
    srt: false,
    moq: false,
    paths: Object.fromEntries(
      Object.entries(cameras).map(([camera, source]) => [camera, { source, rtspTransport: 'tcp' }]),
    ),
  })).then(async (server) => {
    // A player with defaults does not come again to a path that is not there yet.
    await answers(
      server,
      `${server.urls.api}/v3/paths/list`,
      (text) => text.split('"ready":true').length > wanted,
    );
    return server;
  });
}

interface Started extends PeerServer {
  readonly child: ChildProcess;
  readonly log: () => string;
}

async function start(program: string, config: (at: Addresses) => object): Promise<Started> {
  const ports = await choosePorts({
    wish: {},
    webrtc: true,
    hls: true,
    random: Math.random,
    probe: createPortProbe(),
  });
  const at = Object.fromEntries(
    Object.entries(ports).map(([name, port]) => [name, `127.0.0.1:${port}`]),
  ) as Addresses;
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-peer-'));
  const file = join(folder, `${program}.yaml`);
  await writeFile(file, JSON.stringify(config(at)), { mode: 0o600 });
  const args = program === 'go2rtc' ? ['-config', file] : [file];
  const child = spawn(program, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  let log = '';
  for (const output of [child.stdout, child.stderr]) {
    output.on('data', (chunk) => {
      log = (log + String(chunk)).slice(-LOG_CHARS);
    });
  }
  const gone = once(child, 'close').catch((error: unknown) => {
    log += String(error);
  });
  return {
    child,
    log: () => log,
    pid: child.pid ?? 0,
    urls: { api: `http://${at.api}`, hls: `http://${at.hls}`, webrtc: `http://${at.webrtc}` },
    async stop() {
      child.kill('SIGTERM');
      const force = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS);
      await gone;
      clearTimeout(force);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Waits until `url` answers as wanted. Ends the server when it does not. */
async function answers(
  { child, log, stop }: Started,
  url: string,
  wanted: (text: string) => boolean,
): Promise<void> {
  const deadline = performance.now() + READY_WITHIN_MS;
  while (performance.now() < deadline && child.exitCode === null && child.pid !== undefined) {
    const text = await fetch(url).then(
      (response) => (response.ok ? response.text() : ''),
      () => '',
    );
    if (text !== '' && wanted(text)) return;
    await sleep(LOOK_MS);
  }
  await stop();
  throw new Error(
    `${child.spawnfile} was not ready within ${READY_WITHIN_MS / 1000} s: ${log().slice(-500)}`,
  );
}
