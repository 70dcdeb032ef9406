/** The list of paired relays and what happens to it: one more, another name, one less. Pure. */
import { relayOf } from '../wire/camera-key.ts';
import type { PairedRelay, Pairing, Settings } from './settings.ts';

/** Keys and numbers of names start here; the first pairing has none. */
const SECOND = 2;

/**
 * A relay that is in the list already, at this address or another, is paired anew and keeps its place, key and name. A new
 * one that calls itself like another gets a number: tiles and notifications tell relays apart by name alone.
 */
export function withPairing(relays: readonly PairedRelay[], pairing: Pairing): readonly PairedRelay[] {
  const known = relays.find((relay) => isSame(relay, pairing));
  if (known === undefined)
    return [...relays, { ...pairing, ...otherName(relays, pairing), key: freeKey(relays) }];
  return relays.map((relay) => (relay === known ? { ...relay, ...pairing } : relay));
}

/** @param name empty: as the relay calls itself */
export function withName(relays: readonly PairedRelay[], key: string, name: string): readonly PairedRelay[] {
  const own = name.trim();
  return relays.map((relay) => {
    if (relay.key !== key) return relay;
    const { ownName: _old, ...rest } = relay;
    return own === '' || own === relay.relayName ? rest : { ...rest, ownName: own };
  });
}

/** What is left in the settings: nothing that was chosen for its cameras, for another relay may get its key. */
export function withoutPairing(
  { relays, mutedCameras }: Pick<Settings, 'relays' | 'mutedCameras'>,
  key: string,
): Pick<Settings, 'relays' | 'mutedCameras'> {
  return {
    relays: relays.filter((relay) => relay.key !== key),
    mutedCameras: mutedCameras.filter((camera) => relayOf(camera) !== key),
  };
}

/** What a relay is called here. */
export function nameOf({ ownName, relayName }: PairedRelay): string {
  return ownName ?? relayName;
}

function otherName(relays: readonly PairedRelay[], { relayName }: Pairing): Pick<PairedRelay, 'ownName'> {
  const taken = new Set(relays.map(nameOf));
  if (!taken.has(relayName)) return {};
  let number = SECOND;
  while (taken.has(`${relayName} ${number}`)) number += 1;
  return { ownName: `${relayName} ${number}` };
}

function isSame(relay: PairedRelay, pairing: Pairing): boolean {
  if (relay.relayId !== undefined && pairing.relayId !== undefined) return relay.relayId === pairing.relayId;
  return relay.address === pairing.address;
}

function freeKey(relays: readonly PairedRelay[]): string {
  const taken = new Set(relays.map(({ key }) => key));
  if (!taken.has('')) return '';
  let number = SECOND;
  while (taken.has(String(number))) number += 1;
  return String(number);
}
