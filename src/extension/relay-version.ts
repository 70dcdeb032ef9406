/** Whether this build and a relay understand each other. Pure. */
import { text } from '../texts/text.ts';
import { PROTOCOL_MIN_VERSION, PROTOCOL_VERSION, type RelayMessageOf } from '../wire/protocol.ts';

/** A sentence that names the side to update, or undefined when both sides share a version. */
export function versionMismatch({ protocol, relay }: RelayMessageOf<'hello'>): string | undefined {
  if (protocol.min > PROTOCOL_VERSION) {
    return text('versionRelayNewer', relay.version);
  }
  if (protocol.max < PROTOCOL_MIN_VERSION) {
    return text('versionRelayOlder', relay.version);
  }
  return undefined;
}
