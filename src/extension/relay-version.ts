/** Whether this build and a relay understand each other. Pure. */
import { PROTOCOL_MIN_VERSION, PROTOCOL_VERSION, type RelayMessageOf } from '../wire/protocol.ts';

/** A sentence that names the side to update, or undefined when both sides share a version. */
export function versionMismatch({ protocol, relay }: RelayMessageOf<'hello'>): string | undefined {
  if (protocol.min > PROTOCOL_VERSION) {
    return `The relay (${relay.version}) is newer than this extension: update the extension, on the browser’s page of extensions.`;
  }
  if (protocol.max < PROTOCOL_MIN_VERSION) {
    return `The relay (${relay.version}) is too old for this extension: update the relay, by installing its newer package where it runs.`;
  }
  return undefined;
}
