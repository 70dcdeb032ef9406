/**
 * Loads a configuration file: text (source.ts), schema (problems.ts), rules between keys (rules.ts). All problems
 * come at once in one ConfigError; a syntax error alone hides the rest, since nothing can be told below it.
 */
import { accessSync, constants, type Stats, statSync } from 'node:fs';
import { dirname, isAbsolute, resolve } from 'node:path';
import * as v from 'valibot';
import { DEFAULT_PORT } from '../../src/wire/protocol.ts';
import { type CertificateFiles, loadCertificate } from './certificate.ts';
import { ConfigError, type ConfigProblem } from './problem.ts';
import { problemAt, schemaProblems, unknownKeys } from './problems.ts';
import { withoutUnknown } from './reflect.ts';
import {
  checkCamera,
  checkDevices,
  checkEncode,
  checkIds,
  checkParts,
  checkPorts,
  checkTls,
  type RuleContext,
} from './rules.ts';
import { type CameraConfig, type Config, cameraSchema, configSchema } from './schema.ts';
import { readSource, type Source } from './source.ts';
import { withLogins } from './streams.ts';

/**
 * Reads and checks the file. In the result relative paths, which count from its folder, are absolute, and substreams
 * have the login that they share with their main stream.
 * @throws ConfigError with every problem found
 */
export function loadConfig(path: string): Config {
  const source = readSource(path);
  const folder = dirname(resolve(path));
  const result = v.safeParse(configSchema, withoutUnknown(configSchema, source.data));
  const problems = [
    ...unknownKeys(source, configSchema),
    ...(result.success ? [] : schemaProblems(source, configSchema, result.issues)),
    ...ruleProblems(source, folder),
  ].sort((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0));
  if (problems.length > 0 || !result.success) throw new ConfigError(problems);
  return withAbsolutePaths(result.output, folder);
}

/**
 * The data folder that a file names, though it may have problems; undefined when it names none that can be told. Of a
 * broken file: where the relay is that still runs by what stood in it before.
 */
export function dataDirOfBroken(path: string): string | undefined {
  try {
    const named = fieldOf(readSource(path).data, 'dataDir');
    return typeof named === 'string' && named !== '' ? resolve(dirname(resolve(path)), named) : undefined;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return undefined;
  }
}

/** Looks at each camera that fits the schema by itself, so that one bad camera does not hide the others' problems. */
function ruleProblems(source: Source, folder: string): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const context: RuleContext = {
    report: (path, what, fix) => {
      problems.push(problemAt(source, source.place(path), path, what, fix));
    },
    lineOf: (path) => source.place(path).line,
    inspect,
    loadCertificate,
  };
  const { data } = source;
  const entries: unknown[] =
    typeof data === 'object' && data !== null && 'cameras' in data && Array.isArray(data.cameras)
      ? data.cameras
      : [];
  checkIds(entries, context);
  const cameras = new Map<number, CameraConfig>();
  entries.forEach((entry, index) => {
    const parsed = v.safeParse(cameraSchema, withoutUnknown(cameraSchema, entry));
    if (parsed.success) cameras.set(index, withAbsolutePath(parsed.output, folder));
  });
  checkDevices(cameras, context);
  const media = v.safeParse(
    configSchema.entries.media,
    withoutUnknown(configSchema.entries.media, fieldOf(data, 'media')),
  );
  for (const [index, camera] of cameras) {
    checkCamera(index, camera, context);
    checkEncode(index, camera, context);
    if (media.success) checkParts(media.output.partMs, index, camera, context);
  }
  const mediamtx = v.safeParse(
    configSchema.entries.mediamtx,
    withoutUnknown(configSchema.entries.mediamtx, fieldOf(data, 'mediamtx')),
  );
  const serverPort = fieldOf(fieldOf(data, 'server'), 'port');
  if (mediamtx.success)
    checkPorts(typeof serverPort === 'number' ? serverPort : DEFAULT_PORT, mediamtx.output, context);
  const tls = v.safeParse(
    configSchema.entries.server.wrapped.entries.tls,
    fieldOf(fieldOf(data, 'server'), 'tls'),
  );
  if (tls.success && tls.output !== undefined) checkTls(absoluteFiles(tls.output, folder), context);
  return problems;
}

const absoluteFiles = ({ certificate, key }: CertificateFiles, folder: string): CertificateFiles => ({
  certificate: resolve(folder, certificate),
  key: resolve(folder, key),
});

const fieldOf = (data: unknown, key: string): unknown =>
  typeof data === 'object' && data !== null ? Reflect.get(data, key) : undefined;

function inspect(file: string): Stats | string {
  try {
    const stats = statSync(file);
    accessSync(file, constants.R_OK);
    return stats;
  } catch (error) {
    if (error instanceof Error && 'code' in error) return String(error.code);
    throw error;
  }
}

function withAbsolutePaths(config: Config, folder: string): Config {
  const { mediamtx, server } = config;
  return {
    ...config,
    ...(config.dataDir === undefined ? {} : { dataDir: resolve(folder, config.dataDir) }),
    // A bare name is looked up on PATH; a path with a folder in it counts from the configuration.
    ...(config.ffmpeg?.includes('/') && !isAbsolute(config.ffmpeg)
      ? { ffmpeg: resolve(folder, config.ffmpeg) }
      : {}),
    ...(server.tls === undefined ? {} : { server: { ...server, tls: absoluteFiles(server.tls, folder) } }),
    ...(mediamtx.path === undefined
      ? {}
      : { mediamtx: { ...mediamtx, path: resolve(folder, mediamtx.path) } }),
    cameras: config.cameras.map((camera) => withOwnLogins(withAbsolutePath(camera, folder))),
  };
}

function withAbsolutePath(camera: CameraConfig, folder: string): CameraConfig {
  if (camera.source.type !== 'file') return camera;
  return { ...camera, source: { ...camera.source, path: resolve(folder, camera.source.path) } };
}

function withOwnLogins(camera: CameraConfig): CameraConfig {
  return camera.source.type === 'rtsp' ? { ...camera, source: withLogins(camera.source) } : camera;
}
