/** Finds cameras and asks each what it is: for `lockstep discover` and `lockstep init`. */
import { networkInterfaces } from 'node:os';
import type { Login } from '../discovery/onvif-asking.ts';
import { askCamera } from '../discovery/onvif-camera.ts';
import { NONE_FOUND, noneFound, searchCameras } from '../discovery/search.ts';
import { cameraAt, type NamedCamera, type SeenCamera, withAnswer } from '../discovery/seen-camera.ts';
import type { CliContext } from './context.ts';
import { CliError } from './output.ts';

/**
 * Those at `addresses`, or by multicast where none is named.
 * @throws CliError for an address that is none, and when nobody answers
 */
export async function findCameras(
  context: CliContext,
  addresses: readonly string[],
): Promise<readonly NamedCamera[]> {
  if (addresses.length > 0) return addresses.map(cameraNamed);
  const found = await searched(context);
  if (typeof found !== 'string') return found;
  throw new CliError(found, NONE_FOUND);
}

/** Those that multicast reaches; a sentence when there are none. */
export async function searched({ timers }: CliContext): Promise<readonly NamedCamera[] | string> {
  const result = await searchCameras({ timers, interfaces: networkInterfaces() });
  return noneFound(result) ?? result.cameras;
}

/** @throws CliError */
export function cameraNamed(address: string): NamedCamera {
  const camera = cameraAt(address);
  if (camera !== undefined) return camera;
  throw new CliError(
    `"${address}" is no address of a camera.`,
    'Give its name or IP address, with its ONVIF port where that is not 80, as in 192.168.1.20:8000.',
  );
}

/** Asks all at the same time; each is given the password once. */
export async function askAll(
  { timers }: CliContext,
  cameras: readonly NamedCamera[],
  login: Login | undefined,
): Promise<readonly SeenCamera[]> {
  return Promise.all(
    cameras.map(async (camera) => withAnswer(camera, await askCamera(camera.url, login, timers))),
  );
}
