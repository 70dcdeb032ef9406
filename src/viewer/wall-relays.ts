/** The wall's control links, one for each pairing, kept as the settings say. */
import type { CommandInput } from '../extension/link-commands.ts';
import { nameOf } from '../extension/pairings.ts';
import { linkTarget, parseRelayAddress } from '../extension/relay-address.ts';
import type { RelayLink } from '../extension/relay-link.ts';
import { EMPTY_RELAY_STATE, type RelayState } from '../extension/relay-state.ts';
import type { PairedRelay } from '../extension/settings.ts';
import { cameraKey, cameraOf, relayOf } from '../wire/camera-key.ts';
import { type CameraOffset, writeOffsets } from './calibrate/offsets.ts';
import type { WallRelay } from './ui/wall-ui.ts';

/** What is needed of a RelayLink. */
export type WallLink = Pick<
  RelayLink,
  | 'start'
  | 'stop'
  | 'retryNow'
  | 'recheck'
  | 'command'
  | 'onChange'
  | 'status'
  | 'state'
  | 'offsetMs'
  | 'rttMs'
  | 'coarseOffsetMs'
>;

interface Entry {
  paired: PairedRelay;
  readonly link: WallLink;
  /** The last one that was read, and what came of it: others compare by identity. */
  read: RelayState;
  keyed: RelayState;
}

export interface WallRelaysDeps {
  readonly create: () => WallLink;
  /** The link or what is known of it changed. */
  readonly onChange: (key: string) => void;
  /** It is paired no more. */
  readonly onGone: (key: string) => void;
}

export class WallRelays {
  readonly #deps: WallRelaysDeps;
  readonly #entries = new Map<string, Entry>();

  constructor(deps: WallRelaysDeps) {
    this.#deps = deps;
  }

  follow(relays: readonly PairedRelay[]): void {
    const kept = new Set(relays.map(({ key }) => key));
    for (const [key, { link }] of this.#entries) {
      if (kept.has(key)) continue;
      this.#entries.delete(key);
      link.stop();
      this.#deps.onGone(key);
    }
    for (const paired of relays) this.#connect(paired);
  }

  /** In the order of the pairings. */
  all(): readonly WallRelay[] {
    return [...this.#entries.values()].map((entry) => this.#told(entry));
  }

  get(key: string): WallRelay | undefined {
    const entry = this.#entries.get(key);
    return entry === undefined ? undefined : this.#told(entry);
  }

  offsetMs(key: string): number | undefined {
    return this.#entries.get(key)?.link.offsetMs;
  }

  rttMs(key: string): number | undefined {
    return this.#entries.get(key)?.link.rttMs;
  }

  retryNow(): void {
    for (const { link } of this.#entries.values()) link.retryNow();
  }

  /** A token was refused elsewhere: asked again, the relay says so in words. */
  recheck(key: string): void {
    this.#entries.get(key)?.link.recheck();
  }

  /** @param camera its key; rejects with a CommandError */
  async restart(camera: string): Promise<void> {
    const input: CommandInput = { command: 'restart-camera', camera: cameraOf(camera) };
    await this.#entries.get(relayOf(camera))?.link.command(input);
  }

  /** Writes measured delays into the configuration of each camera's relay. Rejects as the relay says. */
  async writeOffsets(offsets: readonly CameraOffset[]): Promise<void> {
    for (const [key, { link }] of this.#entries) {
      const own = offsets.filter(({ camera }) => relayOf(camera) === key);
      const sent = own.map((offset) => ({ ...offset, camera: cameraOf(offset.camera) }));
      if (own.length > 0) await writeOffsets((command) => link.command(command), sent);
    }
  }

  #connect(paired: PairedRelay): void {
    const known = this.#entries.get(paired.key);
    if (known?.paired.token === paired.token && known.paired.address === paired.address) {
      known.paired = paired;
      this.#deps.onChange(paired.key);
      return;
    }
    const entry = known ?? {
      paired,
      link: this.#deps.create(),
      read: EMPTY_RELAY_STATE,
      keyed: EMPTY_RELAY_STATE,
    };
    entry.paired = paired;
    this.#entries.set(paired.key, entry);
    if (known === undefined) {
      entry.link.onChange(() => {
        if (this.#entries.get(paired.key) === entry) this.#deps.onChange(paired.key);
      });
    }
    const target = linkTarget(paired);
    if (target === undefined) entry.link.stop();
    else entry.link.start(target);
    this.#deps.onChange(paired.key);
  }

  #told(entry: Entry): WallRelay {
    const { paired, link } = entry;
    if (link.state !== entry.read) {
      entry.read = link.state;
      entry.keyed = withKeys(link.state, paired.key);
    }
    return {
      paired,
      name: paired.ownName ?? link.state.relay?.name ?? nameOf(paired),
      address: parseRelayAddress(paired.address),
      link: link.status,
      state: entry.keyed,
      aheadMs: link.coarseOffsetMs,
    };
  }
}

function withKeys(state: RelayState, relay: string): RelayState {
  if (relay === '') return state;
  const keyed = <T extends { readonly id: string }>(each: T): T => ({
    ...each,
    id: cameraKey(relay, each.id),
  });
  return { ...state, cameras: state.cameras.map(keyed) };
}
