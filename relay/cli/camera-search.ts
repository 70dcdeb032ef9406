/** Finds cameras and asks each what it is: for `lockstep discover` and `lockstep init`. */
import { networkInterfaces } from 'node:os';
import { askCamera, type Login, type OnvifAnswer } from '../discovery/onvif-camera.ts';
import type { FoundCamera } from '../discovery/probe-message.ts';
import { searchCameras } from '../discovery/search.ts';
import type { CliContext } from './context.ts';
import { CliError } from './output.ts';

/** One that was named by its address has no id and tells its name to those who log in, if at all. */
export type NamedCamera = Omit<FoundCamera, 'id'> & { readonly id: string | undefined };

export interface SeenCamera extends NamedCamera {
  readonly answer: OnvifAnswer;
}

/**
 * Those at `addresses`, or by multicast where none is named.
 * @throws CliError for an address that is none, and when nobody answers
 */
export async function findCameras(
  { timers }: CliContext,
  addresses: readonly string[],
): Promise<readonly NamedCamera[]> {
  if (addresses.length > 0) return addresses.map(cameraAt);
  const { cameras, asked } = await searchCameras({ timers, interfaces: networkInterfaces() });
  if (cameras.length > 0) return cameras;
  throw new CliError(
    asked.length === 0
      ? 'no camera can be looked for: this host has no network.'
      : `no ONVIF camera answered in the networks of ${asked.join(', ')}.`,
    'Switch ONVIF on in the camera’s settings (some want a user of its own for it); name one in another network with --address HOST, or the address of its stream: docs/cameras.md.',
  );
}

/** @throws CliError */
function cameraAt(address: string): NamedCamera {
  const text = address.includes('://') ? address : `http://${address}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || url.username !== '' || !/^https?:$/.test(url.protocol)) {
    throw new CliError(
      `--address "${address}" is no address of a camera.`,
      'Give its name or IP address, with its ONVIF port where that is not 80, as in --address 192.168.1.20:8000.',
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

export function withAnswer(camera: NamedCamera, answer: OnvifAnswer): SeenCamera {
  const told = answer.kind === 'streams' ? answer.model : undefined;
  return { ...camera, model: told ?? camera.model, answer };
}

/** Host and port of its device service; the port where it is not the usual one. */
export const placeOf = ({ url }: Pick<NamedCamera, 'url'>): string => new URL(url).host;

/** What a person may call it. */
export const titleOf = (camera: NamedCamera): string => camera.name ?? camera.model ?? placeOf(camera);

/** Cameras that answer at one address, which is a mistake in their settings, as a sentence each. */
export function sharedAddresses(cameras: readonly NamedCamera[]): readonly string[] {
  const places = [...new Set(cameras.map(({ url }) => url))];
  return places.flatMap((place) => {
    const there = cameras.filter(({ url }) => url === place);
    if (there.length < 2) return [];
    return [
      `${there.map((camera) => `"${titleOf(camera)}"`).join(' and ')} have one address, ${placeOf({ url: place })}: give one of them another in its settings, or let the router do it (DHCP).`,
    ];
  });
}

/** What to do where a camera told no streams, as a sentence; undefined where it did. */
export function problemOf({ answer }: SeenCamera): string | undefined {
  switch (answer.kind) {
    case 'locked':
      return 'It wants a user and a password.';
    case 'refused':
      return 'It refuses user or password. It was tried once: many cameras lock the account after a few wrong ones.';
    case 'failed':
      return `It cannot be asked: ${answer.why}.`;
    case 'streams':
      return answer.streams.length === 0
        ? 'It tells of no stream with video. Make a profile with H.264 in its settings, or give the address of its stream: docs/cameras.md.'
        : undefined;
  }
}
