/** What differs between the configuration that runs and the one to come, and what that takes. Pure. */
import { isDeepStrictEqual } from 'node:util';
import type { CameraConfig, Config } from './schema.ts';

export interface CameraDiff {
  readonly id: string;
  /** Keys below the camera, as in `source.url`. Never values: some are secrets. */
  readonly keys: readonly string[];
  /** Its processes are needed anew; else only what is told of it changes. */
  readonly anew: boolean;
}

/** Cameras by their ids, in the order of the configuration to come; the removed ones in that of the old one. */
export interface ConfigDiff {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly CameraDiff[];
  /** Cameras that stay stand in another order to each other. */
  readonly moved: boolean;
  /** Keys beside the cameras, as in `server.port`: read only when the relay starts. */
  readonly restart: readonly string[];
  /** SHA-256 of the certificate that was found in the place of the one before. */
  certificate?: string | undefined;
}

export function diffConfigs(before: Config, after: Config): ConfigDiff {
  const { cameras: old, ...oldRest } = before;
  const { cameras, ...rest } = after;
  const known = new Map(old.map((camera) => [camera.id, camera]));
  const next = new Set(cameras.map(({ id }) => id));
  const kept = old.filter(({ id }) => next.has(id)).map(({ id }) => id);
  const staying = cameras.filter(({ id }) => known.has(id));
  return {
    added: cameras.filter(({ id }) => !known.has(id)).map(({ id }) => id),
    removed: old.filter(({ id }) => !next.has(id)).map(({ id }) => id),
    changed: staying.flatMap((camera) => changeOf(known.get(camera.id) ?? camera, camera)),
    moved: staying.some(({ id }, n) => id !== kept[n]),
    // Of a relay that has TLS already the files are read again; to begin or end it takes a start.
    restart: differingKeys(oldRest, rest, '').filter((key) => !key.startsWith('server.tls.')),
  };
}

/** Whether nothing has to be done, now or at the next start. */
export function isSame({ added, removed, changed, moved, restart, certificate }: ConfigDiff): boolean {
  return (
    !moved &&
    certificate === undefined &&
    [added, removed, changed, restart].every(({ length }) => length === 0)
  );
}

function changeOf(before: CameraConfig, after: CameraConfig): CameraDiff[] {
  const keys = differingKeys(before, after, '');
  if (keys.length === 0) return [];
  // The synthetic picture shows the camera's name.
  const told = ['offsetMs', 'source.onvifId', ...(after.source.type === 'test' ? [] : ['name'])];
  return [{ id: after.id, keys, anew: keys.some((key) => !told.includes(key)) }];
}

/** Full keys whose values differ. Of a list the list: entries have no names. */
function differingKeys(before: unknown, after: unknown, key: string): string[] {
  if (isDeepStrictEqual(before, after)) return [];
  if (!isGroup(before) || !isGroup(after)) return [key];
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((name) =>
    differingKeys(before[name], after[name], key === '' ? name : `${key}.${name}`),
  );
}

const isGroup = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
