/** Everything the doctor looks at, in the order in which a new installation fails. */
import { createServer } from 'node:http';
import { dirname } from 'node:path';
import { dataDirProblem } from '../config/paths.ts';
import { configWarnings } from '../config/rules.ts';
import type { CameraConfig, Config, RtspSource } from '../config/schema.ts';
import { streamsOf } from '../config/streams.ts';
import { listen } from '../edge/listen.ts';
import type { ShortRunDeps } from '../process/short-run.ts';
import { checkCertificate } from './certificate.ts';
import { checkFfmpeg } from './ffmpeg.ts';
import { type Finding, fail, ok, warn } from './finding.ts';
import { checkGstreamer } from './gstreamer.ts';
import type { Host } from './host.ts';
import { checkMediamtx, type MediamtxCheck } from './mediamtx.ts';
import { checkRtsp } from './rtsp.ts';
import { lookAtStream, type StreamFacts } from './stream-look.ts';
import { judgeStreams } from './streams.ts';
import { judgeWorkload } from './workload.ts';

export interface Patient {
  readonly host: Host;
  /** Runs the programs that look at cameras. */
  readonly run: ShortRunDeps;
  readonly dataDir: string;
  readonly mediamtx: MediamtxCheck;
  /** Where the relay would listen. */
  readonly server: Pick<Config['server'], 'host' | 'port'>;
  /** Undefined: only what every configuration needs. */
  readonly config: Config | undefined;
  /** Cores that this process may use. */
  readonly cores: number;
  /** Wall clock. */
  readonly nowMs: number;
}

export async function diagnose({
  host,
  run,
  dataDir,
  mediamtx,
  server,
  config,
  cores,
  nowMs,
}: Patient): Promise<readonly Finding[]> {
  const [ffmpeg, gstreamer, mediamtxFindings, port, cameras] = await Promise.all([
    checkFfmpeg(host, config?.ffmpeg),
    checkGstreamer(host, config?.cameras ?? []),
    checkMediamtx(mediamtx),
    checkPort(server),
    Promise.all(
      (config?.cameras ?? []).map((camera, index) =>
        checkSource(camera, index, { host, run, ffmpeg: config?.ffmpeg ?? 'ffmpeg' }),
      ),
    ),
  ]);
  return [
    ffmpeg,
    ...gstreamer,
    ...mediamtxFindings,
    checkDataDir(dataDir, host),
    port,
    ...(config === undefined ? [] : configWarnings(config).map(({ key, what, fix }) => warn(key, what, fix))),
    ...(config === undefined ? [] : checkCertificate(config, nowMs)),
    ...cameras.flat(),
    ...(config === undefined ? [] : [judgeWorkload(config.cameras, cores)]),
  ];
}

interface Means {
  readonly host: Host;
  readonly run: ShortRunDeps;
  readonly ffmpeg: string;
}

async function checkSource(camera: CameraConfig, index: number, means: Means): Promise<Finding[]> {
  const where = `cameras[${index}] ${camera.id}`;
  if (camera.source.type === 'rtsp') return checkStreams(camera.source, where, means);
  if (camera.source.type === 'v4l2') return [checkDevice(camera.source.device, where, means.host)];
  return []; // Files were looked at with the configuration; a test pattern needs nothing.
}

async function checkStreams(source: RtspSource, where: string, means: Means): Promise<Finding[]> {
  return (await lookAtStreams(source, where, means)).findings;
}

/**
 * Each stream is asked what it is; those that answer are looked at, at the same time, as the relay opens them.
 * @param means `pictures`: the main stream's picture is wanted too
 * @returns what was found, and of those that were seen what they are, by their place among the streams
 */
export async function lookAtStreams(
  source: RtspSource,
  where: string,
  { run, ffmpeg, pictures = false }: Pick<Means, 'run' | 'ffmpeg'> & { readonly pictures?: boolean },
): Promise<{ readonly findings: Finding[]; readonly facts: ReadonlyMap<number, StreamFacts> }> {
  const streams = streamsOf(source).map((stream, n) => ({
    stream,
    place: n === 0 ? where : `${where}, substream ${n}`,
  }));
  const asked = await Promise.all(streams.map(({ stream, place }) => checkRtsp(stream, place, run.timers)));
  const seen = await Promise.all(
    streams
      .map(({ stream, place }, n) => ({ stream, place, n }))
      .filter(({ n }) => asked[n]?.level === 'ok')
      .map(async ({ stream, place, n }) => ({
        n,
        where: place,
        facts: await lookAtStream(run, ffmpeg, stream, pictures && n === 0),
      })),
  );
  return {
    findings: [...asked, ...judgeStreams(where, source.substreams !== undefined, seen)],
    facts: new Map(seen.flatMap(({ n, facts }) => (typeof facts === 'string' ? [] : [[n, facts]]))),
  };
}

export function checkDevice(device: string, where: string, host: Host): Finding {
  const state = host.look(device);
  if (typeof state === 'string') {
    return fail(
      where,
      `there is no ${device} (${state})`,
      'Plug the camera in; `ls /dev/video*` lists the devices that are there.',
    );
  }
  if (state.kind !== 'character-device') {
    return fail(where, `${device} is not a video device`, 'Name a device as in /dev/video0.');
  }
  if (!state.usable) {
    return fail(
      where,
      `${device} may not be opened by this user`,
      'Add the user to its group, `sudo usermod -aG video $USER`, and log in again.',
    );
  }
  return ok(where, `${device} can be opened`);
}

/** The folder may not exist yet: then the nearest folder above it must be writable. */
export function checkDataDir(dataDir: string, host: Host): Finding {
  const where = 'dataDir';
  const own = host.look(dataDir);
  if (typeof own !== 'string') {
    if (own.kind !== 'folder')
      return fail(where, `${dataDir} is not a folder`, 'Remove it or set "dataDir" to another path.');
    const problem = dataDirProblem(dataDir, own, host.userId);
    if (problem !== undefined) return fail(where, problem.what, problem.fix);
    if (!own.usable) return notWritable(dataDir);
    return ok(where, `${dataDir} can be written`);
  }
  if (own !== 'ENOENT') return notWritable(dataDir);
  for (let path = dirname(dataDir); ; path = dirname(path)) {
    const state = host.look(path);
    if (state === 'ENOENT' && path !== dirname(path)) continue;
    if (typeof state === 'string' || state.kind !== 'folder' || !state.usable) return notWritable(dataDir);
    return ok(where, `${dataDir} can be created`);
  }
}

function notWritable(dataDir: string): Finding {
  return fail(
    'dataDir',
    `${dataDir} cannot be written by this user`,
    'Change its owner, or set "dataDir" in the configuration to a folder of this user.',
  );
}

/** Opens the port for a moment, which is the one test that tells all reasons. */
export async function checkPort(address: Pick<Config['server'], 'host' | 'port'>): Promise<Finding> {
  const where = 'server.port';
  if (address.port === 0) return ok(where, 'a free port is picked at each start');
  const server = createServer();
  try {
    await listen(server, address);
    return ok(where, `port ${address.port} on ${address.host} is free`);
  } catch (error) {
    const sentence = error instanceof Error ? error.message : String(error);
    const [, what = sentence, fix = ''] = /^(.*?): (.*)$/s.exec(sentence) ?? [];
    return fail(
      where,
      what,
      `${fix.slice(0, 1).toUpperCase()}${fix.slice(1)} A relay that already runs here is no fault.`,
    );
  } finally {
    server.close();
  }
}
