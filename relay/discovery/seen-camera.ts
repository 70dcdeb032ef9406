/** A camera that was found and asked, in words for people. Pure. */
import type { OnvifAnswer } from './onvif-camera.ts';
import type { FoundCamera } from './probe-message.ts';

/** One that was named by its address has no id and tells its name to those who log in, if at all. */
export type NamedCamera = Omit<FoundCamera, 'id' | 'direct'> & { readonly id: string | undefined };

/**
 * A camera that is named by its host name or IP address, with its ONVIF port where that is not 80, or by the address of
 * its device service; undefined when that is no address.
 */
export function cameraAt(address: string): NamedCamera | undefined {
  const text = address.includes('://') ? address : `http://${address}`;
  const url = URL.canParse(text) && !/\s/.test(text) ? new URL(text) : undefined;
  if (url === undefined || url.username !== '' || !/^https?:$/.test(url.protocol)) return undefined;
  if (url.pathname === '/') url.pathname = '/onvif/device_service';
  return { id: undefined, name: undefined, model: undefined, url: url.href };
}

export interface SeenCamera extends NamedCamera {
  readonly answer: OnvifAnswer;
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
