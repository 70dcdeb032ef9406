/** Rules that no single key shows: between keys, between cameras, and against the host's files. */
import type { Stats } from 'node:fs';
import { isIPv4 } from 'node:net';
import { type Certificate, CertificateError, type CertificateFiles } from './certificate.ts';
import type { Path } from './problem.ts';
import { shown } from './problems.ts';
import { rungId } from './rung-id.ts';
import type { CameraConfig, Config, MediamtxConfig, RtspSource } from './schema.ts';
import { addressKey, isAddress, type RtspStream } from './streams.ts';

/** Reports one broken rule at `path`. */
type Report = (path: Path, what: string, fix: string) => void;

export interface RuleContext {
  readonly report: Report;
  /** Line of the value at `path`, for messages that name two places. */
  lineOf(path: Path): number;
  /** What the file system says about a file of the configuration; the system's error code when it cannot be read. */
  inspect(path: string): Pick<Stats, 'size' | 'isFile'> | string;
  /** @throws CertificateError */
  loadCertificate(files: CertificateFiles): Certificate;
}

/** Camera ids must differ; looks at raw data so that a camera with other problems counts too. */
export function checkIds(entries: readonly unknown[], { report, lineOf }: RuleContext): void {
  const first = new Map<string, Path>();
  entries.forEach((entry, index) => {
    const id = typeof entry === 'object' && entry !== null && 'id' in entry ? entry.id : undefined;
    if (typeof id !== 'string') return;
    const path: Path = ['cameras', index, 'id'];
    const other = first.get(id);
    if (other === undefined) first.set(id, path);
    else {
      report(
        path,
        `must be unique, but ${shown(id, path)} on line ${lineOf(path)} is also on line ${lineOf(other)}`,
        'Give one of the two cameras another id.',
      );
    }
  });
}

/** Two encoders cannot open one V4L2 device. */
export function checkDevices(
  cameras: ReadonlyMap<number, CameraConfig>,
  { report, lineOf }: RuleContext,
): void {
  const first = new Map<string, Path>();
  for (const [index, { source }] of cameras) {
    if (source.type !== 'v4l2') continue;
    const path: Path = ['cameras', index, 'source', 'device'];
    const other = first.get(source.device);
    if (other === undefined) first.set(source.device, path);
    else {
      report(
        path,
        `must be a device of its own, but ${shown(source.device, path)} is also on line ${lineOf(other)}`,
        'Remove one of the two cameras: a device can be opened once.',
      );
    }
  }
}

export function checkCamera(index: number, camera: CameraConfig, context: RuleContext): void {
  const at = (...keys: (string | number)[]): Path => ['cameras', index, ...keys];
  const { source, encode } = camera;
  if (source.type === 'rtsp') {
    checkStreams(source, at('source'), context);
    checkOnvifId(source, at('source', 'onvifId'), context);
  }
  if (source.type === 'file') checkFile(source.path, at('source', 'path'), context);
  const sizes: readonly (readonly [Path, string | undefined])[] = [
    [at('source', 'size'), source.type === 'test' ? source.size : undefined],
    [at('encode', 'size'), encode.size],
    ...(encode.rungs === 'auto' ? [] : encode.rungs).map(
      ({ size }, n) => [at('encode', 'rungs', n, 'size'), size] as const,
    ),
  ];
  for (const [path, size] of sizes) {
    if (size?.split('x').some((side) => Number(side) % 2 === 1)) {
      // 4:2:0 pictures hold one colour sample for two by two pixels.
      context.report(
        path,
        `must have an even width and height, but is ${shown(size, path)}`,
        'Add or take one pixel.',
      );
    }
  }
}

/** A name moves with its camera: who follows both could be led to another one. */
function checkOnvifId({ url, onvifId }: RtspSource, path: Path, { report }: RuleContext): void {
  if (onvifId === undefined || !URL.canParse(url) || isAddress(url)) return;
  report(
    path,
    `must stand beside an IP address, but "url" names the host ${shown(new URL(url).hostname, path)}`,
    'Remove one of the two: write the IP address, or leave it to the name to follow the camera.',
  );
}

/** Keys of `encode` that contradict each other. */
export function checkEncode(index: number, { encode }: CameraConfig, { report }: RuleContext): void {
  const at = (...keys: (string | number)[]): Path => ['cameras', index, 'encode', ...keys];
  if (encode.hardware === 'auto' && encode.backend === 'gstreamer') {
    report(
      at('hardware'),
      'must be never with "backend: gstreamer", but is "auto"',
      'Hardware encoders are used through ffmpeg: remove one of the two lines.',
    );
  }
  if (encode.rungs === 'auto') return;
  for (const key of ['size', 'bitrateKbps'] as const) {
    if (encode[key] === undefined) continue;
    report(
      at(key),
      `must not be given beside "rungs", but is ${shown(encode[key], at(key))}`,
      'Give it for each rung, or remove "rungs".',
    );
  }
  const first = new Map<string, number>();
  encode.rungs.forEach((rung, n) => {
    const id = rungId(rung);
    const other = first.get(id);
    if (other === undefined) first.set(id, n);
    else {
      report(
        at('rungs', n),
        `must have a name of its own, but rungs ${other + 1} and ${n + 1} are both called "${id}"`,
        'Give one of them another "id"; without one the height is the name.',
      );
    }
    if (rung.fps !== undefined && rung.fps > encode.fps) {
      report(
        at('rungs', n, 'fps'),
        `must not be above encode.fps (${encode.fps}), but is ${rung.fps}`,
        'Raise encode.fps, which is the rate of the best rung.',
      );
    }
  });
}

/** Each stream by itself, and that no two are the same one: a second connection to it shows nothing new. */
function checkStreams(source: RtspSource, path: Path, context: RuleContext): void {
  checkRtsp(source, path, context);
  const first = new Map([[addressKey(source.url), [...path, 'url']]]);
  source.substreams?.forEach((stream, n) => {
    const place = [...path, 'substreams', n];
    const at = [...place, 'url'];
    checkRtsp(stream, place, context);
    const key = addressKey(stream.url);
    const other = first.get(key);
    if (key === undefined || other === undefined) first.set(key, at);
    else {
      context.report(
        at,
        `must be a stream of its own, but ${shown(stream.url, at)} is also on line ${context.lineOf(other)}`,
        other.length === path.length + 1
          ? 'Write the address of a smaller stream of this camera, or remove the line: it is the main stream.'
          : 'Remove one of the two.',
      );
    }
  });
}

function checkRtsp(source: Omit<RtspStream, 'type'>, path: Path, { report }: RuleContext): void {
  const at: Path = [...path, 'url'];
  const url = URL.canParse(source.url) ? new URL(source.url) : undefined;
  if (url === undefined || url.hostname === '') {
    report(
      at,
      `must be an address with a host, but is ${shown(source.url, at)}`,
      'Write rtsp://host:554/path; put a user and password with special characters under "username" and "password".',
    );
    return;
  }
  if (url.hash !== '') {
    report(
      at,
      `must not hold "#", but is ${shown(source.url, at)}`,
      'Write # as %23, or put the user and password under "username" and "password".',
    );
  }
  if (url.username !== '' && source.username !== undefined) {
    report(
      [...path, 'username'],
      'must not be given when the address holds a user, but both are',
      'Remove the user from the address.',
    );
  }
  if (source.password !== undefined && source.username === undefined) {
    report(
      [...path, 'password'],
      'must come with a username, but there is none',
      'Add "username: …" beside it.',
    );
  }
}

function checkFile(file: string, path: Path, { report, inspect }: RuleContext): void {
  const found = inspect(file);
  if (found === 'ENOENT' || found === 'ENOTDIR') {
    report(
      path,
      `must be a file that exists, but there is no ${JSON.stringify(file)}`,
      'Check the spelling; the path counts from the folder of the configuration.',
    );
  } else if (typeof found === 'string') {
    report(
      path,
      `must be a readable file, but ${JSON.stringify(file)} is not (${found})`,
      'Change its owner or mode.',
    );
  } else if (!found.isFile()) {
    report(path, `must be a file, but ${JSON.stringify(file)} is not`, 'Name a video file.');
  } else if (found.size === 0) {
    report(path, `must be a video, but ${JSON.stringify(file)} has 0 bytes`, 'Copy the video again.');
  }
}

/** A part is a piece of a segment, and a segment is one GOP. */
export function checkParts(
  partMs: number,
  index: number,
  { encode }: CameraConfig,
  { report }: RuleContext,
): void {
  if (encode.gopMs >= 2 * partMs) return;
  report(
    ['cameras', index, 'encode', 'gopMs'],
    `must be at least twice media.partMs (${partMs}), but is ${encode.gopMs}`,
    'Raise gopMs or lower media.partMs.',
  );
}

/** Two listeners cannot have one TCP port; what is left out is chosen free at each start. */
export function checkPorts(
  serverPort: number | undefined,
  { ports }: MediamtxConfig,
  { report }: RuleContext,
): void {
  const taken = new Map(serverPort === undefined ? [] : [[serverPort, 'server.port']]);
  for (const [name, port] of Object.entries(ports)) {
    if (port === undefined) continue;
    const other = taken.get(port);
    if (other === undefined) taken.set(port, `mediamtx.ports.${name}`);
    else
      report(
        ['mediamtx', 'ports', name],
        `must differ from ${other}, but both are ${port}`,
        'Remove the line: a free port is chosen then.',
      );
  }
}

/** An end that has come is no problem here: a wall without TLS that a browser trusts is better than no relay. */
export function checkTls(files: CertificateFiles, { report, loadCertificate }: RuleContext): void {
  try {
    loadCertificate(files);
  } catch (error) {
    if (!(error instanceof CertificateError)) throw error;
    report(['server', 'tls', error.of], error.message, error.fix);
  }
}

/** Whether only this host can reach a server that listens on `host`. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));
}

export interface ConfigWarning {
  /** The key that it is about. */
  readonly key: string;
  readonly what: string;
  readonly fix: string;
}

/** What is allowed but should be known. */
export function configWarnings({ server, mediamtx }: Config): readonly ConfigWarning[] {
  const warnings: ConfigWarning[] = [];
  if (!isLoopback(server.host)) {
    const open =
      server.hlsAccess === 'open' ? ', and server.hlsAccess is open: everyone there can watch' : '';
    const plain = server.tls === undefined ? ', without encryption' : '';
    if (plain + open !== '')
      warnings.push({
        key: 'server.host',
        what: `server.host is ${server.host}: the relay can be reached from the network${plain}${open}`,
        fix: `Use 127.0.0.1 unless you trust everyone on that network${plain === '' ? '' : ', or encrypt with `lockstep cert`'}.`,
      });
  }
  if (mediamtx.enabled === false && mediamtx.webrtc.enabled) {
    warnings.push({
      key: 'mediamtx.webrtc',
      what: 'mediamtx.webrtc.enabled has no effect: mediamtx.enabled is false',
      fix: 'Set "mediamtx.enabled" to auto or true, or remove it.',
    });
  }
  return warnings;
}
