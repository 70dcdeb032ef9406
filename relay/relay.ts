/**
 * The relay's composition root: builds the parts from a checked configuration, starts them in order and stops them
 * in reverse. Reading files and arguments, signals and exit codes are left to the command line.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { availableParallelism, cpus, hostname } from 'node:os';
import { join } from 'node:path';
import { env, pid } from 'node:process';
import packageJson from '../package.json' with { type: 'json' };
import { FEATURE_CAMERAS } from '../src/wire/camera-commands.ts';
import { mediaClock, monotonicClock, platformTimers, wallClock } from '../src/wire/ports.ts';
import { FEATURE_WHEP } from '../src/wire/protocol.ts';
import { createAuthenticator } from './access/auth.ts';
import { createCamera } from './camera/create-camera.ts';
import { CameraRegistry } from './camera/registry.ts';
import type { StreamCamera } from './camera/stream-camera.ts';
import { Capacity } from './capacity/capacity.ts';
import { procFiles, readCpuTime } from './capacity/cpu-time.ts';
import { hostMarks, Knowledge } from './capacity/knowledge.ts';
import { type Certificate, loadCertificate } from './config/certificate.ts';
import { type ConfigDiff, diffConfigs } from './config/diff.ts';
import { ensureDataDir } from './config/paths.ts';
import { isLoopback } from './config/rules.ts';
import type { CameraConfig, Config } from './config/schema.ts';
import { createCommands, type ManageCameras } from './edge/commands.ts';
import { ControlHub } from './edge/control.ts';
import { HlsRoutes } from './edge/hls.ts';
import { PushHub } from './edge/push.ts';
import { EdgeServer } from './edge/server.ts';
import { WhepRoutes } from './edge/whep.ts';
import { Journal } from './events/journal.ts';
import { readIfPresent, writePrivateFile } from './files/private-file.ts';
import type { Log } from './log.ts';
import { createBeside } from './mediamtx/beside.ts';
import { activityOf } from './process/activity.ts';
import { CpuIdle } from './process/cpu-idle.ts';
import { lockDataDir } from './process/data-dir-lock.ts';
import { createRunRecords, reapLeftovers } from './process/run-records.ts';
import { createSpawn } from './process/spawn.ts';
import { whereReached } from './reachable.ts';
import { camerasStatus, type RelayStatus } from './relay-status.ts';
import { EncoderHost } from './transcode/encoder-host.ts';
import { WakeQueue } from './transcode/wake-queue.ts';

export interface RelayOptions {
  readonly config: Config;
  readonly log: Log;
  /** Folder for tokens and process records; created when missing. */
  readonly dataDir: string;
  /** Changes the cameras for browsers that may; undefined: none may. */
  readonly manage?: ManageCameras;
  /** How its owner calls this program, with `sudo` for the Debian package's service; default: `lockstep`. */
  readonly calledAs?: string;
}

export interface RunningRelay {
  /** Where a browser on this host reaches the relay, as in `http://127.0.0.1:8780`. */
  readonly url: string;
  /** Where browsers on other machines do; empty when the relay listens for this host only, or on one address. */
  readonly elsewhere: readonly string[];
  readonly port: number;
  /** With it other machines reach the relay, over TLS; undefined: it has none. */
  readonly certificate: Certificate | undefined;
  /** Whether MediaMTX runs beside the wall, and why. */
  readonly mediamtx: { readonly state: 'on' | 'off'; readonly why: string };
  /**
   * Goes over to another configuration: cameras come, go and change, the others are not disturbed, and a certificate that
   * was replaced is taken over. What else is not of the cameras stays as it was at the start. One at a time; resolves with what differed.
   */
  reload(config: Config): Promise<ConfigDiff>;
  status(): RelayStatus;
  /** Ends every encoder, closes every connection; resolves when nothing is left. May be called twice. */
  stop(): Promise<void>;
}

const HOLD_MS = 60_000;
const FEATURES = ['push', 'hls'] as const;

/** Transcoders that start at the same time: each begins with decoding up to a whole group of pictures. */
const WAKES_AT_ONCE = 4;

/**
 * Starts the relay; the cameras come up after it has returned.
 * @throws Error with one sentence when the port or the data folder cannot be had
 * @throws MediamtxMissingError when the configuration wants a MediaMTX and there is none
 */
export async function startRelay(options: RelayOptions): Promise<RunningRelay> {
  const { dataDir } = options;
  ensureDataDir(dataDir);
  const unlock = lockDataDir(dataDir, pid);
  try {
    return await assemble(options, unlock);
  } catch (error) {
    unlock();
    throw error;
  }
}

async function assemble(
  { config, log, dataDir, manage, calledAs }: RelayOptions,
  unlock: () => void,
): Promise<RunningRelay> {
  for (const { pid: child, label } of reapLeftovers(dataDir))
    log.warn({ pid: child, label }, 'ended a process that an earlier relay left behind');

  const timers = platformTimers({ unref: true });
  const shared = { timers, clock: monotonicClock, mediaClock, wallClock };
  const runId = randomBytes(8).toString('hex');
  const auth = createAuthenticator({ dataDir, clock: wallClock, onProblem: (problem) => log.warn(problem) });
  const spawn = createSpawn({ env, timers });
  const cpuIdle = new CpuIdle({ cpus, timers });
  const host = new EncoderHost({
    ffmpeg: config.ffmpeg ?? 'ffmpeg',
    cores: availableParallelism(),
    ...{ spawn, timers, log },
  });
  const knowledge = new Knowledge({ dataDir, host: hostMarks(readIfPresent, cpus()), timers, log });
  knowledge.streams.keepOnly(idsOf(config));
  const capacity = new Capacity({
    ...shared,
    cores: availableParallelism(),
    idle: () => cpuIdle.share,
    cpuTime: (child) => readCpuTime(procFiles, child),
    // Whoever may come from another machine most likely does.
    viewerHere: () => isLoopback(config.server.host),
    model: knowledge.costs,
    learnt: () => knowledge.changed(),
  });
  const runRecords = createRunRecords({ dataDir, ownerPid: pid, onProblem: (problem) => log.warn(problem) });
  const processes = { ...shared, spawn, runRecords, activity: activityOf, random: Math.random };
  const beside = await createBeside({ ...processes, config, dataDir, env, ownerPid: pid, log });
  const cameraDeps = {
    ...processes,
    ...{ host, capacity, knowledge },
    wakes: new WakeQueue({ timers, atOnce: WAKES_AT_ONCE }),
    partMs: config.media.partMs,
    publishUrl: (path: string) => beside.publishUrl(path),
  };
  const create = (camera: CameraConfig): StreamCamera =>
    createCamera({ ...cameraDeps, config: camera, log: log.child({ camera: camera.id }) });
  const registry = new CameraRegistry({ runId, timers, create }, config.cameras);
  const { cameras } = registry;
  const runOf = registry.runOf.bind(registry);
  const unpublished = new Set(unpublishedOf(config));
  const journal = new Journal({ runId, clock: wallClock });
  const edgeLog = log.child({ area: 'edge' });
  const whep = new WhepRoutes({
    ...shared,
    cameras,
    port: beside.whep,
    withoutBecause: () => beside.withoutWhepBecause(),
    unpublished,
    log: edgeLog,
  });
  const push = new PushHub({ ...shared, cameras, runOf, auth, log: edgeLog });
  const { tls } = config.server;
  let certificate = tls === undefined ? undefined : loadCertificate(tls);
  const edge = new EdgeServer({
    ...shared,
    certificate,
    server: config.server,
    ownNames: [...ownNames(config.server.host), ...config.server.hostNames],
    version: packageJson.version,
    mediamtx: beside.mediamtx,
    cameras,
    auth,
    log: edgeLog,
    ...{ whep, push },
    hls: new HlsRoutes({ cameras, timers, runOf }),
    control: new ControlHub({
      ...shared,
      relay: {
        id: relayId(dataDir),
        name: config.server.name ?? hostname(),
        version: packageJson.version,
      },
      mediamtx: beside.mediamtx,
      features: [
        ...FEATURES,
        ...(beside.whep === undefined ? [] : [FEATURE_WHEP]),
        ...(manage === undefined ? [] : [FEATURE_CAMERAS]),
      ],
      cameras,
      journal,
      auth,
      log: edgeLog,
      runCommand: createCommands({ cameras, manage, calledAs, clock: monotonicClock }),
    }),
  });

  const port = await edge.start();
  const [url = '', ...elsewhere] = (await whereReached(config.server, port, timers)).addresses;
  log.info({ url, elsewhere, cameras: cameras.size }, `MediaMTX ${beside.mediamtx}: ${beside.why}`);
  cpuIdle.start();
  capacity.start();
  beside.start();
  registry.start({
    onState: (state, order) => journal.append(state, order),
    onRemoved: (id) => journal.remove(id),
    onGone: (camera) => edge.cameraGone(camera),
  });

  let running = config;
  const reload = async (next: Config): Promise<ConfigDiff> => {
    const nextTls = next.server.tls;
    const replaced = tls === undefined || nextTls === undefined ? undefined : loadCertificate(nextTls);
    const diff = diffConfigs(running, next);
    if (replaced !== undefined && replaced.fingerprint !== certificate?.fingerprint) {
      edge.replaceCertificate(replaced);
      certificate = replaced;
      diff.certificate = replaced.fingerprint;
    }
    const server = replaced === undefined ? running.server : { ...running.server, tls: nextTls };
    running = { ...running, cameras: next.cameras, server };
    unpublished.clear();
    for (const id of unpublishedOf(running)) unpublished.add(id);
    await registry.apply(next.cameras, diff);
    // Not before: a process that ends may still learn.
    knowledge.streams.keepOnly(idsOf(running));
    return diff;
  };

  const startedMs = monotonicClock.now();
  const status = (): RelayStatus => ({
    version: packageJson.version,
    ...{
      url,
      elsewhere,
      certificate: toldOf(certificate),
      mediamtx: beside.mediamtx,
      upMs: monotonicClock.now() - startedMs,
    },
    load: { cores: availableParallelism(), busy: 1 - cpuIdle.share, transcoderCores: capacity.coresTaken },
    cameras: camerasStatus(cameras, { push, whep }),
  });

  const stopAll = async (): Promise<void> => {
    registry.startNoMore();
    // Viewers first, so that they hear "back soon" and not of cameras that go offline.
    await edge.stop();
    await registry.stop();
    await Promise.all([beside.stop(), host.stop()]);
    capacity.stop();
    knowledge.save();
    cpuIdle.stop();
    unlock();
    log.info('relay stopped');
  };
  let stopping: Promise<void> | undefined;
  return {
    url,
    elsewhere,
    port,
    certificate,
    mediamtx: { state: beside.mediamtx, why: beside.why },
    reload,
    status,
    stop: () => {
      // Our timers do not keep the process alive; with the last child gone it would end in the middle of this.
      stopping ??= stopAll().finally(platformTimers().every(HOLD_MS, () => undefined));
      return stopping;
    },
  };
}

/** What may be told of a certificate: not its key. */
const toldOf = (certificate: Certificate | undefined): RelayStatus['certificate'] => {
  if (certificate === undefined) return null;
  const { fingerprint, names, selfSigned, startsMs, endsMs } = certificate;
  return { fingerprint, names, selfSigned, startsMs, endsMs };
};

const idsOf = ({ cameras }: Config): string[] => cameras.map(({ id }) => id);

/** Cameras whose program does not publish to MediaMTX. */
function unpublishedOf({ cameras }: Config): string[] {
  return cameras.flatMap(({ id, encode }) => (encode.backend === 'gstreamer' ? [id] : []));
}

/** The same for every start of this relay, so that an extension knows it again under another address. */
function relayId(dataDir: string): string {
  const file = join(dataDir, 'relay-id');
  const known = readIfPresent(file)?.trim();
  if (known !== undefined && /^[0-9a-f-]{36}$/.test(known)) return known;
  const id = randomUUID();
  writePrivateFile(file, `${id}\n`);
  return id;
}

/** Names that stand for this host: its own with and without the domain, and the one it listens on. */
function ownNames(host: string): string[] {
  const name = hostname();
  return [name, name.split('.')[0] ?? name, host];
}
