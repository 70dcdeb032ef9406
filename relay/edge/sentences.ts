/** Sentences that more than one route of the edge says. */
import { PROTOCOL_MIN_VERSION, PROTOCOL_VERSION } from '../../src/wire/protocol.ts';

/** As in `unknown camera "cam9": this relay has cam1, cam2`. `id` must have the form of an id. */
export function unknownOne(kind: 'camera' | 'rung', id: string, known: Iterable<string>): string {
  return `unknown ${kind} "${id}": this relay has ${[...known].join(', ')}`;
}

/** Undefined when `version` is spoken here; otherwise what to do about it. */
export function versionProblem(version: number): string | undefined {
  if (version > PROTOCOL_VERSION)
    return `the relay speaks protocol ${PROTOCOL_VERSION}, the extension ${version}: update the relay`;
  if (version < PROTOCOL_MIN_VERSION)
    return `the relay speaks protocol ${PROTOCOL_MIN_VERSION} and later, the extension ${version}: update the extension`;
  return undefined;
}

export const BAD_TOKEN = 'the token is not valid on this relay: pair again';

/** What a client sent, as far as a sentence may repeat it. */
export function printable(text: string): string {
  return text.replace(/[^\w.%-]/g, '?').slice(0, 40);
}

export const HOST_REFUSED =
  'this Host name is not known here: use localhost, an IP address or the name of this host, or list it in server.hostNames';

export const TLS_NEEDED = 'from other machines this relay is reached over TLS only: use https:// or wss://';
