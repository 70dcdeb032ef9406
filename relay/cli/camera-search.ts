/** Finds cameras and asks each what it is: for `lockstep discover` and `lockstep init`. */
import { networkInterfaces } from 'node:os';
import type { Login } from '../discovery/onvif-asking.ts';
import { askCamera } from '../discovery/onvif-camera.ts';
import { searchCameras } from '../discovery/search.ts';
import { type NamedCamera, type SeenCamera, withAnswer } from '../discovery/seen-camera.ts';
import type { CliContext } from './context.ts';
import { CliError } from './output.ts';

/** What to do when nobody answers. */
export const NONE_FOUND =
  'Switch ONVIF on in the camera’s settings (some want a user of its own for it); name one in another network by its address, or by that of its stream: docs/cameras.md.';

/**
 * Those at `addresses`, or by multicast where none is named.
 * @throws CliError for an address that is none, and when nobody answers
 */
export async function findCameras(
  context: CliContext,
  addresses: readonly string[],
): Promise<readonly NamedCamera[]> {
  if (addresses.length > 0) return addresses.map(cameraAt);
  const found = await searched(context);
  if (typeof found !== 'string') return found;
  throw new CliError(found, NONE_FOUND);
}

/** Those that multicast reaches; a sentence when there are none. */
export async function searched({ timers }: CliContext): Promise<readonly NamedCamera[] | string> {
  const { cameras, asked } = await searchCameras({ timers, interfaces: networkInterfaces() });
  if (cameras.length > 0) return cameras;
  return asked.length === 0
    ? 'no camera can be looked for: this host has no network.'
    : `no ONVIF camera answered in the networks of ${asked.join(', ')}.`;
}

/** @throws CliError */
export function cameraAt(address: string): NamedCamera {
  const text = address.includes('://') ? address : `http://${address}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || url.username !== '' || !/^https?:$/.test(url.protocol)) {
    throw new CliError(
      `"${address}" is no address of a camera.`,
      'Give its name or IP address, with its ONVIF port where that is not 80, as in 192.168.1.20:8000.',
    );
  }
  if (url.pathname === '/') url.pathname = '/onvif/device_service';
  return { id: undefined, name: undefined, model: undefined, url: url.href };
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
